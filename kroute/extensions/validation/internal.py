"""A definition in the form in which kube-apiserver checks it, which its messages show.

What all versions have in common stands in the spec itself there: `spec.validation`, `spec.additionalPrinterColumns`.
Mirrors the conversion of `pkg/apis/apiextensions/v1` of `k8s.io/apiextensions-apiserver`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

FIELDS = (
    ("schema", "validation", "Schema"),
    ("subresources", "subresources", "Subresources"),
    ("additionalPrinterColumns", "additionalPrinterColumns", "AdditionalPrinterColumns"),
    ("selectableFields", "selectableFields", "SelectableFields"),
)


class Part(NamedTuple):
    """Something of one version, or of all: `field` as versions have it, and where messages say that it is."""

    field: str
    path: str
    value: Any
    version: Mapping[str, Any]


def parts(versions: Sequence[Mapping[str, Any]]) -> tuple[list[list[Part]], list[Part]]:
    """What each version has for itself, and what they have in common."""
    own: list[list[Part]] = [[] for _ in versions]
    common: list[Part] = []
    for field, shared, _ in FIELDS:
        values = [version.get(field) or None for version in versions]
        if not values:
            continue
        if all(value == values[0] for value in values):
            if values[0] is not None:
                common.append(Part(field, f"spec.{shared}", values[0], versions[0]))
            continue
        for index, value in enumerate(values):
            if value is not None:
                own[index].append(Part(field, f"spec.versions[{index}].{field}", value, versions[index]))
    return own, common


def shown(versions: Sequence[Mapping[str, Any]] | None) -> Any:
    """Versions as messages show them."""
    if not versions:
        return versions
    alike = {name for field, _, name in FIELDS if all(each.get(field) == versions[0].get(field) for each in versions)}
    return [
        {
            "Name": each.get("name") or "",
            "Served": bool(each.get("served")),
            "Storage": bool(each.get("storage")),
            "Deprecated": bool(each.get("deprecated")),
            "DeprecationWarning": each.get("deprecationWarning"),
            **{name: None if name in alike else each.get(field) for field, _, name in FIELDS},
        }
        for each in versions
    ]
