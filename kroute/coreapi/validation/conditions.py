"""Conditions of the common form, as statuses list them.

Mirrors ValidateConditions of apimachinery's `pkg/apis/meta/v1/validation`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]
STATUSES = ("False", "True", "Unknown")
LONGEST_REASON, LONGEST_MESSAGE = 1024, 32 * 1024


def validate(conditions: Collection[Object], path: str) -> checks.Found:
    """Complete conditions, each type once."""
    seen = set()
    for index, condition in enumerate(conditions):
        kind = condition.get("type") or ""
        if kind in seen:
            yield fielderrors.duplicate(f"{path}[{index}]", kind)
        seen.add(kind)
        yield from validate_one(condition, f"{path}[{index}]")


def validate_one(condition: Object, path: str) -> checks.Found:
    if condition.get("type"):
        yield from checks.label_name(condition["type"], f"{path}.type")
    else:
        yield fielderrors.required(f"{path}.type", "is required")
    yield from checks.required_one_of(condition.get("status"), STATUSES, f"{path}.status")
    generation = condition.get("observedGeneration") or 0
    if generation < 0:
        yield fielderrors.invalid(f"{path}.observedGeneration", generation, "must be greater than or equal to zero")
    yield from checks.required(condition.get("lastTransitionTime"), f"{path}.lastTransitionTime")
    reason = condition.get("reason") or ""
    yield from checks.required_text(reason, names.condition_reason, f"{path}.reason")
    if names.size(reason) > LONGEST_REASON:
        yield fielderrors.too_long(f"{path}.reason", LONGEST_REASON)
    if names.size(condition.get("message") or "") > LONGEST_MESSAGE:
        yield fielderrors.too_long(f"{path}.message", LONGEST_MESSAGE)
