"""Cells of volumes, claims and CSI drivers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kroute.coreapi import cells
from kroute.coreapi.cells import metadata
from kroute.machinery import objects

ACCESS_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"


def access_modes(found: Iterable[str] | None) -> str:
    present = set(found or ())
    return ",".join(short for mode, short in ACCESS_MODES.items() if mode in present)


def volume_modes(obj: objects.Object, now: float) -> str:
    return access_modes((obj.get("spec") or {}).get("accessModes"))


def phase(obj: objects.Object, now: float) -> str:
    return "Terminating" if metadata.is_deleted(obj) else (obj.get("status") or {}).get("phase") or ""


def claim(obj: objects.Object, now: float) -> str:
    """The claim that a volume is bound to."""
    found = (obj.get("spec") or {}).get("claimRef")
    return "" if found is None else f"{found.get('namespace') or ''}/{found.get('name') or ''}"


def storage_class(obj: objects.Object, now: float) -> str:
    annotations = (obj.get("metadata") or {}).get("annotations") or {}
    if CLASS_ANNOTATION in annotations:
        return str(annotations[CLASS_ANNOTATION])
    return (obj.get("spec") or {}).get("storageClassName") or ""


def bound(obj: objects.Object, now: float) -> Sequence[str]:
    """The volume of a claim, its capacity and access modes, once there is one."""
    volume, status = (obj.get("spec") or {}).get("volumeName"), obj.get("status") or {}
    if not volume:
        return "", "", ""
    return volume, (status.get("capacity") or {}).get("storage") or "0", access_modes(status.get("accessModes"))


def token_requests(obj: objects.Object, now: float) -> str:
    found = (obj.get("spec") or {}).get("tokenRequests")
    return cells.UNSET if found is None else ",".join(request.get("audience") or "" for request in found)


def lifecycle_modes(obj: objects.Object, now: float) -> str:
    return ",".join((obj.get("spec") or {}).get("volumeLifecycleModes") or ()) or cells.NONE


def drivers(obj: objects.Object, now: float) -> Any:
    return len((obj.get("spec") or {}).get("drivers") or ())


def claim_state(obj: objects.Object, now: float) -> str:
    """What has become of a resource claim."""
    status, deleted = obj.get("status") or {}, metadata.is_deleted(obj)
    states = ["deleted"] if deleted else []
    if status.get("allocation") is not None:
        states += ["allocated", "reserved"] if status.get("reservedFor") else ["allocated"]
    elif not deleted:
        states.append("pending")
    return ",".join(states)
