"""From an object to the set of its fields.

`validated` is for what a client applies: it also refuses what the schema doesn't allow, with the texts of the
reference.  `everything` is for whole objects, which are taken as they are.
Mirrors `typed.TypedValue.ToFieldSet` and `Validate`.
"""

from __future__ import annotations

from typing import Any

from kroute.patch import gosyntax
from kroute.patch.managedfields import elements, fieldsets, shapes

FieldSet = fieldsets.FieldSet
LEAF = fieldsets.LEAF


class InvalidObject(ValueError):
    """An applied object that doesn't fit the schema; the text lists every place."""


class Collector:
    """The places found wrong.  A path is put together while leaving the levels below it."""

    def __init__(self) -> None:
        self.found: list[list[str]] = []

    def add(self, path: str, message: str) -> None:
        self.found.append([path, message])

    def prefix(self, start: int, element: str) -> None:
        """Put one step before the paths that were found since."""
        for entry in self.found[start:]:
            entry[0] = element + entry[0]

    def text(self) -> str:
        lines = [f"{path}: {message}" if path else message for path, message in self.found]
        return lines[0] if len(lines) == 1 else "\n  ".join(["errors:", *lines])


def validated(shape: shapes.Shape, value: Any) -> FieldSet:
    """The fields that an applied object mentions.  Raises InvalidObject."""
    wrong = Collector()
    found = walk(shape, value, wrong)
    if wrong.found:
        raise InvalidObject(wrong.text())
    return found or {}


def walk(shape: shapes.Shape, value: Any, wrong: Collector) -> FieldSet | None:
    """The subset below one place: empty when the place itself is a leaf, None when nothing is mentioned."""
    kind = type(value)
    if kind is dict and shape.is_map:
        return walk_map(shape, value, wrong)
    if kind is list and shape.is_list:
        return walk_list(shape, value, wrong)
    if value is not None and (complaint := mismatch(shape, value)):
        wrong.add("", complaint)
    return LEAF


def mismatch(shape: shapes.Shape, value: Any) -> str:
    """What is wrong with a value that is neither a map nor a list of the shape; "" when it is a fitting scalar."""
    kind = type(value)
    is_scalar = kind is not dict and kind is not list
    if shape.is_map and not (is_scalar and shape.scalar):
        return f"expected map, got &{{{gosyntax.plain(value)}}}"
    if shape.scalar == "numeric":
        fits = kind is int or kind is float
        return "" if fits else f"expected numeric (int or float), got {gosyntax.type_name(value)}"
    if shape.scalar == "string":
        return "" if kind is str else f"expected string, got &value.valueUnstructured{{Value:{gosyntax.syntax(value)}}}"
    if shape.scalar == "boolean":
        return "" if kind is bool else f"expected boolean, got &{{{gosyntax.plain(value)}}}"
    if shape.scalar:
        return "" if is_scalar else f"expected any scalar, got &{{{gosyntax.plain(value)}}}"
    return f"expected list, got &{{{gosyntax.plain(value)}}}"


def walk_map(shape: shapes.Shape, value: dict[str, Any], wrong: Collector) -> FieldSet | None:
    node: FieldSet = {}
    for name, item in value.items():
        child = shape.field(name)
        if child is None:
            wrong.add(f".{name}", "field not declared in schema")
            break
        start = len(wrong.found)
        below = walk(child, item, wrong)
        if len(wrong.found) > start:
            wrong.prefix(start, f".{name}")
        if item is None or item == {} or not shape.declares(name):
            node[f"f:{name}"] = LEAF if not below else fieldsets.as_member(below)
        elif below is not None:
            node[f"f:{name}"] = below
    return LEAF if shape.map_atomic else (node or None)


def walk_list(shape: shapes.Shape, value: list[Any], wrong: Collector) -> FieldSet | None:
    node: FieldSet = {}
    child = shape.item()
    for index, item in enumerate(value):
        if shape.list_atomic:
            shown = f"[{index}]"
            element = ""
        else:
            try:
                element = shape.element(item)
            except elements.ElementError as error:
                wrong.add("", f"element {index}: {error}")
                break
            shown = ""
            if element in node:
                wrong.add("", f"duplicate entries for key {elements.display(element)}")
        start = len(wrong.found)
        below = walk(child, item, wrong)
        if len(wrong.found) > start:
            wrong.prefix(start, shown or elements.display(element))
        node[element] = LEAF if not below else fieldsets.as_member(below)
    return LEAF if shape.list_atomic else (node or None)


def everything(shape: shapes.Shape, value: Any) -> FieldSet:
    """The fields of a whole object; what doesn't fit the shape counts as a leaf."""
    return collect(shape, value) or {}


def collect(shape: shapes.Shape, value: Any) -> FieldSet | None:
    kind = type(value)
    if kind is dict and shape.is_map and not shape.map_atomic:
        node: FieldSet = {}
        for name, item in value.items():
            below = collect(shape.field(name) or shapes.DEDUCED, item)
            if item is None or item == {} or not shape.declares(name):
                node[f"f:{name}"] = LEAF if not below else fieldsets.as_member(below)
            elif below is not None:
                node[f"f:{name}"] = below
        return node or None
    if kind is list and shape.is_list and not shape.list_atomic:
        return collect_items(shape, value)
    return LEAF


def collect_items(shape: shapes.Shape, value: list[Any]) -> FieldSet | None:
    """The items of a list; those that occur more than once count as leaves, those without an element not at all."""
    node: FieldSet = {}
    seen: set[str] = set()
    child = shape.item()
    for item in value:
        try:
            element = shape.element(item)
        except elements.ElementError:
            continue
        if element in seen:
            node[element] = LEAF
            continue
        seen.add(element)
        below = collect(child, item)
        node[element] = LEAF if not below else fieldsets.as_member(below)
    return node or None
