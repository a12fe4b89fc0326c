"""Events: one store under two groups, of which the new one is strict.

Mirrors `pkg/registry/core/event`.
"""

from __future__ import annotations

from kroute.coreapi.strategies import base
from kroute.coreapi.validation import events
from kroute.machinery import context, objects

NEW_GROUP = "events.k8s.io"


class Events(base.BuiltIn):
    whole_metadata_on_update = False

    def validate(self, ctx: context.RequestContext, obj: objects.Object) -> base.Errors:
        return events.validate(obj, strict=ctx.info.group == NEW_GROUP)

    def validate_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> base.Errors:
        return events.validate_update(obj, old, strict=ctx.info.group == NEW_GROUP)
