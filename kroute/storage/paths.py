"""Plain paths into objects: `.spec.replicas`, as scale subresources name them.

Mirrors the Nested functions of `k8s.io/apimachinery/pkg/apis/meta/v1/unstructured`, their texts included.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kroute.machinery import goformat, objects

GO_TYPES = {dict: "map[string]interface {}", list: "[]interface {}", bool: "bool", int: "int64", float: "float64"}


class PathError(ValueError):
    """An object that doesn't fit a path; says why as kube-apiserver does."""


class Missing:
    """Stands for a value that isn't there."""


MISSING = Missing()


def split(path: str) -> tuple[str, ...]:
    """The keys of a path; the leading dot says nothing."""
    return tuple(path.removeprefix(".").split("."))


def find(obj: objects.Object, keys: Sequence[str]) -> Any:
    """The value at a path, MISSING if there is none.  Raises PathError where something on the way is no object."""
    value: Any = obj
    for index, key in enumerate(keys):
        if value is None:
            return MISSING
        if not isinstance(value, dict):
            raise _unfit(keys[:index], value, "map[string]interface{}")
        if key not in value:
            return MISSING
        value = value[key]
    return value


def find_integer(obj: objects.Object, keys: Sequence[str]) -> int | None:
    """The whole number at a path, None if there is none.  Raises PathError."""
    value = find(obj, keys)
    if isinstance(value, Missing):
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise _unfit(keys, value, "int64")
    return value


def find_text(obj: objects.Object, keys: Sequence[str]) -> str:
    """The text at a path, "" if there is none.  Raises PathError."""
    value = find(obj, keys)
    if isinstance(value, Missing):
        return ""
    if not isinstance(value, str):
        raise _unfit(keys, value, "string")
    return value


def put(obj: objects.Object, keys: Sequence[str], value: Any) -> None:
    """Set the value at a path, making objects on the way.  Raises PathError where something there is none."""
    place = obj
    for index, key in enumerate(keys[:-1]):
        inner = place.setdefault(key, {})
        if not isinstance(inner, dict):
            shown = ".".join(keys[: index + 1])
            raise PathError(f"value cannot be set because .{shown} is not a map[string]interface{{}}")
        place = inner
    place[keys[-1]] = value


def _unfit(keys: Sequence[str], value: Any, wanted: str) -> PathError:
    shown = "<nil>" if value is None else value if isinstance(value, str) else goformat.compact_json(value)
    kind = "string" if isinstance(value, str) else GO_TYPES.get(type(value), "<nil>")
    return PathError(f".{'.'.join(keys)} accessor error: {shown} is of the type {kind}, expected {wanted}")
