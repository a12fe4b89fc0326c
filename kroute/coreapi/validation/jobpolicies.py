"""When jobs fail and when they succeed: policies of pod failures, of success, and of replacing pods."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import jobindexes
from kroute.machinery import fielderrors, goformat, names

Object = Mapping[str, Any]

ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
OPERATORS = ("In", "NotIn")
STATUSES = ("False", "True", "Unknown")
REPLACEMENTS = ("Failed", "TerminatingOrFailed")
MOST_RULES, MOST_CODES, MOST_PATTERNS = 20, 255, 20
LONGEST_INDEXES = 64 * 1024
BOTH = "specifying both OnExitCodes and OnPodConditions is not supported"
NEITHER = "specifying one of OnExitCodes and OnPodConditions is required"
NO_CONTAINER = "must be one of the container or initContainer names in the pod template"


def validate_failure(spec: Object, path: str) -> checks.Found:
    """`podFailurePolicy` of a job's spec."""
    rules = spec["podFailurePolicy"].get("rules") or ()
    if len(rules) > MOST_RULES:
        yield fielderrors.too_many(f"{path}.rules", len(rules), MOST_RULES)
    pod = (spec.get("template") or {}).get("spec") or {}
    containers = {one.get("name") for kind in ("containers", "initContainers") for one in pod.get(kind) or ()}
    for index, rule in enumerate(rules):
        per_index = spec.get("backoffLimitPerIndex") is not None
        yield from validate_failure_rule(rule, containers, f"{path}.rules[{index}]", per_index=per_index)


def validate_failure_rule(
    rule: Object, containers: Collection[str | None], path: str, *, per_index: bool
) -> checks.Found:
    action = rule.get("action") or ""
    yield from listed(action, ACTIONS, f"{path}.action")
    if action == "FailIndex" and not per_index:
        yield fielderrors.invalid(f"{path}.action", action, "requires the backoffLimitPerIndex to be set")
    codes, patterns = rule.get("onExitCodes"), rule.get("onPodConditions") or ()
    if codes is not None:
        yield from validate_codes(codes, containers, f"{path}.onExitCodes")
    if len(patterns) > MOST_PATTERNS:
        yield fielderrors.too_many(f"{path}.onPodConditions", len(patterns), MOST_PATTERNS)
    for index, pattern in enumerate(patterns):
        at = f"{path}.onPodConditions[{index}]"
        yield from checks.text(pattern.get("type") or "", names.qualified_name, f"{at}.type")
        yield from listed(pattern.get("status") or "", STATUSES, f"{at}.status")
    if codes is not None and patterns:
        yield fielderrors.invalid(path, fielderrors.OMITTED, BOTH)
    if codes is None and not patterns:
        yield fielderrors.invalid(path, fielderrors.OMITTED, NEITHER)


def listed(value: str, allowed: Collection[str], path: str) -> checks.Found:
    """A value that must be there; what may stand there is told in both cases."""
    if value:
        yield from checks.one_of(value, allowed, path)
    else:
        yield fielderrors.required(path, f"valid values: [{' '.join(map(goformat.quote, allowed))}]")


def validate_codes(codes: Object, containers: Collection[str | None], path: str) -> checks.Found:
    """Exit codes, in order and each once."""
    operator, container = codes.get("operator") or "", codes.get("containerName")
    yield from listed(operator, OPERATORS, f"{path}.operator")
    if container is not None and container not in containers:
        yield fielderrors.invalid(f"{path}.containerName", container, NO_CONTAINER)
    values = codes.get("values") or []
    if not values:
        yield fielderrors.invalid(f"{path}.values", codes.get("values"), "at least one value is required")
    elif len(values) > MOST_CODES:
        yield fielderrors.too_many(f"{path}.values", len(values), MOST_CODES)
    seen = set()
    for index, value in enumerate(values):
        at = f"{path}.values[{index}]"
        if operator == "In" and value == 0:
            yield fielderrors.invalid(at, value, "must not be 0 for the In operator")
        if value in seen:
            yield fielderrors.duplicate(at, value)
        seen.add(value)
    if values != sorted(values):
        yield fielderrors.invalid(f"{path}.values", values, "must be ordered")


def validate_success(spec: Object, path: str) -> checks.Found:
    """`successPolicy` of an indexed job's spec."""
    rules, completions = spec["successPolicy"].get("rules") or (), spec.get("completions") or 0
    text = "at least one rules must be specified when the successPolicy is specified"
    yield from checks.required(rules, f"{path}.rules", text)
    if len(rules) > MOST_RULES:
        yield fielderrors.too_many(f"{path}.rules", len(rules), MOST_RULES)
    for index, rule in enumerate(rules):
        yield from validate_success_rule(rule, completions, f"{path}.rules[{index}]")


def validate_success_rule(rule: Object, completions: int, path: str) -> checks.Found:
    count, indexes = rule.get("succeededCount"), rule.get("succeededIndexes")
    total = 0
    if count is None and indexes is None:
        yield fielderrors.required(path, "at least one of succeededCount or succeededIndexes must be specified")
    if indexes is not None:
        at = f"{path}.succeededIndexes"
        if names.size(indexes) > LONGEST_INDEXES:
            yield fielderrors.too_long(at, LONGEST_INDEXES)
        try:
            total = jobindexes.count(indexes, completions)
        except jobindexes.BadIndexes as error:
            yield fielderrors.invalid(at, indexes, f"error parsing succeededIndexes: {error}")
    if count is None:
        return
    at = f"{path}.succeededCount"
    yield from checks.non_negative(rule, path, "succeededCount")
    if count > completions:
        text = f"must be less than or equal to {completions} (the number of specified completions)"
        yield fielderrors.invalid(at, count, text)
    if indexes is not None and count > total:
        text = f"must be less than or equal to {total} (the number of indexes in the specified succeededIndexes field)"
        yield fielderrors.invalid(at, count, text)


def validate_replacement(spec: Object, path: str) -> checks.Found:
    """When a pod is replaced: with a policy of failures, only after it has failed."""
    allowed = ("Failed",) if spec.get("podFailurePolicy") is not None else REPLACEMENTS
    yield from checks.optional_one_of(spec.get("podReplacementPolicy"), allowed, path)
