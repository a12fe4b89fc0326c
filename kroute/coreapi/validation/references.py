"""References of networking kinds to other objects: of a kind, a resource, a namespace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.machinery import names

Object = Mapping[str, Any]


def validate(reference: Object, path: str) -> checks.Found:
    """A reference by group, kind and name."""
    if reference.get("apiGroup") is not None:
        yield from checks.text(reference["apiGroup"], names.dns1123_subdomain, f"{path}.apiGroup")
    for field in ("kind", "name"):
        yield from checks.required_text(reference.get(field), names.path_segment, f"{path}.{field}")


def validate_parent(reference: Object, path: str) -> checks.Found:
    """A reference by group, resource, namespace and name."""
    yield from checks.optional_text(reference.get("group"), names.dns1123_subdomain, f"{path}.group")
    for field in ("resource", "name"):
        yield from checks.required_text(reference.get(field), names.path_segment, f"{path}.{field}")
    yield from checks.optional_text(reference.get("namespace"), names.path_segment, f"{path}.namespace")
