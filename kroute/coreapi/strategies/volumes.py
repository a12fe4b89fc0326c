"""Persistent volumes and claims of them: their first status, and sources that are named in two ways.

Mirrors `pkg/registry/core/persistentvolume`, `persistentvolumeclaim` and `pkg/api/persistentvolumeclaim`.
"""

from __future__ import annotations

from kroute.coreapi.strategies import base
from kroute.machinery import context, objects, times

KNOWN_SOURCES = (("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot"))
"""What claims could be filled from before there was `dataSourceRef`."""


class Volumes(base.BuiltIn):
    async def prepare_for_create(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        await super().prepare_for_create(ctx, obj)
        obj["status"] = {"phase": "Pending", "lastPhaseTransitionTime": times.now()}


class VolumeStatus(base.Status):
    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        await super().prepare_for_update(ctx, obj, old)
        status, before = obj.setdefault("status", {}), old.get("status") or {}
        since = status.get("lastPhaseTransitionTime")
        if status.get("phase") != before.get("phase") and since in (None, before.get("lastPhaseTransitionTime")):
            status["lastPhaseTransitionTime"] = times.now()


class Drivers(base.BuiltIn):
    """CSI drivers, whose generation counts from their first change."""

    async def prepare_for_create(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        await super().prepare_for_create(ctx, obj)
        obj["metadata"].pop("generation", None)


class Claims(base.BuiltIn):
    async def prepare_for_create(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        await super().prepare_for_create(ctx, obj)
        obj["status"] = {"phase": "Pending"}
        normalise(obj.setdefault("spec", {}), {})

    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        await super().prepare_for_update(ctx, obj, old)
        normalise(obj.setdefault("spec", {}), old.get("spec") or {})


def normalise(spec: objects.Object, before: objects.Object) -> None:
    """Let both fields for the source say the same; what nobody knew before there were two of them is left out."""
    used = before.get("dataSourceRef") is not None
    if not used and (spec.get("dataSourceRef") or {}).get("namespace"):
        spec.pop("dataSourceRef")
    source = spec.get("dataSource")
    if source is not None and not used and before.get("dataSource") is None and kind_of(source) not in KNOWN_SOURCES:
        del spec["dataSource"]
        source = None
    reference = spec.get("dataSourceRef")
    if source is not None and reference is None:
        spec["dataSourceRef"] = without_namespace(source)
    elif reference is not None and source is None and not reference.get("namespace"):
        spec["dataSource"] = without_namespace(reference)


def kind_of(source: objects.Object) -> tuple[str, str]:
    return source.get("apiGroup") or "", source.get("kind") or ""


def without_namespace(source: objects.Object) -> objects.Object:
    return {"apiGroup": source.get("apiGroup"), **{key: source.get(key) or "" for key in ("kind", "name")}}
