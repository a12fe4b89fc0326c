"""Leases: fields of coordinated leader election, which is not on by default, are dropped unless they are there.

Mirrors `pkg/registry/coordination/lease`.
"""

from __future__ import annotations

from kroute.coreapi.strategies import base
from kroute.machinery import context, objects

COORDINATED = ("strategy", "preferredHolder")


class Leases(base.BuiltIn):
    async def prepare_for_create(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        await super().prepare_for_create(ctx, obj)
        drop(obj, {})

    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        await super().prepare_for_update(ctx, obj, old)
        drop(obj, old)


def drop(obj: objects.Object, old: objects.Object) -> None:
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    for field in COORDINATED:
        if before.get(field) is None:
            spec.pop(field, None)
