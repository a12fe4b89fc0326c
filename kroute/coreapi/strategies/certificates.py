"""Requests for certificates: who asks is taken from the request, and times from the clock.

Mirrors `pkg/registry/certificates/certificates`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kroute.coreapi import facts, semantics
from kroute.coreapi.strategies import base
from kroute.coreapi.validation import certificates
from kroute.machinery import context, objects, times

ASKER = ("username", "uid", "groups", "extra")


class Requests(base.BuiltIn):
    async def prepare_for_create(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        await super().prepare_for_create(ctx, obj)
        obj["status"] = {}
        spec, user = obj.setdefault("spec", {}), ctx.user
        for field in ASKER:
            spec.pop(field, None)
        told = {
            "username": user.name,
            "uid": user.uid,
            "groups": list(user.groups),
            "extra": {key: list(values) for key, values in user.extra.items()},
        }
        spec.update({field: value for field, value in told.items() if value})


class Status(base.Status):
    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        await super().prepare_for_update(ctx, obj, old)
        add_times(certificates.conditions_of(obj), certificates.conditions_of(old))


class Approval(Status):
    """The strategy of `certificatesigningrequests/approval`: conditions alone may change."""

    def __init__(self, known: facts.Facts, checks: semantics.Checks, form: base.Form) -> None:
        checks = replace(checks, status_update=certificates.validate_approval)
        super().__init__(replace(known, status_keeps=("spec", "status.certificate")), checks, form)


def add_times(conditions: Sequence[objects.Object], before: Sequence[objects.Object]) -> None:
    """Conditions say when they came up; a condition that stays as it was keeps its time."""
    now = times.now()
    for condition in conditions:
        if not condition.get("lastUpdateTime"):
            condition["lastUpdateTime"] = now
        if condition.get("lastTransitionTime"):
            continue
        condition["lastTransitionTime"] = now
        for other in before:
            same = all(other.get(field) == condition.get(field) for field in ("type", "status"))
            if same and other.get("lastTransitionTime"):
                condition["lastTransitionTime"] = other["lastTransitionTime"]
                break
