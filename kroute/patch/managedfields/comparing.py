"""Two versions of an object, and which fields differ.

Only where the objects differ are they walked; equal parts cost one comparison.  Mirrors `typed.TypedValue.Compare`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from kroute.patch.managedfields import fieldsets, shapes

FieldSet = fieldsets.FieldSet
LEAF = fieldsets.LEAF
MISSING = shapes.ABSENT


class Comparison(NamedTuple):
    """The fields that only the old object has, that both have with different values, and that only the new one has."""

    removed: FieldSet
    modified: FieldSet
    added: FieldSet

    def changed(self) -> FieldSet:
        """What the new object sets otherwise than the old one."""
        return fieldsets.union(self.modified, self.added)

    def filtered(self, keep: fieldsets.Filter) -> Comparison:
        return Comparison(keep(self.removed), keep(self.modified), keep(self.added))


NOTHING = Comparison({}, {}, {})


class Walker:
    """One comparison under way: nodes of the three sets are returned for each place, None for nothing."""

    __slots__ = ("added", "modified", "removed")

    def __init__(self) -> None:
        self.removed: FieldSet = {}
        self.modified: FieldSet = {}
        self.added: FieldSet = {}

    def put(self, element: str, below: Walker) -> None:
        """Take over what was found below one element."""
        if below.removed:
            self.removed[element] = below.removed
        if below.modified:
            self.modified[element] = below.modified
        if below.added:
            self.added[element] = below.added


def compare(shape: shapes.Shape, old: Any, new: Any) -> Comparison:
    """What differs between two whole objects.  Raises ElementError for list items that can't be told apart."""
    if old is new or old == new:
        return NOTHING
    found = Walker()
    compare_maps(shape, old, new, found)
    return Comparison(found.removed, found.modified, found.added)


def compare_at(shape: shapes.Shape, element: str, old: Any, new: Any, found: Walker) -> None:
    """Compare two values that are both there and differ, and note the result under an element."""
    forms = {form(shape, new), form(shape, old)}
    if len(forms) == 1:
        compare_as(forms.pop(), shape, element, old, new, found)
        return
    for each in forms:  # the value changes its form: what either form means goes together
        partial = Walker()
        compare_as(each, shape, element, old, new, partial)
        found.removed = fieldsets.union(found.removed, partial.removed)
        found.modified = fieldsets.union(found.modified, partial.modified)
        found.added = fieldsets.union(found.added, partial.added)


def form(shape: shapes.Shape, value: Any) -> str:
    """As which of its shape's forms a value is compared."""
    kind = type(value)
    if kind is dict:
        if shape.is_map:
            return "map"
    elif kind is list:
        if shape.is_list:
            return "list"
    elif value is not None and shape.scalar:
        return "scalar"
    return "map" if shape.is_map else ("scalar" if shape.scalar else "list")


def compare_as(as_form: str, shape: shapes.Shape, element: str, old: Any, new: Any, found: Walker) -> None:
    if as_form == "map" and not shape.map_atomic:
        old_map, new_map = old if type(old) is dict else {}, new if type(new) is dict else {}
        if old_map or new_map:
            below = Walker()
            compare_maps(shape, old_map, new_map, below)
            found.put(element, below)
            return
    elif as_form == "list" and not shape.list_atomic:
        old_list, new_list = old if type(old) is list else [], new if type(new) is list else []
        if old_list or new_list:
            below = Walker()
            compare_lists(shape, old_list, new_list, below)
            found.put(element, below)
            return
    if differ(old, new):
        found.modified[element] = LEAF


def compare_maps(shape: shapes.Shape, old: dict[str, Any], new: dict[str, Any], found: Walker) -> None:
    for name, before in old.items():
        after = new.get(name, MISSING)
        if after is MISSING:
            found.removed[f"f:{name}"] = alone(shape.field(name) or shapes.DEDUCED, before)
        elif before is not after and (before != after or type(before) is not type(after)):
            compare_at(shape.field(name) or shapes.DEDUCED, f"f:{name}", before, after, found)
    for name, after in new.items():
        if name not in old:
            found.added[f"f:{name}"] = alone(shape.field(name) or shapes.DEDUCED, after)


def compare_lists(shape: shapes.Shape, old: list[Any], new: list[Any], found: Walker) -> None:
    old_items, new_items = grouped(shape, old), grouped(shape, new)
    child = shape.item()
    for element, before in old_items.items():
        after = new_items.get(element, [])
        if before == after:
            continue
        if len(before) == 1 and len(after) == 1:
            compare_at(child, element, before[0], after[0], found)
        elif len(before) == 1:
            found.removed[element] = alone(child, before[0])
            if after:
                found.added[element] = LEAF
        elif len(after) > 1:
            found.modified[element] = LEAF
        else:
            found.removed[element] = LEAF
            if after:
                found.added[element] = alone(child, after[0])
    for element, after in new_items.items():
        if element not in old_items:
            found.added[element] = alone(child, after[0]) if len(after) == 1 else LEAF


def grouped(shape: shapes.Shape, items: list[Any]) -> dict[str, list[Any]]:
    """A list's items by their elements; several under one when a list of a client's making repeats them."""
    result: dict[str, list[Any]] = {}
    for item in items:
        result.setdefault(shape.element(item), []).append(item)
    return result


def alone(shape: shapes.Shape, value: Any) -> FieldSet:
    """The subset for a value that only one of the objects has: everything in it, with every container on the way."""
    kind = type(value)
    if kind is dict:
        if value and shape.is_map and not shape.map_atomic:
            node: FieldSet = {fieldsets.SELF: LEAF}
            for name, item in value.items():
                node[f"f:{name}"] = alone(shape.field(name) or shapes.DEDUCED, item)
            return node
    elif kind is list and value and shape.is_list and not shape.list_atomic:
        node = {fieldsets.SELF: LEAF}
        child = shape.item()
        for element, items in grouped(shape, value).items():
            node[element] = alone(child, items[0]) if len(items) == 1 else LEAF
        return node
    return LEAF


def differ(old: Any, new: Any) -> bool:
    """Whether two leaves differ; 1 and 1.0 are the same, 1 and true are not."""
    return bool(old != new) or (isinstance(old, bool) is not isinstance(new, bool))
