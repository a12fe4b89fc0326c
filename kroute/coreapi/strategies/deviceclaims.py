"""Claims of devices: the status forgets devices that are allocated no more.

Mirrors `pkg/registry/resource/resourceclaim`.
"""

from __future__ import annotations

from kroute.coreapi.strategies import base
from kroute.machinery import context, objects


class Status(base.Status):
    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        await super().prepare_for_update(ctx, obj, old)
        status = obj.setdefault("status", {})
        gone = allocated(old.get("status") or {}) - allocated(status)
        kept = [device for device in status.get("devices") or () if identity(device) not in gone]
        if kept:
            status["devices"] = kept
        else:
            status.pop("devices", None)


def allocated(status: objects.Object) -> set[tuple[str, ...]]:
    results = ((status.get("allocation") or {}).get("devices") or {}).get("results") or ()
    return {identity(result) for result in results}


def identity(device: objects.Object) -> tuple[str, ...]:
    return tuple(device.get(field) or "" for field in ("driver", "pool", "device"))
