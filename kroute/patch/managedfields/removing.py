"""Taking fields out of an object, and the named fields that a set implies.

Mirrors `typed.TypedValue.RemoveItems` and `fieldpath.Set.EnsureNamedFieldsAreMembers`.
"""

from __future__ import annotations

from typing import Any

from kroute.patch.managedfields import elements, fieldsets, shapes

FieldSet = fieldsets.FieldSet


def remove(shape: shapes.Shape, value: Any, removed: FieldSet) -> Any:
    """The value without the members of the set.  A container that loses everything becomes null."""
    kind = type(value)
    if kind is dict and shape.is_map:
        return None if shape.map_atomic else remove_fields(shape, value, removed)
    if kind is list and shape.is_list:
        return None if shape.list_atomic else remove_items(shape, value, removed)
    return value


def remove_fields(shape: shapes.Shape, value: dict[str, Any], removed: FieldSet) -> dict[str, Any] | None:
    result = {}
    for name, item in value.items():
        node = removed.get(f"f:{name}")
        if node is None:
            result[name] = item
        elif not fieldsets.is_member(node):
            result[name] = remove(shape.field(name) or shapes.DEDUCED, item, node)
    return result or None


def remove_items(shape: shapes.Shape, value: list[Any], removed: FieldSet) -> list[Any] | None:
    result = []
    child = shape.item()
    for item in value:
        try:
            node = removed.get(shape.element(item))
        except elements.ElementError:
            node = None
        if node is None:
            result.append(item)
        elif not fieldsets.is_member(node):
            result.append(remove(child, item, node))
    return result or None


def with_named_fields(shape: shapes.Shape, one: FieldSet) -> FieldSet:
    """The set with every field that the schema names, and that has members below it, as a member itself."""
    result: FieldSet = {}
    for element, node in one.items():
        if not node:
            result[element] = node
            continue
        child, named = below(shape, element)
        inner = with_named_fields(child, node) if child is not None else node
        result[element] = fieldsets.as_member(inner) if named else inner
    return result


def below(shape: shapes.Shape, element: str) -> tuple[shapes.Shape | None, bool]:
    """The shape under an element, and whether the element is a field that the schema names."""
    if element[0] == "f":
        name = element[2:]
        return (shape.field(name), shape.declares(name)) if shape.is_map else (None, False)
    return (shape.item() if shape.is_list and element[0] == "k" else None), False
