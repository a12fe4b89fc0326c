"""The field selectors of built-in kinds: their names, and what they are in an object.

Most are the field of that name; a name that the data maps to another path is that field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kroute.machinery import objects
from kroute.storage import indexing

FLAGS = frozenset({"spec.unschedulable", "spec.hostNetwork"})
NUMBERS = frozenset({"status.replicas", "status.successful"})


def names(selectable: Sequence[str]) -> tuple[str, ...]:
    """The names of field selectors, as the data has them."""
    return tuple(entry.partition("=")[0] for entry in selectable)


def stored_names(selectable: Sequence[str]) -> Mapping[str, str]:
    """The field selectors of a resource that shares the objects of another, and how they are called there."""
    parts = (entry.partition("=") for entry in selectable)
    return {name: stored for name, _, stored in parts if stored}


def fields_of(selectable: Sequence[str]) -> indexing.FieldsOf | None:
    """What looks the fields up; None where there are none."""
    if not selectable:
        return None
    wanted = []
    for entry in selectable:
        name, _, path = entry.partition("=")
        unset = "false" if name in FLAGS else "0" if name in NUMBERS else ""
        paths = [each.split(".") for each in (path or name).split("|")]
        wanted.append((name, paths, unset))

    def fields(obj: objects.Object) -> Mapping[str, str]:
        return {name: show(first(obj, paths), unset) for name, paths, unset in wanted}

    return fields


def first(obj: objects.Object, paths: Sequence[Sequence[str]]) -> Any:
    for path in paths:
        found = look_up(obj, path)
        if found or path is paths[-1]:
            return found
    return None


def look_up(obj: Any, path: Sequence[str]) -> Any:
    for part in path:
        if not isinstance(obj, dict):
            return None
        obj = obj.get(part)
    return obj


def show(value: Any, unset: str) -> str:
    """A field as selectors compare it."""
    if value is None:
        return unset
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
