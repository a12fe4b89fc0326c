"""Metrics of autoscalers between autoscaling/v2 and the older form that annotations of v1 hold.

In the older form each kind of metric has its values in fields of its own; `selector` and such stay what they are.
Annotations are written by clients: whatever has another shape than expected counts as not there.
"""

from __future__ import annotations

from typing import Any

from kroute.machinery import objects

KINDS = {
    "Object": "object",
    "Pods": "pods",
    "Resource": "resource",
    "ContainerResource": "containerResource",
    "External": "external",
}


def cpu(utilization: int) -> objects.Object:
    """The target of a utilization of the cpu, in percent."""
    target = {"type": "Utilization", "averageUtilization": utilization}
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


def cpu_status(utilization: int) -> objects.Object:
    return {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": utilization}}}


def to_v1(metric: objects.Object) -> objects.Object:
    return older(metric, "target")


def status_to_v1(metric: objects.Object) -> objects.Object:
    return older(metric, "current")


def older(metric: objects.Object, side: str) -> objects.Object:
    """A metric of v2 in the older form; `side` is what its values are: `target` or `current`."""
    kind = metric.get("type") or ""
    field = KINDS.get(kind)
    if field is None or metric.get(field) is None:
        return {"type": kind}
    source = metric[field]
    values, identity = source.get(side) or {}, source.get("metric") or {}
    name, selector = identity.get("name") or "", identity.get("selector")
    utilization, average = values.get("averageUtilization"), values.get("averageValue")
    plain = values.get("value")
    if kind == "Object":
        reference = source.get("describedObject") or {}
        shown = {
            "target": {key: reference[key] for key in ("kind", "name", "apiVersion") if reference.get(key)},
            "metricName": name,
            f"{side}Value": plain or "0",
            "selector": selector,
            "averageValue": average,
        }
    elif kind == "Pods":
        shown = {"metricName": name, f"{side}AverageValue": average or "0", "selector": selector}
    elif kind == "External":
        shown = {
            "metricName": name,
            "metricSelector": selector,
            f"{side}Value": plain if side == "target" else plain or "0",
            f"{side}AverageValue": average,
        }
    else:
        shown = {
            "name": source.get("name") or "",
            f"{side}AverageUtilization": utilization,
            f"{side}AverageValue": average if side == "target" else average or "0",
        }
        if kind == "ContainerResource":
            shown["container"] = source.get("container") or ""
    return {"type": kind, field: present(shown)}


def from_v1(metric: objects.Object) -> objects.Object:
    return newer(metric, "target")


def status_from_v1(metric: objects.Object) -> objects.Object:
    return newer(metric, "current")


def newer(metric: objects.Object, side: str) -> objects.Object:
    """A metric in the older form as v2 has it."""
    kind = text(metric.get("type"))
    field = KINDS.get(kind, "")
    source = metric.get(field)
    if not isinstance(source, dict):
        return {"type": kind}
    values = present(
        {
            "value": quantity(source.get(f"{side}Value")),
            "averageValue": quantity(source.get("averageValue" if kind == "Object" else f"{side}AverageValue")),
            "averageUtilization": whole(source.get(f"{side}AverageUtilization")),
        }
    )
    if side == "target":
        values = {"type": target_type(kind, values), **values}
    made: objects.Object = {side: values}
    if kind in ("Resource", "ContainerResource"):
        made["name"] = text(source.get("name"))
        if kind == "ContainerResource":
            made["container"] = text(source.get("container"))
    else:
        selector = source.get("metricSelector" if kind == "External" else "selector")
        made["metric"] = {"name": text(source.get("metricName"))}
        if isinstance(selector, dict):
            made["metric"]["selector"] = selector
    if kind == "Object":
        given = source.get("target")
        reference: objects.Object = given if isinstance(given, dict) else {}
        made["describedObject"] = {key: text(reference.get(key)) for key in ("kind", "name")}
        if text(reference.get("apiVersion")):
            made["describedObject"]["apiVersion"] = reference["apiVersion"]
    return {"type": kind, field: made}


def target_type(kind: str, values: objects.Object) -> str:
    if kind == "Object":
        return "AverageValue" if "averageValue" in values else "Value"
    if kind == "External":
        return "Value" if "value" in values else "AverageValue"
    return "Utilization" if "averageUtilization" in values else "AverageValue"


def present(found: objects.Object) -> objects.Object:
    return {key: value for key, value in found.items() if value is not None}


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def quantity(value: Any) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


def whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
