"""Bindings of policies: to which requests they apply, with which parameters, and what follows from them.

Mirrors `pkg/apis/admissionregistration/validation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import matchrules
from kroute.machinery import fielderrors, labelselector, names

Object = Mapping[str, Any]
ACTIONS = ("Audit", "Deny", "Warn")
NOT_FOUND_ACTIONS = ("Deny", "Allow")
EXCLUSIVE = "name and selector are mutually exclusive"
NOT_BOTH = (
    "must not contain both Deny and Warn (repeating the same validation failure information in the API response and "
    "headers serves no purpose)"
)


def validate_mutating(obj: Object, old: Object | None = None) -> checks.Found:
    spec = obj.get("spec") or {}
    yield from checks.required_text(spec.get("policyName"), names.dns1123_subdomain, "spec.policyName")
    if spec.get("paramRef") is not None:
        yield from validate_params(spec["paramRef"], "spec.paramRef")
    yield from matchrules.validate_match_resources(spec.get("matchResources"), "spec.matchResources")


def validate_validating(obj: Object, old: Object | None = None) -> checks.Found:
    yield from validate_mutating(obj)
    actions = (obj.get("spec") or {}).get("validationActions") or []
    at = "spec.validationActions"
    seen = set()
    for index, action in enumerate(actions):
        yield from checks.one_of(action, ACTIONS, f"{at}[{index}]")
        if action in seen:
            yield fielderrors.duplicate(f"{at}[{index}]", action)
        seen.add(action)
    if {"Deny", "Warn"} <= seen:
        yield fielderrors.invalid(at, actions, NOT_BOTH)
    yield from checks.required(actions, at, "at least one validation action is required")


def validate_params(reference: Object, path: str) -> checks.Found:
    """The objects that parameters come from: one by name, or all that a selector finds."""
    name, selector = reference.get("name") or "", reference.get("selector")
    if name:
        yield from checks.text(name, names.path_segment, f"{path}.name")
        if selector is not None:
            yield fielderrors.forbidden(f"{path}.name", EXCLUSIVE)
    if selector is not None:
        yield from labelselector.validate(selector, f"{path}.selector")
        if name:
            yield fielderrors.forbidden(f"{path}.selector", EXCLUSIVE)
    if not name and selector is None:
        yield fielderrors.required(path, "one of name or selector must be specified")
    action = reference.get("parameterNotFoundAction")
    yield from checks.required_one_of(action, NOT_FOUND_ACTIONS, f"{path}.parameterNotFoundAction")
