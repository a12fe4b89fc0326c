"""Equality and addition of lists that are sets or maps (x-kubernetes-list-type), and equality of what holds them.

Mirrors `k8s.io/apiserver/pkg/cel/common/values`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from kroute.cel import declared, values
from kroute.cel.values import EvaluationError, NoSuchOverload

Compare: TypeAlias = Callable[[Any, Any], bool]


def aware(
    function: str, one: declared.Declared | None, other: declared.Declared | None
) -> tuple[Callable[[Any, Any], Any], declared.Declared | None] | None:
    """What compares or adds values of a type that has such lists, and the type of the result; None for others."""
    kind = one or other
    if kind is None or not Search().finds(kind):
        return None
    if function == "_+_":
        return None if kind.kind != "list" or one is None else (addition(one), one)
    equals = Equality().of(kind)
    if function == "_==_":
        return equals, None
    return lambda left, right: not equals(left, right), None


class Search:
    """Looks for sets and list maps in types, which may hold themselves."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def finds(self, kind: declared.Declared) -> bool:
        if id(kind) in self._seen:
            return False
        self._seen.add(id(kind))
        if kind.kind == "list" and kind.list_type != "atomic":
            return True
        if kind.element is not None and self.finds(kind.element):
            return True
        return any(map(self.finds, kind.fields.values()))


class Equality:
    """Makes what compares values of types; one function a type, so that types may hold themselves."""

    def __init__(self) -> None:
        self._known: dict[int, Compare] = {}

    def of(self, kind: declared.Declared) -> Compare:
        if not Search().finds(kind):
            return values.equal
        if id(kind) not in self._known:
            self._known[id(kind)] = lambda one, other: self._known[id(kind)](one, other)
            self._known[id(kind)] = self._make(kind)
        return self._known[id(kind)]

    def _make(self, kind: declared.Declared) -> Compare:
        if kind.kind == "object":
            return self._object({kind.names[label]: self.of(below) for label, below in kind.fields.items()})
        assert kind.element is not None
        below = self.of(kind.element)
        if kind.kind == "map":
            return lambda one, other: (
                isinstance(one, dict)
                and isinstance(other, dict)
                and one.keys() == other.keys()
                and all(below(value, other[key]) for key, value in one.items())
            )
        if kind.kind != "list":
            return values.equal
        if kind.list_type == "set":
            return sets_equal
        if kind.list_type == "map":
            return self._list_map(kind.keys, below)
        return lambda one, other: (
            type(one) is list and type(other) is list and len(one) == len(other) and all(map(below, one, other))
        )

    def _object(self, fields: dict[str, Compare]) -> Compare:
        def equals(one: Any, other: Any) -> bool:
            if type(one) is not dict or type(other) is not dict:
                return values.equal(one, other)
            return one.keys() == other.keys() and all(
                fields.get(label, values.equal)(value, other[label]) for label, value in one.items()
            )

        return equals

    def _list_map(self, keys: tuple[str, ...], below: Compare) -> Compare:
        def equals(one: Any, other: Any) -> bool:
            if type(one) is not list or type(other) is not list or len(one) != len(other):
                return False
            found = {key_of(item, keys): item for item in other}
            return all((key := key_of(item, keys)) in found and below(item, found[key]) for item in one)

        return equals


def sets_equal(one: Any, other: Any) -> bool:
    if type(one) is not list or type(other) is not list or len(one) != len(other):
        return False
    return all(values.contains(other, item) for item in one) and all(values.contains(one, item) for item in other)


def key_of(item: Any, keys: tuple[str, ...]) -> tuple[Any, ...]:
    """What an item of a list map is known by."""
    if type(item) is not dict:
        raise EvaluationError("unexpected data format for element of array with x-kubernetes-list-type=map")
    return tuple((type(item.get(key)).__name__, str(item.get(key))) for key in keys)


def addition(kind: declared.Declared) -> Callable[[Any, Any], list[Any]]:
    """What adds a list to one that is a set or a list map: what is there keeps its place."""
    keys = kind.keys

    def united(one: Any, other: Any) -> list[Any]:
        if type(one) is not list or type(other) is not list:
            raise NoSuchOverload
        return one + [item for item in other if not values.contains(one, item)]

    def merged(one: Any, other: Any) -> list[Any]:
        if type(one) is not list or type(other) is not list:
            raise NoSuchOverload
        found = {key_of(item, keys): item for item in one}
        found.update((key_of(item, keys), item) for item in other)
        return list(found.values())

    if kind.list_type == "set":
        return united
    return merged if kind.list_type == "map" else (lambda one, other: one + other)
