"""Cells of role bindings and certificate requests."""

from __future__ import annotations

from collections.abc import Sequence

from kroute.coreapi import cells
from kroute.machinery import objects
from kroute.storage import table


def role(obj: objects.Object, now: float) -> str:
    found = obj.get("roleRef") or {}
    return f"{found.get('kind', '')}/{found.get('name', '')}"


def subjects(obj: objects.Object, now: float) -> Sequence[str]:
    """The users, groups and service accounts of a binding."""
    found: dict[str, list[str]] = {"User": [], "Group": [], "ServiceAccount": []}
    for subject in obj.get("subjects") or ():
        name = subject.get("name") or ""
        if subject.get("kind") == "ServiceAccount":
            name = f"{subject.get('namespace') or ''}/{name}"
        found.setdefault(subject.get("kind") or "", []).append(name)
    return tuple(", ".join(found[kind]) for kind in ("User", "Group", "ServiceAccount"))


def requested_duration(obj: objects.Object, now: float) -> str:
    seconds = (obj.get("spec") or {}).get("expirationSeconds")
    return cells.NONE if seconds is None else table.duration(seconds)


def request_state(obj: objects.Object, now: float) -> str:
    """What was decided of a certificate request, and whether there is a certificate."""
    status = obj.get("status") or {}
    kinds = {condition.get("type") for condition in status.get("conditions") or ()}
    states = [next((word for word in ("Denied", "Approved") if word in kinds), "Pending")]
    if "Failed" in kinds:
        states.append("Failed")
    if status.get("certificate"):
        states.append("Issued")
    return ",".join(states)
