"""Priority classes.  Mirrors `pkg/apis/scheduling/validation`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.machinery import fielderrors

Object = Mapping[str, Any]

PREFIX = "system-"
SYSTEM = {"system-node-critical": 2000001000, "system-cluster-critical": 2000000000}
HIGHEST = 1000000000
POLICIES = ("PreemptLowerPriority", "Never")
RESERVED = f"priority class names with '{PREFIX}' prefix are reserved for system use only. error: "


def validate(obj: Object) -> checks.Found:
    name, value = obj["metadata"].get("name") or "", obj.get("value") or 0
    if name.startswith(PREFIX):
        wrong = wrong_in_system_class(name, value, is_default=bool(obj.get("globalDefault")))
        if wrong:
            yield fielderrors.forbidden("metadata.name", RESERVED + wrong)
    elif value > HIGHEST:
        yield fielderrors.forbidden("value", f"maximum allowed value of a user defined priority is {HIGHEST}")
    if obj.get("preemptionPolicy") is not None:
        yield from checks.required_one_of(obj["preemptionPolicy"], POLICIES, "preemptionPolicy")


def wrong_in_system_class(name: str, value: int, *, is_default: bool) -> str:
    if name not in SYSTEM:
        return f"{name} is not a known system priority class"
    if value != SYSTEM[name]:
        return f"value of {name} PriorityClass must be {SYSTEM[name]}"
    return f"globalDefault of {name} PriorityClass must be false" if is_default else ""


def validate_update(obj: Object, old: Object) -> checks.Found:
    if (obj.get("value") or 0) != (old.get("value") or 0):
        yield fielderrors.forbidden("value", "may not be changed in an update.")
    if obj.get("preemptionPolicy") != old.get("preemptionPolicy"):
        yield fielderrors.invalid("preemptionPolicy", obj.get("preemptionPolicy"), "field is immutable")
