"""Laying an applied object over the live one.

Nothing is removed here: fields of the applied object win, everything else stays.  Lists with keys and sets are merged
item by item, in the applied order where the applied object says something about it.  Parts that don't change are the
live object's own, so "is" tells whether anything changed.  Mirrors `typed.TypedValue.Merge`.
"""

from __future__ import annotations

from typing import Any

from kroute.patch.managedfields import shapes

MISSING = shapes.ABSENT


def merge(shape: shapes.Shape, live: Any, applied: Any) -> Any:
    """The live value (MISSING when there is none) with the applied one over it.

    Raises ElementError when items of a live list have no element.
    """
    if live is MISSING or live is applied:
        return applied
    kind = type(applied)
    if kind is dict:
        if shape.is_map and not shape.map_atomic and type(live) is dict:
            return merge_maps(shape, live, applied)
    elif kind is list:
        if shape.is_list and not shape.list_atomic and type(live) is list:
            return merge_lists(shape, live, applied)
    elif applied is None:
        return live if kept_by_null(shape, live) else None
    alike = live == applied and isinstance(live, bool) is isinstance(applied, bool)
    return live if alike else applied


def kept_by_null(shape: shapes.Shape, live: Any) -> bool:
    """Whether a null leaves the live value alone: containers whose contents have owners of their own."""
    if live is None:
        return True
    if shape.is_map:
        return bool(live) and type(live) is dict and not shape.map_atomic
    if shape.scalar:
        return False
    return bool(live) and type(live) is list and not shape.list_atomic


def merge_maps(shape: shapes.Shape, live: dict[str, Any], applied: dict[str, Any]) -> dict[str, Any]:
    merged = None
    for name, value in applied.items():
        current = live.get(name, MISSING)
        result = value if current is MISSING else merge(shape.field(name) or shapes.DEDUCED, current, value)
        if result is current:
            continue
        if merged is None:
            merged = dict(live)
        merged[name] = result
    return live if merged is None else merged


def merge_lists(shape: shapes.Shape, live: list[Any], applied: list[Any]) -> list[Any]:
    """Live items keep their places among the applied ones wherever the two orders allow it."""
    if not applied:
        return live
    if not live:
        return applied
    elements, wanted = [shape.element(item) for item in live], [shape.element(item) for item in applied]
    ours: dict[str, Any] = {}
    for element, item in zip(elements, live, strict=True):
        ours[element] = None if element in ours else item  # a repeated item is not merged with
    theirs = dict(zip(wanted, applied, strict=True))
    if not any(element in ours for element in wanted):
        return [*live, *applied]
    merged = interleave(shape.item(), live, elements, ours, wanted, theirs)
    unchanged = len(merged) == len(live) and all(one is other for one, other in zip(merged, live, strict=True))
    return live if unchanged else merged


def interleave(
    shape: shapes.Shape,
    live: list[Any],
    elements: list[str],
    ours: dict[str, Any],
    wanted: list[str],
    theirs: dict[str, Any],
) -> list[Any]:
    """Walk both lists at once; items that both have come where the applied list has them."""
    merged: list[Any] = []
    done: set[str] = set()
    shared = iter([element for element in wanted if element in ours])
    due = next(shared, None)
    at = then = 0
    while at < len(elements) or then < len(wanted):
        if at < len(elements):
            element = elements[at]
            if element not in theirs:
                merged.append(live[at])
                at += 1
                continue
            if then < len(wanted) and element != wanted[then] and due is not None and due != element:
                at += 1  # shared, but not the one whose turn it is
                continue
            if (then < len(wanted) and element == wanted[then]) or element in done:
                at += 1
        if then < len(wanted):
            element = wanted[then]
            done.add(element)
            merged.append(merge(shape, ours.get(element, MISSING), theirs[element]))
            then += 1
            if due == element:
                due = next(shared, None)
    return merged
