"""Sets of field paths, held as FieldsV1 has them.

A set is a dict from path elements to subsets: `{"f:spec": {".": {}, "f:size": {}}}` holds `.spec` and `.spec.size`.
An element is a member when its subset is empty or holds "."; the root never is, so `{}` is the empty set there.
Sets are shared freely and never changed; what comes out of these functions may share parts with what went in.
An empty subset only ever means membership: `{".": {}}` alone and elements without any member below don't occur.
Mirrors `fieldpath.Set`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from kroute.patch.managedfields import elements

FieldSet: TypeAlias = dict[str, Any]
Filter: TypeAlias = Callable[[FieldSet], FieldSet]
Path: TypeAlias = tuple[str, ...]

SELF = "."
LEAF: FieldSet = {}


def is_member(node: FieldSet) -> bool:
    """Whether a subset belongs to an element that is itself in the set."""
    return not node or SELF in node


def as_member(node: FieldSet) -> FieldSet:
    """The subset with its element in the set."""
    return node if not node or SELF in node else {SELF: LEAF, **node}


def of(*paths: Path) -> FieldSet:
    """The set of these paths; each a tuple of elements."""
    result: FieldSet = {}
    for path in paths:
        node = LEAF
        for element in reversed(path):
            node = {element: node}
        result = union(result, node)
    return result


def fields(*paths: Path) -> FieldSet:
    """The set of paths that consist of field names alone: `fields(("spec", "size"))`."""
    return of(*(tuple(f"f:{name}" for name in path) for path in paths))


def has(one: FieldSet, path: Path) -> bool:
    node = one
    for element in path:
        found = node.get(element)
        if found is None:
            return False
        node = found
    return bool(path) and is_member(node)


def union(one: FieldSet, other: FieldSet) -> FieldSet:
    """What is in either."""
    if not one or one is other:
        return other
    if not other:
        return one
    result = None
    for element, theirs in other.items():
        ours = one.get(element)
        if ours is None:
            combined = theirs
        elif ours == theirs:
            continue
        elif not ours or not theirs:
            combined = as_member(ours or theirs)
        else:
            combined = union(ours, theirs)
        if result is None:
            result = dict(one)
        result[element] = combined
    return one if result is None else result


def difference(one: FieldSet, other: FieldSet) -> FieldSet:
    """What is in `one` and not in `other`.  Only the very paths count: what lies below them stays."""
    result = None
    for element, theirs in other.items():
        ours = one.get(element)
        if ours is None:
            continue
        left = without(ours, theirs)
        if left is ours:
            continue
        if result is None:
            result = dict(one)
        if left is None:
            del result[element]
        else:
            result[element] = left
    return one if result is None else result


def without(ours: FieldSet, theirs: FieldSet) -> FieldSet | None:
    """One element's subset less the other's; None when nothing is left."""
    if ours == theirs:
        return None
    if not ours:
        return None if SELF in theirs else ours
    if not theirs:
        return {element: node for element, node in ours.items() if element != SELF} if SELF in ours else ours
    return settled(difference(ours, theirs))


def settled(node: FieldSet) -> FieldSet | None:
    """A subset in its one form: None when nothing is in it, empty when its element alone is."""
    if len(node) == 1 and SELF in node:
        return LEAF
    return node or None


def recursive_difference(one: FieldSet, other: FieldSet) -> FieldSet:
    """What is in `one` and neither in `other` nor below a path in it."""
    result = None
    for element, theirs in other.items():
        ours = one.get(element)
        if ours is None or element == SELF:
            continue
        left = None if is_member(theirs) else (settled(recursive_difference(ours, theirs)) if ours else ours)
        if left is ours:
            continue
        if result is None:
            result = dict(one)
        if left is None:
            del result[element]
        else:
            result[element] = left
    return one if result is None else result


def intersection(one: FieldSet, other: FieldSet) -> FieldSet:
    """What is in both."""
    if one is other:
        return one
    if len(one) > len(other):
        one, other = other, one
    result: FieldSet = {}
    for element, ours in one.items():
        theirs = other.get(element)
        if theirs is None:
            continue
        if ours == theirs:
            result[element] = ours
        elif not ours or not theirs:
            if SELF in (ours or theirs):
                result[element] = LEAF
        else:
            both = settled(intersection(ours, theirs))
            if both is not None:
                result[element] = both
    return result


def leaves(one: FieldSet) -> FieldSet:
    """The members that have no members below them."""
    return {element: leaves(node) for element, node in one.items() if element != SELF}


def paths(one: FieldSet, prefix: Path = ()) -> Iterator[Path]:
    """Every path in the set, sorted; the members at one level before what is below them."""
    names = sorted((element for element in one if element != SELF), key=elements.order)
    for element in names:
        if is_member(one[element]):
            yield (*prefix, element)
    for element in names:
        if one[element]:
            yield from paths(one[element], (*prefix, element))


def show(path: Path) -> str:
    """The path as messages show it: `.spec.ports[port=80,protocol="TCP"].name`."""
    return "".join(map(elements.display, path))


def ordered(one: FieldSet) -> FieldSet:
    """The same set with its elements in the order in which the reference writes them."""
    if len(one) < 2:
        return {element: ordered(node) if node else LEAF for element, node in one.items()}
    names = sorted(one)
    if names[-1] >= "g":  # other sorts of elements than fields, all of which come after these
        names.sort(key=elements.order)
    return {element: ordered(node) if (node := one[element]) else LEAF for element in names}


def decode(value: Any) -> FieldSet:
    """A set from FieldsV1 of unknown origin; unknown sorts of elements are dropped.  Raises ElementError."""
    return {element: node for element, node in decode_node(value).items() if element != SELF}


def decode_node(value: Any) -> FieldSet:
    if value is None:
        return LEAF
    if not isinstance(value, dict):
        raise elements.ElementError("expected an object")
    result: FieldSet = {}
    for text, below in value.items():
        if text == SELF:
            result[SELF] = LEAF
        elif (element := elements.normal(text)) is not None:
            result[element] = decode_node(below)
    return LEAF if len(result) == 1 and SELF in result else result


def excluding(excluded: FieldSet) -> Filter:
    """A filter that takes out these paths and everything below them."""
    return lambda one: recursive_difference(one, excluded)


def including(*prefixes: Path) -> Filter:
    """A filter that keeps only what lies at, below or on the way to one of these paths; "*" stands for any element."""
    pattern: dict[str, Any] = {}
    for prefix in prefixes:
        node = pattern
        for element in prefix:
            node = node.setdefault(element, {})
        node.clear()
        node[SELF] = LEAF
    return lambda one: matching(one, pattern)


def matching(one: FieldSet, pattern: Mapping[str, Any]) -> FieldSet:
    if SELF in pattern:
        return one
    result: FieldSet = {}
    for element, node in one.items():
        below = pattern.get("*", pattern.get(element))
        if below is None or element == SELF:
            continue
        inner = matching(node, below) if node else node
        if is_member(node):
            result[element] = as_member(inner)
        elif inner:
            result[element] = inner
    return result
