"""The JSONPath of printer columns, scale subresources and selectable fields: `.spec.items[?(@.type=="Ready")].status`.

`compiled` reads a path once and gives a JSONPath whose `find` returns the list of values in one object; plain dotted
paths take a short way.  The syntax is `jsonpathsyntax`'s.  Mirrors `k8s.io/client-go/util/jsonpath` with missing keys
allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from kroute.machinery import goformat, jsonpathsyntax

JSONPathError = jsonpathsyntax.JSONPathError

Values: TypeAlias = list[Any]
Step: TypeAlias = Callable[[Values], Values]

GO_TYPES: Final = {
    dict: "map[string]interface {}",
    str: "string",
    bool: "bool",
    int: "int64",
    float: "float64",
}
MISSING: Final = object()


class JSONPath:
    """A path ready to be applied: `find(obj)` gives all values, raising JSONPathError where the object does not fit."""

    __slots__ = ("find", "text")

    text: str
    find: Callable[[Any], Values]

    def __init__(self, text: str, nodes: Sequence[jsonpathsyntax.Node]) -> None:
        self.text = text
        self.find = finder(nodes)

    def __repr__(self) -> str:
        return f"JSONPath({self.text!r})"

    def first(self, obj: Any, default: Any = None) -> Any:
        """The first value, or the default when there is none or the object does not fit."""
        try:
            found = self.find(obj)
        except JSONPathError:
            return default
        return found[0] if found else default


def compiled(path: str) -> JSONPath:
    """A path as columns have it, without braces.  Raises JSONPathError."""
    return JSONPath(path, jsonpathsyntax.parse(path))


def finder(nodes: Sequence[jsonpathsyntax.Node]) -> Callable[[Any], Values]:
    """One function for a whole path."""
    keys = [node.name for node in nodes if isinstance(node, jsonpathsyntax.Field)]
    if len(keys) == len(nodes):
        return plain(tuple(keys))
    steps = [step(node) for node in nodes]

    def find(obj: Any) -> Values:
        values = [obj]
        for each in steps:
            values = each(values)
        return values

    return find


def plain(keys: tuple[str, ...]) -> Callable[[Any], Values]:
    """Keys one below the other."""

    def find(obj: Any) -> Values:
        for key in keys:
            if type(obj) is not dict:
                return []
            obj = obj.get(key, MISSING)
            if obj is MISSING:
                return []
        return [obj]

    return find


def step(node: jsonpathsyntax.Node) -> Step:
    """The function of one node."""
    match node:
        case jsonpathsyntax.Field(name):
            return lambda values: [value[name] for value in values if isinstance(value, dict) and name in value]
        case jsonpathsyntax.Constant(constant):
            return lambda values: [constant]
        case jsonpathsyntax.Slice():
            return lambda values: sliced(node, values)
        case jsonpathsyntax.Wildcard():
            return lambda values: [child for value in values for child in children(value)]
        case jsonpathsyntax.Recursive():
            return descendants
        case jsonpathsyntax.Union(branches):
            return union([finder(branch) for branch in branches])
        case jsonpathsyntax.Filter():
            return filtering(node)
    return unknown(node.name)


def children(value: Any) -> Values:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def descendants(values: Values) -> Values:
    """Each value that has something in it, before what is below it."""
    found: Values = []
    for value in values:
        below = children(value)
        if below or (isinstance(value, str) and value):
            found.append(value)
            found += descendants(below)
    return found


def union(branches: list[Callable[[Any], Values]]) -> Step:
    return lambda values: [found for branch in branches for value in values for found in branch(value)]


def unknown(name: str) -> Step:
    def fail(values: Values) -> Values:
        raise JSONPathError(f"unrecognized identifier {name}")

    return fail


def sliced(node: jsonpathsyntax.Slice, values: Values) -> Values:
    """Items of lists, by index or range."""
    found: Values = []
    for value in values:
        if value is None:
            continue
        if not isinstance(value, list):
            raise JSONPathError(f"{GO_TYPES.get(type(value), 'unknown')} is not array or slice")
        first, last = bounds(node, len(value))
        if first == last:
            return found
        if node.step is not None and node.step <= 0:
            raise JSONPathError("step must be > 0")
        found += value[first : last : node.step or 1]
    return found


def bounds(node: jsonpathsyntax.Slice, length: int) -> tuple[int, int]:
    """Where a slice of a list of that length begins and ends; raises JSONPathError outside of the list."""
    first, last = node.first or 0, length if node.last is None else node.last
    if first < 0:
        first += length
    if last < 0 or (last == 0 and node.single):
        last += length
    if first == last:
        return first, last
    for index, shown in ((first, first), (last, last - 1)):
        if index < 0 or shown >= length:
            raise JSONPathError(f"array index out of bounds: index {shown}, length {length}")
    if first > last:
        raise JSONPathError(f"starting index {first} is greater than ending index {last}")
    return first, last


def filtering(node: jsonpathsyntax.Filter) -> Step:
    """Items of lists for which the condition holds."""
    left, right = finder(node.left), finder(node.right)

    def holds(item: Any) -> bool:
        if node.operator == "exists":
            try:
                return bool(left(item))
            except JSONPathError:
                return False
        sides = [left(item), right(item)]
        if max(map(len, sides)) > 1:
            raise JSONPathError("can only compare one element at a time")
        return all(sides) and compare(node.operator, sides[0][0], sides[1][0])

    def apply(values: Values) -> Values:
        found: Values = []
        for value in values:
            if not isinstance(value, list):
                raise JSONPathError(f"{show(value)} is not array or slice and cannot be filtered")
            found += [item for item in value if holds(item)]
        return found

    return apply


def compare(operator: str, left: Any, right: Any) -> bool:
    """Two scalars of one type."""
    if not (isinstance(left, str | int | float) and isinstance(right, str | int | float)):
        raise JSONPathError("invalid type for comparison")
    if type(left) is not type(right):
        raise JSONPathError("incompatible types for comparison")
    if operator in ("==", "!="):
        return (left == right) is (operator == "==")
    if isinstance(left, bool):
        raise JSONPathError("invalid type for comparison")
    if operator in ("<", ">="):
        return (left < right) is (operator == "<")  # type: ignore[operator]
    if operator in ("<=", ">"):
        return (left <= right) is (operator == "<=")  # type: ignore[operator]
    raise JSONPathError(f"unrecognized filter operator {operator}")


def show(value: Any) -> str:
    """A found value as text: scalars plain, the rest as compact JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return goformat.number(value) if isinstance(value, float) else goformat.compact_json(value)
