"""HorizontalPodAutoscalers of autoscaling/v1, which knows but one metric: what else there is stands in annotations.

The annotations are there for clients of v1 alone, in forms of their own; the stored object has none of them.
Mirrors `pkg/apis/autoscaling/v1/conversion.go`.
"""

from __future__ import annotations

import json
from typing import Any

import orjson

from kroute.coreapi.conversions import metrics
from kroute.machinery import codecs, objects

PREFIX = "autoscaling.alpha.kubernetes.io/"
METRICS, CURRENT_METRICS = f"{PREFIX}metrics", f"{PREFIX}current-metrics"
CONDITIONS, BEHAVIOR = f"{PREFIX}conditions", f"{PREFIX}behavior"
OWN = (METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR)
CPU, DEFAULT_UTILIZATION = "cpu", 80
RULES = ("stabilizationWindowSeconds", "selectPolicy", "policies", "tolerance")
POLICY = ("type", "value", "periodSeconds")


def to_v1(obj: objects.Object) -> objects.Object:
    """A stored autoscaler as v1 has it; the object is changed."""
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    targets, current = spec.get("metrics") or [], status.get("currentMetrics") or []
    found: dict[str, Any] = {
        BEHAVIOR: None if spec.get("behavior") is None else capitalized(spec["behavior"]),
        CONDITIONS: list(map(condition, status.get("conditions") or [])),
        CURRENT_METRICS: [metrics.status_to_v1(each) for each in current],
        METRICS: [metrics.to_v1(each) for each in targets if utilization_of(each, "target") is None],
    }
    put_annotations(obj["metadata"], {key: codecs.encode(each).decode() for key, each in found.items() if each})
    obj["spec"] = without(spec, "metrics", "behavior")
    target = cpu(targets, "target")
    if target is not None:
        obj["spec"]["targetCPUUtilizationPercentage"] = target
    obj["status"] = {
        **{key: status[key] for key in ("observedGeneration", "lastScaleTime") if key in status},
        "currentReplicas": status.get("currentReplicas") or 0,
        "desiredReplicas": status.get("desiredReplicas") or 0,
    }
    used = cpu(current, "current")
    if used is not None:
        obj["status"]["currentCPUUtilizationPercentage"] = used
    return obj


def from_v1(obj: objects.Object) -> objects.Object:
    """An autoscaler of v1 as it is stored; the object is changed."""
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    annotations = obj["metadata"].get("annotations") or {}
    target = spec.get("targetCPUUtilizationPercentage")
    targets = [metrics.from_v1(each) for each in listed(annotations.get(METRICS))]
    if target is not None:
        targets.append(metrics.cpu(target))
    obj["spec"] = {
        **without(spec, "targetCPUUtilizationPercentage"),
        "metrics": targets or [metrics.cpu(DEFAULT_UTILIZATION)],
    }
    behavior = parsed(annotations.get(BEHAVIOR))
    if isinstance(behavior, dict) and (behavior := lowered(behavior)):
        obj["spec"]["behavior"] = behavior
    obj["status"] = stored_status(status, annotations)
    put_annotations(obj["metadata"], {})
    return obj


def stored_status(status: objects.Object, annotations: dict[str, str]) -> objects.Object:
    current = [metrics.status_from_v1(each) for each in listed(annotations.get(CURRENT_METRICS))]
    used = status.get("currentCPUUtilizationPercentage")
    if not current and used is not None:
        current = [metrics.cpu_status(used)]
    made: objects.Object = {
        **{key: status[key] for key in ("observedGeneration", "lastScaleTime", "currentReplicas") if status.get(key)},
        "desiredReplicas": status.get("desiredReplicas") or 0,
        "currentMetrics": current or None,
    }
    conditions = listed(annotations.get(CONDITIONS))
    if conditions:
        made["conditions"] = list(map(condition, conditions))
    return made


def put_annotations(metadata: objects.Object, own: dict[str, str]) -> None:
    """Replace those annotations that conversion makes."""
    kept = {key: value for key, value in (metadata.get("annotations") or {}).items() if key not in OWN}
    if own or kept:
        metadata["annotations"] = kept | own
    else:
        metadata.pop("annotations", None)


def utilization_of(metric: objects.Object, field: str) -> int | None:
    """The utilization of a metric of the cpu; None for other metrics."""
    resource = metric.get("resource") or {}
    if metric.get("type") != "Resource" or resource.get("name") != CPU:
        return None
    found: int | None = (resource.get(field) or {}).get("averageUtilization")
    return found


def cpu(found: list[objects.Object], field: str) -> int | None:
    """The utilization that the first metric of the cpu names."""
    for each in found:
        if each.get("type") == "Resource" and (each.get("resource") or {}).get("name") == CPU:
            return utilization_of(each, field)
    return None


def condition(found: objects.Object) -> objects.Object:
    shown = {"type": found.get("type") or "", "status": found.get("status") or ""}
    shown["lastTransitionTime"] = found.get("lastTransitionTime")
    return shown | {key: found[key] for key in ("reason", "message") if found.get(key)}


def capitalized(behavior: objects.Object) -> objects.Object:
    """Rules as v1 has always written them: with all fields, and with the names of Kubernetes' internal ones."""

    def rules(found: objects.Object | None) -> objects.Object | None:
        if found is None:
            return None
        shown = {name[0].upper() + name[1:]: found.get(name) for name in RULES}
        policies = found.get("policies")
        if policies is not None:
            shown["Policies"] = [{name[0].upper() + name[1:]: each.get(name) for name in POLICY} for each in policies]
        return shown

    return {"ScaleUp": rules(behavior.get("scaleUp")), "ScaleDown": rules(behavior.get("scaleDown"))}


def lowered(value: Any) -> Any:
    """The same with the names that clients know, in whatever case they are; what is null isn't there."""
    known = {name.lower(): name for name in ("scaleUp", "scaleDown", *RULES, *POLICY)}
    if isinstance(value, dict):
        return {
            known[key.lower()]: lowered(each)
            for key, each in value.items()
            if each is not None and key.lower() in known
        }
    return [lowered(each) for each in value] if isinstance(value, list) else value


def parsed(text: str | None) -> Any:
    """What an annotation says; None for one that isn't there or makes no sense."""
    try:
        return None if text is None else orjson.loads(text)
    except json.JSONDecodeError:
        return None


def listed(text: str | None) -> list[objects.Object]:
    found = parsed(text)
    return found if isinstance(found, list) and all(isinstance(each, dict) for each in found) else []


def without(found: objects.Object, *keys: str) -> objects.Object:
    return {key: value for key, value in found.items() if key not in keys}
