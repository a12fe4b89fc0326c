"""The names of a definition, and its group.

Mirrors ValidateCustomResourceDefinitionNames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kroute.extensions import approval
from kroute.machinery import fielderrors, names, objects

MIXED = "may have mixed case, but should otherwise match: "
Errors = Iterator[fielderrors.FieldError]


def names_errors(found: Mapping[str, Any], path: str) -> Errors:
    """What is wrong with the names that are there."""
    for key in ("plural", "singular"):
        value = found.get(key) or ""
        if value and (problems := names.dns1035_label(value)):
            yield fielderrors.invalid(f"{path}.{key}", value, ",".join(problems))
    for key in ("kind", "listKind"):
        value = found.get(key) or ""
        if value and (problems := names.dns1035_label(value.lower())):
            yield fielderrors.invalid(f"{path}.{key}", value, MIXED + ",".join(problems))
    yield from labels(found.get("shortNames"), f"{path}.shortNames")
    if found.get("kind") and found.get("kind") == found.get("listKind"):
        yield fielderrors.invalid(f"{path}.listKind", found["listKind"], "kind and listKind may not be the same")
    yield from labels(found.get("categories"), f"{path}.categories")


def labels(values: Any, path: str) -> Errors:
    for index, value in enumerate(values or ()):
        if problems := names.dns1035_label(value):
            yield fielderrors.invalid(f"{path}[{index}]", value, ",".join(problems))


def required_names(found: Mapping[str, Any]) -> Errors:
    for key in ("plural", "singular", "kind", "listKind"):
        if not found.get(key):
            yield fielderrors.required(f"spec.names.{key}")


def group_errors(group: str) -> Errors:
    if not group:
        yield fielderrors.required("spec.group")
    elif problems := names.dns1123_subdomain(group):
        yield fielderrors.invalid("spec.group", group, ",".join(problems))
    elif "." not in group:
        yield fielderrors.invalid("spec.group", group, "should be a domain with at least one dot")


def own_name(crd: objects.Object) -> Errors:
    """The name of a definition says what it defines."""
    spec, name = crd["spec"], crd["metadata"].get("name") or ""
    if name and name != f"{spec['names'].get('plural') or ''}.{spec.get('group') or ''}":
        yield fielderrors.invalid("metadata.name", name, 'must be spec.names.plural+"."+spec.group')


def approval_errors(crd: objects.Object, old: objects.Object | None) -> Errors:
    """Groups of the community need an approval."""
    if not approval.is_protected(crd["spec"].get("group") or ""):
        return
    reason, text = approval.state(crd)
    if old is not None and approval.state(old)[0] == reason:
        return
    path = f"metadata.annotations[{approval.ANNOTATION}]"
    if reason == "MissingAnnotation":
        yield fielderrors.required(path, text)
    elif reason == "InvalidAnnotation":
        yield fielderrors.invalid(path, crd["metadata"]["annotations"][approval.ANNOTATION], text)
