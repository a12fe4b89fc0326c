"""The request that a review of access asks about, with its selectors.

A selector that can't be read is left out, which asks for more than was meant, never for less; the review says so.
Mirrors `pkg/registry/authorization/util`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from kroute.machinery import context, fields, labels, objects

FIELDS = ("verb", "group", "namespace", "resource", "subresource", "name")
LABEL_OPERATORS = {"In": labels.IN, "NotIn": labels.NOT_IN, "Exists": labels.EXISTS, "DoesNotExist": labels.ABSENT}
FIELD_OPERATORS = {"In": fields.EQUALS, "NotIn": fields.NOT_EQUALS}


class Asked(NamedTuple):
    """`ignored` says which selectors were left out."""

    info: context.RequestInfo
    ignored: list[str]


def read(spec: objects.Object) -> Asked:
    """What the spec of a review asks about."""
    resource, other = spec.get("resourceAttributes"), spec.get("nonResourceAttributes") or {}
    if resource is None:
        return Asked(context.RequestInfo(path=other.get("path") or "", verb=other.get("verb") or ""), [])
    found: dict[str, Any] = {field: resource.get(field) or "" for field in FIELDS}
    ignored: list[str] = []
    info = context.RequestInfo(
        path="",
        is_resource=True,
        version=resource.get("version") or "*",
        field_selector=selector(resource, "fieldSelector", fields.parse, of_field, ignored),
        label_selector=selector(resource, "labelSelector", labels.parse, of_label, ignored),
        **found,
    )
    return Asked(info, ignored)


def selector(
    resource: objects.Object,
    name: str,
    parse: Callable[[str], Any],
    of: Callable[[objects.Object], str],
    ignored: list[str],
) -> str:
    """A selector as text, as it would stand in a URL; "" for none, or none that can be read."""
    given = resource.get(name) or {}
    raw, requirements = given.get("rawSelector") or "", given.get("requirements") or ()
    texts = []
    failed = False
    for requirement in requirements:
        try:
            texts.append(of(requirement))
        except ValueError:
            failed = True
    if raw and not requirements:
        try:
            parse(raw)
            texts.append(raw)
        except ValueError:
            failed = True
    if failed:
        how = "partially ignored" if texts else "ignored"
        ignored.append(f"spec.resourceAttributes.{name} {how} due to parse error")
    return ",".join(texts)


def of_label(requirement: objects.Object) -> str:
    """One label requirement as text.  Raises ValueError."""
    operator = LABEL_OPERATORS.get(requirement.get("operator") or "")
    if operator is None:
        raise ValueError("no operator of label selectors")
    text = str(labels.Requirement(requirement.get("key") or "", operator, tuple(requirement.get("values") or ())))
    labels.parse(text)
    return text


def of_field(requirement: objects.Object) -> str:
    """One field requirement as text.  Raises ValueError."""
    operator = FIELD_OPERATORS.get(requirement.get("operator") or "")
    values: list[str] = requirement.get("values") or []
    if operator is None or len(values) != 1:
        raise ValueError("no field selector can ask for this")
    return str(fields.Requirement(requirement.get("key") or "", operator, values[0]))
