"""Cells that count what an object has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kroute.machinery import objects


def data(obj: objects.Object, now: float) -> int:
    """The keys of a ConfigMap or Secret."""
    return len(obj.get("data") or ()) + len(obj.get("binaryData") or ())


def secrets(obj: objects.Object, now: float) -> int:
    return len(obj.get("secrets") or ())


def webhooks(obj: objects.Object, now: float) -> int:
    return len(obj.get("webhooks") or ())


def validations(obj: objects.Object, now: float) -> int:
    return len((obj.get("spec") or {}).get("validations") or ())


def mutations(obj: objects.Object, now: float) -> int:
    return len((obj.get("spec") or {}).get("mutations") or ())


def quota(obj: objects.Object, now: float) -> Sequence[str]:
    """What is used of a quota: of requests and everything else, then of limits."""
    status: Any = obj.get("status") or {}
    used = status.get("used") or {}
    requests: list[str] = []
    limits: list[str] = []
    for resource, hard in sorted((status.get("hard") or {}).items()):
        column = limits if resource.startswith("limits.") else requests
        column.append(f"{resource}: {used.get(resource, '0')}/{hard}")
    return ", ".join(requests), ", ".join(limits)
