"""Defaults of what runs pods, as far as they depend on other fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kroute.machinery import errors, goformat, objects

LARGEST_INT32 = 2**31 - 1
INTEGER = re.compile("[+-]?[0-9]{1,18}")
CLAIM = {"kind": "PersistentVolumeClaim", "apiVersion": "v1"}
TEMPLATE_REVISION = "deprecated.daemonset.template.generation"
"""The annotation that counts changes of a daemon set's template; it was a field once."""


def deployment_strategy(obj: objects.Object) -> None:
    if obj["type"] == "RollingUpdate":
        complete(obj, "rollingUpdate", {"maxUnavailable": "25%", "maxSurge": "25%"})


def daemon_set_strategy(obj: objects.Object) -> None:
    if obj["type"] == "RollingUpdate":
        complete(obj, "rollingUpdate", {"maxUnavailable": 1, "maxSurge": 0})


def daemon_set(obj: objects.Object) -> None:
    """The revision of the template is always there, whoever writes; strategies see to its value."""
    metadata = objects.metadata(obj)
    annotations = metadata.get("annotations") or {}
    text = annotations.get(TEMPLATE_REVISION)
    if text is None:
        metadata["annotations"] = {**annotations, TEMPLATE_REVISION: "0"}
    elif not INTEGER.fullmatch(text):
        raise errors.BadRequest(f"strconv.ParseInt: parsing {goformat.quote(text)}: invalid syntax")


def stateful_set_strategy(obj: objects.Object) -> None:
    """Only an update strategy that nobody named gets parameters; those that are there are completed."""
    if not obj.get("type"):
        obj["type"] = "RollingUpdate"
        if obj.get("rollingUpdate") is None:
            obj["rollingUpdate"] = {}


def stateful_set(obj: objects.Object) -> None:
    """Claims in the spec name their kind."""
    spec = obj["spec"]
    if spec.get("volumeClaimTemplates"):
        spec["volumeClaimTemplates"] = [CLAIM | without(claim, CLAIM) for claim in spec["volumeClaimTemplates"]]


def replication_controller(obj: objects.Object) -> None:
    """Without a selector, and without labels of its own, it has those of its template."""
    spec = obj["spec"]
    labels = template_labels(spec.get("template"))
    if labels:
        if not spec.get("selector"):
            spec["selector"] = dict(labels)
        adopt_labels(obj, labels)


def job(obj: objects.Object) -> None:
    labels = template_labels(obj["spec"].get("template"))
    if labels:
        adopt_labels(obj, labels)
    job_spec(obj["spec"])


def job_spec(spec: objects.Object) -> None:
    if spec.get("parallelism") is None:
        spec["parallelism"] = 1
        if spec.get("completions") is None:
            spec["completions"] = 1
    per_index = spec.get("backoffLimitPerIndex") is not None
    replaced = "Failed" if spec.get("podFailurePolicy") is not None else "TerminatingOrFailed"
    defaults = {
        "backoffLimit": LARGEST_INT32 if per_index else 6,
        "completionMode": "NonIndexed",
        "suspend": False,
        "podReplacementPolicy": replaced,
        "manualSelector": False,
    }
    for name, value in defaults.items():
        if spec.get(name) is None:
            spec[name] = value


def adopt_labels(obj: objects.Object, labels: Mapping[str, str]) -> None:
    metadata = objects.metadata(obj)
    if not metadata.get("labels"):
        metadata["labels"] = dict(labels)


def template_labels(template: objects.Object | None) -> Mapping[str, str]:
    return ((template or {}).get("metadata") or {}).get("labels") or {}


def complete(obj: objects.Object, name: str, defaults: Mapping[str, Any]) -> None:
    """Make the object below, and set what it lacks."""
    below = obj.get(name)
    if below is None:
        below = obj[name] = {}
    for key, value in defaults.items():
        if below.get(key) is None:
            below[key] = value


def without(obj: objects.Object, names: Mapping[str, Any]) -> objects.Object:
    return {key: value for key, value in obj.items() if key not in names}


def scaling_behavior(obj: objects.Object) -> None:
    """Rules of an autoscaler: both directions are complete once one of them is given."""
    common = {"selectPolicy": "Max"}
    percent = {"type": "Percent", "value": 100, "periodSeconds": 15}
    pods = {"type": "Pods", "value": 4, "periodSeconds": 15}
    complete(obj, "scaleUp", common | {"stabilizationWindowSeconds": 0, "policies": [dict(pods), dict(percent)]})
    complete(obj, "scaleDown", common | {"policies": [dict(percent)]})
