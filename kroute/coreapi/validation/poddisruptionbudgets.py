"""Budgets for disruptions of pods.  Mirrors `pkg/apis/policy/validation`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks, internals
from kroute.coreapi.validation import conditions
from kroute.machinery import fielderrors, labelselector

Object = Mapping[str, Any]
POLICIES = ("AlwaysAllow", "IfHealthyBudget")
COUNTS = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")


def validate(obj: Object, old: Object | None = None) -> checks.Found:
    """A new budget, or one that replaces `old`."""
    spec, allow_values = obj.get("spec") or {}, False
    if old is not None:
        allow_values = any(labelselector.validate((old.get("spec") or {}).get("selector"), ""))
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        shown = internals.encode(spec, "policy.v1.PodDisruptionBudgetSpec")
        yield fielderrors.invalid("spec", shown, "minAvailable and maxUnavailable cannot be both set")
    for field in ("minAvailable", "maxUnavailable"):
        amount = spec.get(field)
        if amount is not None:
            yield from checks.number_or_percentage(amount, f"spec.{field}")
            yield from checks.at_most_all(amount, f"spec.{field}")
    yield from labelselector.validate(spec.get("selector"), "spec.selector", allow_invalid_values=allow_values)
    policy = spec.get("unhealthyPodEvictionPolicy")
    yield from checks.optional_one_of(policy, POLICIES, "spec.unhealthyPodEvictionPolicy")


def validate_status(obj: Object, old: Object) -> checks.Found:
    status = obj.get("status") or {}
    yield from conditions.validate(status.get("conditions") or (), "status.conditions")
    yield from checks.non_negative(status, "status", *COUNTS)
