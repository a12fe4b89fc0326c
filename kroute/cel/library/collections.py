"""Functions of lists and sets: cel-go's extensions `lists` (version 3) and `sets`, and Kubernetes' own for lists."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable
from typing import Any, Final

from kroute.cel import values
from kroute.cel.library import operators
from kroute.cel.library.overloads import Overload, function, member
from kroute.cel.values import Duration, EvaluationError, NoSuchOverload, Uint

COMPARABLE: Final = {
    "int": "int", "uint": "uint", "double": "double", "bool": "bool", "duration": "duration",
    "timestamp": "timestamp", "string": "string", "bytes": "bytes",
}  # fmt: skip
ZEROS: Final[dict[str, Any]] = {"int": 0, "uint": Uint(0), "double": 0.0, "duration": Duration(0)}
LONGEST: Final = 10**6


def is_sorted(items: list[Any]) -> bool:
    return all(operators.less_equals(one, other) for one, other in itertools.pairwise(items))


def total(zero: Any) -> Callable[[list[Any]], Any]:
    def run(items: list[Any]) -> Any:
        found = items[0] if items else zero
        for item in items[1:]:
            found = operators.add(found, item)
        return found

    return run


def extreme(name: str, better: Callable[[Any, Any], bool]) -> Callable[[list[Any]], Any]:
    def run(items: list[Any]) -> Any:
        if not items:
            raise EvaluationError(f"{name} called on empty list")
        found = items[0]
        for item in items[1:]:
            if better(item, found):
                found = item
        return found

    return run


def index_of(items: list[Any], wanted: Any) -> int:
    return next((place for place, item in enumerate(items) if values.equal(item, wanted)), -1)


def last_index_of(items: list[Any], wanted: Any) -> int:
    places = range(len(items) - 1, -1, -1)
    return next((place for place in places if values.equal(items[place], wanted)), -1)


def own() -> Iterable[Overload]:
    for name, kind in COMPARABLE.items():
        yield member("isSorted", f"list_{name}_is_sorted_bool", f"list<{kind}>", "bool", is_sorted)
        yield member("max", f"list_{name}_max_{name}", f"list<{kind}>", kind, extreme("max", operators.greater))
        yield member("min", f"list_{name}_min_{name}", f"list<{kind}>", kind, extreme("min", operators.less))
    for name, zero in ZEROS.items():
        yield member("sum", f"list_{name}_sum_{name}", f"list<{name}>", name, total(zero))
    yield member("indexOf", "list_a_index_of_int", "list<~A>; ~A", "int", index_of)
    yield member("lastIndexOf", "list_a_last_index_of_int", "list<~A>; ~A", "int", last_index_of)


def slice_of(items: list[Any], start: int, end: int) -> list[Any]:
    if start < 0 or end < 0:
        raise EvaluationError(f"cannot slice({start}, {end}), negative indexes not supported")
    if start > end:
        raise EvaluationError(f"cannot slice({start}, {end}), start index must be less than or equal to end index")
    if end > len(items):
        raise EvaluationError(f"cannot slice({start}, {end}), list is length {len(items)}")
    return items[start:end]


def flatten(items: list[Any], depth: int = 1) -> list[Any]:
    if depth < 0:
        raise EvaluationError("level must be non-negative")
    if depth == 0:
        return items
    found: list[Any] = []
    for item in items:
        if type(item) is list:
            found += flatten(item, depth - 1)
        else:
            found.append(item)
    return found


def distinct(items: list[Any]) -> list[Any]:
    seen: set[tuple[type, Any]] = set()
    found: list[Any] = []
    for item in items:
        if type(item) is str:
            if (str, item) not in seen:
                seen.add((str, item))
                found.append(item)
        elif not values.contains(found, item):
            found.append(item)
    return found


def numbers(end: int) -> list[int]:
    if end > LONGEST:
        raise EvaluationError("operation cancelled: actual cost limit exceeded")
    return list(range(end))


def compared(one: Any, other: Any) -> int:
    if type(one) is not type(other):
        raise EvaluationError("list elements must have the same type")
    try:
        return -1 if operators.less(one, other) else 1 if operators.less(other, one) else 0
    except NoSuchOverload:
        raise EvaluationError("list elements must be comparable") from None


def sort(items: list[Any]) -> list[Any]:
    return sorted(items, key=functools.cmp_to_key(compared))


def sort_by(items: list[Any], keys: list[Any]) -> list[Any]:
    def by_keys(one: int, other: int) -> int:
        return compared(keys[one], keys[other])

    places = sorted(range(len(items)), key=functools.cmp_to_key(by_keys))
    return [items[place] for place in places]


def set_contains(items: list[Any], wanted: list[Any]) -> bool:
    return all(values.contains(items, item) for item in wanted)


def equivalent(one: list[Any], other: list[Any]) -> bool:
    return set_contains(one, other) and set_contains(other, one)


def intersects(one: list[Any], other: list[Any]) -> bool:
    return any(values.contains(one, item) for item in other)


def insert(found: Any, *entry: Any) -> Any:
    """Puts an entry, or those of a map, into a map that only the comprehension knows."""
    added = entry[0].items() if len(entry) == 1 else (entry,)
    for key, value in added:
        if values.find_key(found, key) is not None:
            raise EvaluationError(f"insert failed: key {key} already exists")
        found[key] = value
    return found


LISTS: Final[tuple[Overload, ...]] = tuple(own())
EXTENSION: Final[tuple[Overload, ...]] = (
    member("slice", "list_slice", "list<~A>; int; int", "list<~A>", slice_of),
    member("flatten", "list_flatten", "list<dyn>", "list<dyn>", flatten),
    member("flatten", "list_flatten_int", "list<dyn>; int", "list<dyn>", flatten),
    member("distinct", "list_distinct", "list<~A>", "list<~A>", distinct),
    member("reverse", "list_reverse", "list<~A>", "list<~A>", lambda items: items[::-1]),
    member("sort", "list_sort", "list<~A>", "list<~A>", sort),
    member("@sortByAssociatedKeys", "list_sortByAssociatedKeys", "list<~A>; list<~B>", "list<~A>", sort_by),
    function("lists.range", "lists_range", "int", "list<int>", numbers),
    function("sets.contains", "list_sets_contains_list", "list<~A>; list<~A>", "bool", set_contains),
    function("sets.equivalent", "list_sets_equivalent_list", "list<~A>; list<~A>", "bool", equivalent),
    function("sets.intersects", "list_sets_intersects_list", "list<~A>; list<~A>", "bool", intersects),
    function("cel.@mapInsert", "cel_@mapInsert_map_key_value", "map<~A, ~B>; ~A; ~B", "map<~A, ~B>", insert),
    function("cel.@mapInsert", "cel_@mapInsert_map_map", "map<~A, ~B>; map<~A, ~B>", "map<~A, ~B>", insert),
)
