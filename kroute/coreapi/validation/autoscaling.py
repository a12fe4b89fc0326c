"""Horizontal pod autoscalers as autoscaling/v2 has them, and Scale.  Mirrors `pkg/apis/autoscaling/validation`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import resources
from kroute.machinery import fielderrors, gvk, names, quantity

Object = Mapping[str, Any]
Check = Callable[[Object, str], checks.Found]

TYPES = {
    "Object": "object", "Pods": "pods", "Resource": "resource", "External": "external",
    "ContainerResource": "containerResource",
}  # fmt: skip
ORDER = ("object", "external", "pods", "resource", "containerResource")
TYPE_NAMES = tuple(sorted(TYPES))
TARGET_TYPES = ("Utilization", "Value", "AverageValue")
POLICIES, POLICY_TYPES = ("Disabled", "Max", "Min"), ("Percent", "Pods")
LONGEST_PERIOD, LONGEST_WINDOW = 1800, 3600
NO_SOURCE = "must populate information for the given metric source"
UTILIZATION = "must set either a target raw value or a target utilization"
BOTH_UTILIZATION = "may not set both a target raw value and a target utilization"
TO_ZERO = "must specify at least one Object or External metric to support scaling to zero replicas"


def validate(obj: Object, old: Object | None = None) -> checks.Found:
    """A new autoscaler, or one that replaces `old`."""
    spec, before = obj.get("spec") or {}, (old or {}).get("spec") or {}
    lowest = 0 if before.get("minReplicas") == 0 else 1
    least, most = spec.get("minReplicas"), spec.get("maxReplicas") or 0
    if least is not None and least < lowest:
        yield fielderrors.invalid("spec.minReplicas", least, f"must be greater than or equal to {lowest}")
    if most == 0:
        yield fielderrors.required("spec.maxReplicas", "must be set and greater than 0")
    elif most < 0:
        yield fielderrors.invalid("spec.maxReplicas", most, "must be greater than or equal to 1")
    if least is not None and most < least:
        yield fielderrors.invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`")
    target = spec.get("scaleTargetRef") or {}
    yield from validate_reference(target, "spec.scaleTargetRef", core=keeps_core(target, before))
    metrics = spec.get("metrics") or ()
    for index, metric in enumerate(metrics):
        yield from validate_metric(metric, f"spec.metrics[{index}]")
    if least == 0 and not any(metric.get("type") in ("Object", "External") for metric in metrics):
        yield fielderrors.forbidden("spec.metrics", TO_ZERO)
    for direction in ("scaleUp", "scaleDown"):
        rules = (spec.get("behavior") or {}).get(direction)
        if rules is not None:
            yield from validate_rules(rules, f"spec.behavior.{direction}")


def keeps_core(target: Object, before: Object) -> bool:
    """Whether a target may be of the core group: replication controllers are, and what was stored so stays."""
    if target.get("kind") == "ReplicationController":
        return True
    old = before.get("scaleTargetRef") or {}
    return bool(old) and "/" not in (old.get("apiVersion") or "")


def validate_reference(reference: Object, path: str, *, core: bool) -> checks.Found:
    """A reference to an object; `core` lets pass versions without a group."""
    for field in ("kind", "name"):
        yield from checks.required_text(reference.get(field), names.path_segment, f"{path}.{field}")
    version = reference.get("apiVersion") or ""
    try:
        group = gvk.GroupVersion.parse(version).group
    except ValueError as error:
        yield fielderrors.invalid(f"{path}.apiVersion", version, str(error))
        return
    if not core and not group:
        yield fielderrors.invalid(f"{path}.apiVersion", version, "apiVersion must specify API group")


def validate_metric(metric: Object, path: str) -> checks.Found:
    """One source, the one that the type names; an unknown type is said twice."""
    kind = metric.get("type") or ""
    yield from checks.required(kind, f"{path}.type", "must specify a metric source type")
    yield from checks.one_of(kind, TYPE_NAMES, f"{path}.type")
    given = [field for field in ORDER if metric.get(field) is not None]
    if given:
        yield from SOURCES[given[0]](metric[given[0]], f"{path}.{given[0]}")
    wanted = TYPES.get(kind)
    if wanted is None:
        yield from checks.one_of(kind, TYPE_NAMES, f"{path}.type")
    elif wanted not in given:
        yield fielderrors.required(f"{path}.{wanted}", NO_SOURCE)
    if len(given) > 1:
        for field in given:
            if field != wanted:
                yield fielderrors.forbidden(f"{path}.{field}", "must populate the given metric source only")


def validate_object(source: Object, path: str) -> checks.Found:
    yield from validate_reference(source.get("describedObject") or {}, f"{path}.describedObject", core=True)
    yield from validate_identifier(source, path)
    target = target_of(source)
    yield from validate_target(target, f"{path}.target")
    if target.get("value") is None and target.get("averageValue") is None:
        yield fielderrors.required(f"{path}.target.averageValue", "must set either a target value or averageValue")


def validate_external(source: Object, path: str) -> checks.Found:
    yield from validate_identifier(source, path)
    target = target_of(source)
    yield from validate_target(target, f"{path}.target")
    value, average = target.get("value"), target.get("averageValue")
    if value is None and average is None:
        text = "must set either a target value for metric or a per-pod target"
        yield fielderrors.required(f"{path}.target.averageValue", text)
    if value is not None and average is not None:
        text = "may not set both a target value for metric and a per-pod target"
        yield fielderrors.forbidden(f"{path}.target.value", text)


def validate_pods(source: Object, path: str) -> checks.Found:
    yield from validate_identifier(source, path)
    target = target_of(source)
    yield from validate_target(target, f"{path}.target")
    if target.get("averageValue") is None:
        yield fielderrors.required(f"{path}.target.averageValue", "must specify a positive target averageValue")


def validate_resource(source: Object, path: str) -> checks.Found:
    yield from checks.required(source.get("name"), f"{path}.name", "must specify a resource name")
    yield from validate_utilization(source, path)


def validate_container_resource(source: Object, path: str) -> checks.Found:
    if source.get("name"):
        yield from resources.validate_container_name(source["name"], f"{path}.name")
    else:
        yield fielderrors.required(f"{path}.name", "must specify a resource name")
    if source.get("container"):
        yield from checks.text(source["container"], names.dns1123_label, f"{path}.container")
    else:
        yield fielderrors.required(f"{path}.container", "must specify a container")
    yield from validate_utilization(source, path)


def validate_utilization(source: Object, path: str) -> checks.Found:
    target = target_of(source)
    yield from validate_target(target, f"{path}.target")
    utilization, average = target.get("averageUtilization"), target.get("averageValue")
    if utilization is None and average is None:
        yield fielderrors.required(f"{path}.target.averageUtilization", UTILIZATION)
    if utilization is not None and average is not None:
        yield fielderrors.forbidden(f"{path}.target.averageValue", BOTH_UTILIZATION)


def target_of(source: Object) -> Object:
    found: Object = source.get("target") or {}
    return found


def validate_identifier(source: Object, path: str) -> checks.Found:
    name = (source.get("metric") or {}).get("name")
    if name:
        yield from checks.text(name, names.path_segment, f"{path}.metric.name")
    else:
        yield fielderrors.required(f"{path}.metric.name", "must specify a metric name")


def validate_target(target: Object, path: str) -> checks.Found:
    kind = target.get("type") or ""
    yield from checks.required(kind, f"{path}.type", "must specify a metric target type")
    if kind not in TARGET_TYPES:
        yield fielderrors.invalid(f"{path}.type", kind, "must be either Utilization, Value, or AverageValue")
    for field in ("value", "averageValue"):
        amount = target.get(field)
        if amount is not None and quantity.parse(amount).nanos <= 0:
            yield fielderrors.invalid(f"{path}.{field}", amount, "must be positive")
    utilization = target.get("averageUtilization")
    if utilization is not None and utilization < 1:
        yield fielderrors.invalid(f"{path}.averageUtilization", utilization, "must be greater than 0")


def validate_rules(rules: Object, path: str) -> checks.Found:
    """How fast may be scaled in one direction."""
    window = rules.get("stabilizationWindowSeconds")
    at = f"{path}.stabilizationWindowSeconds"
    if window is not None and window < 0:
        yield fielderrors.invalid(at, window, "must be greater than or equal to zero")
    if window is not None and window > LONGEST_WINDOW:
        yield fielderrors.invalid(at, window, f"must be less than or equal to {LONGEST_WINDOW}")
    yield from checks.optional_one_of(rules.get("selectPolicy"), POLICIES, f"{path}.selectPolicy")
    policies = rules.get("policies") or ()
    yield from checks.required(policies, f"{path}.policies", "must specify at least one Policy")
    for index, policy in enumerate(policies):
        yield from validate_policy(policy, f"{path}.policies[{index}]")
    tolerance = rules.get("tolerance")
    if tolerance is not None:
        yield from checks.quantity_not_negative(tolerance, f"{path}.tolerance")


def validate_policy(policy: Object, path: str) -> checks.Found:
    yield from checks.one_of(policy.get("type") or "", POLICY_TYPES, f"{path}.type")
    yield from checks.positive(policy.get("value") or 0, f"{path}.value")
    period = policy.get("periodSeconds") or 0
    yield from checks.positive(period, f"{path}.periodSeconds")
    if period > LONGEST_PERIOD:
        text = f"must be less than or equal to {LONGEST_PERIOD}"
        yield fielderrors.invalid(f"{path}.periodSeconds", period, text)


def validate_status(obj: Object, old: Object) -> checks.Found:
    yield from checks.non_negative(obj.get("status") or {}, "status", "currentReplicas", "desiredReplicas")


def validate_scale(obj: Object) -> checks.Found:
    yield from checks.non_negative(obj.get("spec") or {}, "spec", "replicas")


SOURCES: Mapping[str, Check] = {
    "containerResource": validate_container_resource,
    "external": validate_external,
    "object": validate_object,
    "pods": validate_pods,
    "resource": validate_resource,
}
