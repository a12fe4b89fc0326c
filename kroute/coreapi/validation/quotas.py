"""Resource quotas: what they count and for which objects.

Mirrors ValidateResourceQuota of `pkg/apis/core/validation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kroute.coreapi import checks, internals, resourcenames
from kroute.coreapi.validation import resources
from kroute.machinery import fielderrors, metavalidation

Object = Mapping[str, Any]

EXISTING = ("BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity")
"""Scopes that a pod is in or not, whatever their values."""

VOLUME_CLASS = "VolumeAttributesClass"
SCOPES = frozenset({*EXISTING, "PriorityClass", VOLUME_CLASS})
PAIRS = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))
OF_PODS = frozenset({"pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"})
OF_CLAIMS = frozenset({"persistentvolumeclaims", "requests.storage"})
MUST_EXIST = (
    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
    "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
)
NO_VALUES = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
VALUES = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
SELECTOR = "spec.scopeSelector.matchExpressions"


def validate(obj: Object) -> checks.Found:
    spec = obj.get("spec") or {}
    hard = spec.get("hard") or {}
    yield from validate_amounts(hard, "spec.hard")
    yield from validate_scopes(spec.get("scopes") or [], hard)
    if spec.get("scopeSelector") is not None:
        yield from validate_selector(spec["scopeSelector"], hard)


def validate_update(obj: Object, old: Object) -> checks.Found:
    yield from validate(obj)
    new, before = ((each.get("spec") or {}).get("scopes") or [] for each in (obj, old))
    if set(new) != set(before):
        yield fielderrors.invalid("spec.scopes", new, metavalidation.IMMUTABLE)


def validate_status(obj: Object, old: Object) -> checks.Found:
    status = obj.get("status") or {}
    for field in ("hard", "used"):
        yield from validate_amounts(status.get(field) or {}, f"status.{field}")


def validate_amounts(amounts: Mapping[str, str], path: str) -> checks.Found:
    for name, text in amounts.items():
        yield from resources.validate_name(name, f"{path}[{name}]")
        if "/" not in name and not resourcenames.is_for_quota(name):
            yield fielderrors.invalid(f"{path}[{name}]", name, "must be a standard resource for quota")
        yield from resources.validate_value(name, text, f"{path}[{name}]")


def validate_scopes(scopes: list[str], hard: Mapping[str, str]) -> checks.Found:
    path = "spec.scopes"
    for scope in scopes:
        if scope not in SCOPES:
            yield fielderrors.invalid(path, scopes, "unsupported scope")
        for _ in unfit(scope, hard):
            yield fielderrors.invalid(path, scopes, "unsupported scope applied to resource")
    yield from validate_pairs(scopes, path, scopes)


def unfit(scope: str, hard: Mapping[str, str]) -> Iterator[str]:
    """The resources that can't be counted in a scope."""
    for name in sorted(hard):
        if not resourcenames.is_for_quota(name) or scope not in SCOPES:
            continue
        if scope == "BestEffort":
            fits = name == "pods"
        else:
            fits = name in (OF_CLAIMS if scope == VOLUME_CLASS else OF_PODS)
        if not fits:
            yield name


def validate_pairs(scopes: list[str], path: str, shown: Any) -> checks.Found:
    for pair in PAIRS:
        if all(scope in scopes for scope in pair):
            yield fielderrors.invalid(path, shown, "conflicting scopes")


def validate_selector(selector: Object, hard: Mapping[str, str]) -> checks.Found:
    requirements = selector.get("matchExpressions") or ()
    scopes = [requirement.get("scopeName") or "" for requirement in requirements]
    for requirement in requirements:
        yield from validate_requirement(requirement, selector, hard)
    yield from validate_pairs(scopes, SELECTOR, None)


def validate_requirement(requirement: Object, selector: Object, hard: Mapping[str, str]) -> checks.Found:
    scope, operator = requirement.get("scopeName") or "", requirement.get("operator") or ""
    values = requirement.get("values") or []
    if scope not in SCOPES:
        yield fielderrors.invalid(f"{SELECTOR}.scopeName", scope, "unsupported scope")
    for _ in unfit(scope, hard):
        yield fielderrors.invalid(SELECTOR, shown(selector), "unsupported scope applied to resource")
    if scope in EXISTING and operator != "Exists":
        yield fielderrors.invalid(f"{SELECTOR}.operator", operator, MUST_EXIST)
    if operator in ("In", "NotIn"):
        yield from checks.required(values, f"{SELECTOR}.values", NO_VALUES)
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            yield fielderrors.invalid(f"{SELECTOR}.values", values, VALUES)
    else:
        yield fielderrors.invalid(f"{SELECTOR}.operator", operator, "not a valid selector operator")


def shown(selector: Object) -> Any:
    return internals.encode(selector, "core.v1.ScopeSelector")
