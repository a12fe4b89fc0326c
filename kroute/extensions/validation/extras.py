"""Printer columns, subresources and selectable fields.

Mirrors ValidateCustomResourceColumnDefinition and its neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kroute.machinery import fielderrors

TYPES = ("boolean", "date", "integer", "number", "string")
FORMATS = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
MOST_FIELDS = 8
Errors = Iterator[fielderrors.FieldError]


def columns(found: Sequence[Mapping[str, Any]], path: str) -> Errors:
    for index, column in enumerate(found):
        yield from column_errors(column, f"{path}[{index}]")


def column_errors(column: Mapping[str, Any], at: str) -> Errors:
    kind, layout = column.get("type") or "", column.get("format") or ""
    if not column.get("name"):
        yield fielderrors.required(f"{at}.name")
    if not kind:
        yield fielderrors.required(f"{at}.type", f"must be one of {','.join(TYPES)}")
    elif kind not in TYPES:
        yield fielderrors.invalid(f"{at}.type", kind, f"must be one of {','.join(TYPES)}")
    if layout and layout not in FORMATS:
        yield fielderrors.invalid(f"{at}.format", layout, f"must be one of {','.join(FORMATS)}")
    if not column.get("jsonPath"):
        yield fielderrors.required(f"{at}.JSONPath")
    else:
        yield from simple_path(column["jsonPath"], f"{at}.JSONPath")


def simple_path(text: str, at: str) -> Errors:
    if not text.startswith("."):
        yield fielderrors.invalid(at, text, "must be a simple json path starting with .")


def subresources(found: Mapping[str, Any], path: str) -> Errors:
    scale = found.get("scale")
    if scale is None:
        return
    for key, below in (("specReplicasPath", ".spec"), ("statusReplicasPath", ".status")):
        at, text = f"{path}.scale.{key}", scale.get(key) or ""
        if not text:
            yield fielderrors.required(at)
        elif not text.startswith("."):
            yield from simple_path(text, at)
        elif not text.startswith(f"{below}."):
            yield fielderrors.invalid(at, text, f"should be a json path under {below}")
    text = scale.get("labelSelectorPath") or ""
    at = f"{path}.scale.labelSelectorPath"
    if text and not text.startswith("."):
        yield from simple_path(text, at)
    elif text and not text.startswith((".spec.", ".status.")):
        yield fielderrors.invalid(at, text, "should be a json path under either .spec or .status")


def selectable(found: Sequence[Mapping[str, Any]], schema: Mapping[str, Any], path: str) -> Errors:
    seen: set[str] = set()
    for index, entry in enumerate(found):
        at, text = f"{path}[{index}].jsonPath", entry.get("jsonPath") or ""
        if not text:
            yield fielderrors.required(at)
            continue
        problem, kind = look_up(text, schema)
        if problem:
            yield fielderrors.invalid(at, text, f"is an invalid path: {problem}")
            continue
        if text.startswith(".metadata"):
            yield fielderrors.invalid(at, text, "must not point to fields in metadata")
        if kind not in ("string", "boolean", "integer"):
            what = "string, boolean or integer. Enum string fields and strings with formats are allowed."
            yield fielderrors.invalid(at, text, f"must point to a field of type {what}")
        if text in seen:
            yield fielderrors.duplicate(at, text)
        seen.add(text)
    if len(seen) > MOST_FIELDS:
        yield fielderrors.too_many(path, len(seen), MOST_FIELDS)


def look_up(text: str, schema: Mapping[str, Any]) -> tuple[str, str]:
    """What is wrong with a path, and the type of what it leads to."""
    if not text.startswith((".", "[")):
        return f"expected [ or . but got: {text.partition('.')[0]}", ""
    if "[" in text:
        return "array notation is not allowed", ""
    at: Any = schema
    for name in text[1:].split("."):
        found = (at.get("properties") or {}).get(name)
        if found is None and isinstance(at.get("additionalProperties"), Mapping):
            found = at["additionalProperties"]
        if found is None:
            return "does not refer to a valid field", ""
        at = found
    return "", at.get("type") or ""
