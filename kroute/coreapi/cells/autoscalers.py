"""Cells of horizontal pod autoscalers: what they scale, and by which metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kroute.coreapi import cells
from kroute.machinery import objects

SHOWN = 2
NIL = "<nil>"
SOURCES = {
    "External": "external", "Pods": "pods", "Object": "object", "Resource": "resource",
    "ContainerResource": "containerResource",
}  # fmt: skip


def reference(obj: objects.Object, now: float) -> str:
    found = (obj.get("spec") or {}).get("scaleTargetRef") or {}
    return f"{found.get('kind', '')}/{found.get('name', '')}"


def targets(obj: objects.Object, now: float) -> str:
    """Each metric of an autoscaling/v2 object, as it is and as it is wanted."""
    metrics = (obj.get("spec") or {}).get("metrics") or ()
    current = (obj.get("status") or {}).get("currentMetrics") or ()
    return shown([metric(spec, current[index] if index < len(current) else {}) for index, spec in enumerate(metrics)])


def cpu_target(obj: objects.Object, now: float) -> str:
    """The only metric that an autoscaling/v1 object has fields for."""
    wanted = (obj.get("spec") or {}).get("targetCPUUtilizationPercentage")
    current = (obj.get("status") or {}).get("currentCPUUtilizationPercentage")
    return cells.NONE if wanted is None else f"cpu: {percent(current, cells.UNKNOWN)}/{wanted}%"


def shown(found: Sequence[str]) -> str:
    if len(found) > SHOWN:
        return f"{', '.join(found[:SHOWN])} + {len(found) - SHOWN} more..."
    return ", ".join(found) or cells.NONE


def metric(spec: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    kind = spec.get("type") or ""
    if kind not in SOURCES:
        return "<unknown type>"
    source: Mapping[str, Any] = spec.get(SOURCES[kind]) or {}
    found: Mapping[str, Any] | None = status.get(SOURCES[kind])
    target, current, known = source.get("target") or {}, (found or {}).get("current") or {}, found is not None
    if kind in ("Resource", "ContainerResource"):
        return f"{source.get('name', '')}: {resource(target, current, known=known)}"
    if kind == "Pods":
        return f"{amount(current, 'averageValue', known=known)}/{target.get('averageValue', NIL)}"
    if target.get("averageValue") is not None:
        return f"{current.get('averageValue') or cells.UNKNOWN}/{target['averageValue']} (avg)"
    return f"{amount(current, 'value', known=known)}/{target.get('value', NIL)}"


def resource(target: Mapping[str, Any], current: Mapping[str, Any], *, known: bool) -> str:
    """A resource by amount or by share of what was requested."""
    if target.get("averageValue") is not None:
        return f"{amount(current, 'averageValue', known=known)}/{target['averageValue']}"
    used = percent(current.get("averageUtilization"), cells.UNKNOWN)
    return f"{used}/{percent(target.get('averageUtilization'), '<auto>')}"


def amount(current: Mapping[str, Any], key: str, *, known: bool) -> Any:
    """A current amount; Go shows one that isn't set as nil."""
    return current.get(key, NIL) if known else cells.UNKNOWN


def percent(value: int | None, unknown: str) -> str:
    return unknown if value is None else f"{value}%"


def least(obj: objects.Object, now: float) -> str:
    found = (obj.get("spec") or {}).get("minReplicas")
    return cells.UNSET if found is None else str(found)
