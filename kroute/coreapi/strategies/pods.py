"""Pods: their first status, their grace period, and what a kubelet may change in them.

Mirrors `pkg/registry/core/pod`.
"""

from __future__ import annotations

from kroute.coreapi import qos
from kroute.coreapi.strategies import base
from kroute.machinery import context, objects
from kroute.storage import options

ENDED = ("Succeeded", "Failed")
GATED = {
    "type": "PodScheduled",
    "status": "False",
    "lastProbeTime": None,
    "lastTransitionTime": None,
    "reason": "SchedulingGated",
    "message": "Scheduling is blocked due to non-empty scheduling gates",
}


class Pods(base.BuiltIn):
    graceful = True

    async def prepare_for_create(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        await super().prepare_for_create(ctx, obj)
        spec = obj.setdefault("spec", {})
        obj["status"] = {"phase": "Pending", "qosClass": qos.compute(spec)}
        if spec.get("schedulingGates"):
            obj["status"]["conditions"] = [dict(GATED)]

    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        await super().prepare_for_update(ctx, obj, old)
        had = (old.get("spec") or {}).get("schedulingGates")
        if had and not (obj.get("spec") or {}).get("schedulingGates"):
            status = obj.get("status") or {}
            conditions = status.get("conditions") or []
            kept = [each for each in conditions if each.get("reason") != GATED["reason"]]
            if len(kept) != len(conditions):
                obj["status"] = {**status, "conditions": kept}
                if not kept:
                    del obj["status"]["conditions"]

    def grace_period(
        self, ctx: context.RequestContext, obj: objects.Object, options: options.DeleteOptions
    ) -> int | None:
        spec = obj.get("spec") or {}
        if not spec.get("nodeName") or (obj.get("status") or {}).get("phase") in ENDED:
            return 0
        wanted = options.grace_period_seconds
        if wanted is None:
            wanted = spec.get("terminationGracePeriodSeconds") or 0
        return 1 if wanted < 0 else wanted


class Status(base.Status):
    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        await super().prepare_for_update(ctx, obj, old)
        status, before = obj.setdefault("status", {}), old.get("status") or {}
        if not status.get("qosClass") and before.get("qosClass"):
            status["qosClass"] = before["qosClass"]
