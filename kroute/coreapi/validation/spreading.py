"""Topology spread constraints: how evenly pods are to be spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import affinity, options
from kroute.machinery import fielderrors

Object = Mapping[str, Any]
ACTIONS = ("DoNotSchedule", "ScheduleAnyway")
POLICIES = ("Honor", "Ignore")


def validate(constraints: Sequence[Object], path: str, opts: options.Options) -> checks.Found:
    for index, constraint in enumerate(constraints):
        at = f"{path}[{index}]"
        yield from checks.positive(constraint.get("maxSkew") or 0, f"{at}.maxSkew")
        key, action = constraint.get("topologyKey") or "", constraint.get("whenUnsatisfiable") or ""
        yield from checks.required(key, f"{at}.topologyKey", "can not be empty")
        yield from checks.one_of(action, ACTIONS, f"{at}.whenUnsatisfiable")
        kind = (constraint.get("topologyKey"), constraint.get("whenUnsatisfiable"))
        if any(
            (other.get("topologyKey"), other.get("whenUnsatisfiable")) == kind for other in constraints[index + 1 :]
        ):
            yield fielderrors.duplicate(f"{at}.{{topologyKey, whenUnsatisfiable}}", f"{{{key}, {action}}}")
        yield from validate_domains(constraint, action, f"{at}.minDomains")
        for policy in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
            yield from checks.optional_one_of(constraint.get(policy), POLICIES, f"{at}.{policy}")
        yield from affinity.validate_label_keys(constraint, at)
        if not opts.allow_spread_selectors:
            yield from checks.label_selector(constraint.get("labelSelector"), f"{at}.labelSelector")


def validate_domains(constraint: Object, action: str, path: str) -> checks.Found:
    count = constraint.get("minDomains")
    if count is None:
        return
    yield from checks.positive(count, path)
    if action != "DoNotSchedule":
        text = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}"
        yield fielderrors.invalid(path, count, text)
