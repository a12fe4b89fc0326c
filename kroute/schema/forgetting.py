"""What storage forgets of a typed object: that a list or map was there but empty, where Go writes one in any case.

While a request is worked on the difference counts (field managers own an empty list), later it doesn't: Kubernetes
stores built-in kinds as protobuf, which has no empty lists.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kroute.machinery import objects
from kroute.schema import gotypes

Forget: TypeAlias = Callable[[objects.Object], None]


@dataclass(slots=True, eq=False)
class Node:
    """A struct: its fields that are written as null when they are empty, and what is below, with how it is held."""

    fields: list[str] = field(default_factory=list)
    below: list[tuple[str, str, Node]] = field(default_factory=list)


class Forgetter:
    """Makes functions for types, each on its first use."""

    def __init__(self, types: gotypes.Types) -> None:
        self._types = types
        self._nodes: dict[int, Node] = {}

    def of(self, name: str) -> Forget:
        """What forgets empty lists and maps of objects of a type, `rbac.v1.Role`, in place.  Raises KeyError."""
        node = self._node(self._types.get(name))
        _prune(self._nodes.values())

        def forget(obj: objects.Object) -> None:
            _forget(node, obj)

        return forget

    def _node(self, kind: gotypes.Type) -> Node:
        found = self._nodes.get(id(kind))
        if found is not None:
            return found
        node = self._nodes[id(kind)] = Node()
        for each in kind.fields.values():
            held, shape = each.type, "object"
            if held.kind in ("slice", "map"):
                if not (each.pointer or each.absent_when_unset):
                    node.fields.append(each.name)
                shape = held.kind
                held = held.element or held
            if held.kind == "struct":
                node.below.append((each.name, shape, self._node(held)))
        return node


def _prune(nodes: Any) -> None:
    """Leave out what has nothing to forget below it."""
    everything = list(nodes)
    busy = {id(node) for node in everything if node.fields}
    known = -1
    while known != len(busy):
        known = len(busy)
        busy.update(id(node) for node in everything if any(id(below) in busy for _, _, below in node.below))
    for node in everything:
        node.below = [entry for entry in node.below if id(entry[2]) in busy]


def _forget(node: Node, obj: objects.Object) -> None:
    for name in node.fields:
        if name in obj and not obj[name]:
            obj[name] = None
    for name, shape, below in node.below:
        found = obj.get(name)
        if not found:
            continue
        if shape == "object":
            _forget(below, found)
        else:
            for item in found if shape == "slice" else found.values():
                _forget(below, item)
