"""A patched document as messages show it: in the order in which Go's patch library writes its members.

What the patch went through is sorted by name; what it left alone is as the object was encoded: typed objects in the
order of their Go type, others sorted.  Mirrors `partialDoc` of `gopkg.in/evanphx/json-patch.v4`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kroute.machinery import codecs, objects
from kroute.patch import json_patch

METADATA = (
    *("name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp"),
    *("deletionTimestamp", "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers"),
    "managedFields",
)
PLACES = {name: place for place, name in enumerate(METADATA)}


def merged(value: objects.JSON, patch: objects.JSON, *, typed: bool) -> str:
    """The text of what a merge patch made."""
    return text(value, opened_by_merge(patch), typed=typed)


def edited(value: objects.JSON, operations: Iterable[json_patch.Operation], *, typed: bool) -> str:
    """The text of what a JSON patch made."""
    opened: dict[str, Any] = {}
    for operation in operations:
        for pointer in (operation.get("path"), operation.get("from")):
            at = opened
            for part in pointer.split("/")[1:-1] if isinstance(pointer, str) else ():
                at = at.setdefault(json_patch.decode(part), {})
    return text(value, opened, typed=typed)


def opened_by_merge(patch: objects.JSON) -> dict[str, Any]:
    """The members that a merge patch goes into, each with those below it."""
    if not isinstance(patch, dict):
        return {}
    return {key: opened_by_merge(below) for key, below in patch.items() if isinstance(below, dict)}


def text(value: objects.JSON, opened: dict[str, Any], *, typed: bool) -> str:
    shown = by_place(value) if typed else value
    if not typed:
        return codecs.encode(sorted_below(shown)).decode()
    return codecs.encode(sorted_where(shown, opened)).decode()


def by_place(value: objects.JSON) -> objects.JSON:
    """An object with its metadata in the order of ObjectMeta."""
    metadata = value.get("metadata") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(metadata, dict):
        return value
    names = sorted(metadata, key=lambda name: PLACES.get(name, len(PLACES)))
    return {**value, "metadata": {name: metadata[name] for name in names}}


def sorted_where(value: Any, opened: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [sorted_where(item, opened[str(at)]) if str(at) in opened else item for at, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    return {key: sorted_where(value[key], opened[key]) if key in opened else value[key] for key in sorted(value)}


def sorted_below(value: Any) -> Any:
    if isinstance(value, list):
        return [sorted_below(item) for item in value]
    return {key: sorted_below(value[key]) for key in sorted(value)} if isinstance(value, dict) else value
