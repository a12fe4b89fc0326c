"""Cells of nodes and of the components that ComponentStatus tells of."""

from __future__ import annotations

from collections.abc import Sequence

from kroute.coreapi import cells
from kroute.machinery import objects

ROLE_PREFIX = "node-role.kubernetes.io/"
ROLE = "kubernetes.io/role"


def status(obj: objects.Object, now: float) -> str:
    ready = ""
    for condition in (obj.get("status") or {}).get("conditions") or ():
        if condition.get("type") == "Ready":
            ready = "Ready" if condition.get("status") == "True" else "NotReady"
    cordoned = (obj.get("spec") or {}).get("unschedulable")
    return f"{ready or 'Unknown'}{',SchedulingDisabled' if cordoned else ''}"


def roles(obj: objects.Object, now: float) -> str:
    found = set()
    for key, value in ((obj.get("metadata") or {}).get("labels") or {}).items():
        if key.startswith(ROLE_PREFIX):
            found.add(key.removeprefix(ROLE_PREFIX))
        elif key == ROLE:
            found.add(value)
    return ",".join(sorted(found - {""})) or cells.NONE


def internal_ip(obj: objects.Object, now: float) -> str:
    return address(obj, "InternalIP")


def external_ip(obj: objects.Object, now: float) -> str:
    return address(obj, "ExternalIP")


def address(obj: objects.Object, kind: str) -> str:
    for found in (obj.get("status") or {}).get("addresses") or ():
        if found.get("type") == kind:
            return str(found.get("address") or "")
    return cells.NONE


def kernel(obj: objects.Object, now: float) -> str:
    """The kernel's version, and what machine it is for."""
    info = (obj.get("status") or {}).get("nodeInfo") or {}
    version, architecture = info.get("kernelVersion") or cells.UNKNOWN, info.get("architecture")
    return f"{version} ({architecture})" if architecture else version


def component(obj: objects.Object, now: float) -> Sequence[str]:
    """Whether a component is well, its message and its error."""
    for condition in obj.get("conditions") or ():
        if condition.get("type") == "Healthy":
            word = "Healthy" if condition.get("status") == "True" else "Unhealthy"
            return word, condition.get("message") or "", condition.get("error") or ""
    return "Unknown", "", ""
