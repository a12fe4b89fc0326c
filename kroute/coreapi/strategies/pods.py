"""Pods: their first status, their grace period, and what a kubelet may change in them.

Mirrors `pkg/registry/core/pod`.
"""

from __future__ import annotations

from collections.abc import Sequence

from kroute.aio import clocks
from kroute.coreapi import qos, semantics
from kroute.coreapi.strategies import apparmor, base, podselectors
from kroute.coreapi.validation import podsubresources
from kroute.machinery import context, objects
from kroute.storage import before, options

IDENTITY = ("name", "namespace", "uid", "resourceVersion", "managedFields")
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
    """`clock` is for the times of conditions."""

    graceful = True
    clock: clocks.Clock = clocks.SystemClock()

    async def prepare_for_create(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        await super().prepare_for_create(ctx, obj)
        spec = obj.setdefault("spec", {})
        obj["status"] = {"phase": "Pending", "qosClass": qos.compute(spec)}
        podselectors.complete(spec, obj["metadata"].get("labels") or {})
        apparmor.carry_over(ctx, obj)
        if spec.get("schedulingGates"):
            obj["status"]["conditions"] = [{**GATED, "lastTransitionTime": before.as_text(self.clock.now())}]

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


class EphemeralContainers(base.Status):
    """Of `pods/ephemeralcontainers`: nothing but these containers changes."""

    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        added = (obj.get("spec") or {}).get("ephemeralContainers")
        take_back(obj, old)
        if added:
            obj["spec"]["ephemeralContainers"] = added
        else:
            obj["spec"].pop("ephemeralContainers", None)
        count(obj, old)

    def validate_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> base.Errors:
        return podsubresources.validate_ephemeral_containers(obj, old)


class Resize(base.Status):
    """Of `pods/resize`: nothing changes but what containers, and the pod as a whole, are given."""

    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        wanted = obj.get("spec") or {}
        take_back(obj, old)
        spec = obj["spec"]
        for kind in ("containers", "initContainers"):
            resize(spec.get(kind) or (), wanted.get(kind) or ())
        if wanted.get("resources") is not None:
            spec["resources"] = wanted["resources"]
        count(obj, old)

    def validate_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> base.Errors:
        return podsubresources.validate_resize(obj, old)


def take_back(obj: objects.Object, old: objects.Object) -> None:
    """Make an object what it was, but for who says it, and of which version."""
    kept = {key: obj["metadata"][key] for key in IDENTITY if key in obj["metadata"]}
    for key in obj.keys() - old.keys():
        del obj[key]
    obj.update(objects.copy(old))
    obj["metadata"].pop("managedFields", None)
    obj["metadata"].update(kept)


def count(obj: objects.Object, old: objects.Object) -> None:
    """Let the generation count a change of the spec."""
    if not semantics.same(obj.get("spec"), old.get("spec")):
        obj["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1


def resize(containers: Sequence[objects.Object], wanted: Sequence[objects.Object]) -> None:
    """Give containers the resources and policies that those of the same place and name have."""
    for container, other in zip(containers, wanted, strict=False):
        if container.get("name") != other.get("name"):
            continue
        for field in ("resources", "resizePolicy"):
            if other.get(field) is not None:
                container[field] = other[field]
            else:
                container.pop(field, None)
