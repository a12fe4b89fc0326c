"""Reviews of access: whose, and to what.  Mirrors `pkg/apis/authorization/validation`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.machinery import fielderrors, labelselector

Object = Mapping[str, Any]
NOT_BOTH = "cannot be specified in combination with resourceAttributes"
EITHER = "exactly one of nonResourceAttributes or resourceAttributes must be specified"


def validate(obj: Object) -> checks.Found:
    """A SubjectAccessReview."""
    yield from validate_spec(obj.get("spec") or {}, has_subject=True)
    yield from validate_metadata(obj, "must be empty")


def validate_self(obj: Object) -> checks.Found:
    """A SelfSubjectAccessReview."""
    yield from validate_spec(obj.get("spec") or {}, has_subject=False)
    yield from validate_metadata(obj, "must be empty")


def validate_local(obj: Object) -> checks.Found:
    """A LocalSubjectAccessReview: about one namespace."""
    spec = obj.get("spec") or {}
    yield from validate_spec(spec, has_subject=True)
    yield from validate_metadata(obj, "must be empty except for namespace", "namespace")
    resource, other = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    namespace = (resource or {}).get("namespace") or ""
    if resource is not None and namespace != (obj["metadata"].get("namespace") or ""):
        yield fielderrors.invalid("spec.resourceAttributes.namespace", namespace, "must match metadata.namespace")
    if other is not None:
        text = "disallowed on this kind of request"
        yield fielderrors.invalid("spec.nonResourceAttributes", shown(other), text)


def validate_metadata(obj: Object, text: str, *allowed: str) -> checks.Found:
    metadata = obj.get("metadata") or {}
    if any(value for field, value in metadata.items() if field not in ("managedFields", *allowed)):
        yield fielderrors.invalid("metadata", {field: value for field, value in metadata.items() if value}, text)


def shown(attributes: Object) -> Object:
    return {"Path": attributes.get("path") or "", "Verb": attributes.get("verb") or ""}


def validate_spec(spec: Object, *, has_subject: bool) -> checks.Found:
    resource, other = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is not None and other is not None:
        yield fielderrors.invalid("spec.nonResourceAttributes", shown(other), NOT_BOTH)
    if resource is None and other is None:
        yield fielderrors.invalid("spec.resourceAttributes", None, EITHER)
    if has_subject and not spec.get("user") and not spec.get("groups"):
        text = "at least one of user or group must be specified"
        yield fielderrors.invalid("spec.user", spec.get("user") or "", text)
    for field, check in (("fieldSelector", validate_field), ("labelSelector", validate_label)):
        selector = (resource or {}).get(field)
        if selector is not None:
            yield from validate_selector(selector, f"spec.resourceAttributes.{field}", check)


def validate_selector(selector: Object, path: str, check: Callable[[Object, str], checks.Found]) -> checks.Found:
    """A selector as text or as requirements."""
    raw, requirements = selector.get("rawSelector") or "", selector.get("requirements") or ()
    if raw and requirements:
        text = "may not specified at the same time as requirements"
        yield fielderrors.invalid(f"{path}.rawSelector", raw, text)
    if not raw and not requirements:
        text = f"when {path} is specified, requirements or rawSelector is required"
        yield fielderrors.required(f"{path}.requirements", text)
    for index, requirement in enumerate(requirements):
        yield from check(requirement, f"{path}.requirements[{index}]")


def validate_label(requirement: Object, path: str) -> checks.Found:
    yield from labelselector.validate_expression(requirement, path, allow_unknown_operators=True)


def validate_field(requirement: Object, path: str) -> checks.Found:
    yield from checks.required(requirement.get("key"), f"{path}.key", "must be specified")
    operator, values = requirement.get("operator") or "", requirement.get("values")
    if operator in ("In", "NotIn"):
        text = "must be specified when `operator` is 'In' or 'NotIn'"
        yield from checks.required(values, f"{path}.values", text)
    elif operator in ("Exists", "DoesNotExist") and values:
        text = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
        yield fielderrors.forbidden(f"{path}.values", text)
