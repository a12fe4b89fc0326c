"""Defaults of built-in kinds: what a decoded object gets before it is validated and stored.

The facts are in `data/defaults.json`, keyed by OpenAPI definition, and hold wherever that definition stands: a
container's in pods, in templates, in templates of templates.  What data can't say is a small function in `filling`.
A kind is compiled on first use to a tree that has only the places where something can be defaulted.
Mirrors the `defaults.go` of Kubernetes' API groups, and those effects of its conversions that clients see.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, NamedTuple

import orjson

from kroute.coreapi import filling
from kroute.coreapi.filling import quantities
from kroute.machinery import gvk, objects
from kroute.schema import builtin

Fill = Callable[[objects.Object], None]
PREFIX = "#/components/schemas/"
UNTOUCHED = (builtin.OBJECT_META, builtin.LIST_META)


class Default(NamedTuple):
    """A field's default; `fresh` when each object needs a copy, `zero` when an empty value counts as unset."""

    field: str
    value: Any
    fresh: bool
    zero: bool


class Child(NamedTuple):
    """A field below: an object, a list of them (`shape` "list") or a map of them ("map")."""

    field: str
    shape: str
    node: Node


@dataclass(slots=True, eq=False)
class Node:
    """What is done with objects of one definition: simple defaults first, then functions, then what is below."""

    defaults: list[Default] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)


class Table(NamedTuple):
    """`data/defaults.json`: defaults, those that replace zeros too, and fields that are lists of resources."""

    values: Mapping[str, Mapping[str, Any]]
    zeros: Mapping[str, Mapping[str, Any]]
    quantities: Mapping[str, list[str]]

    @classmethod
    def load(cls) -> Table:
        return cls(**orjson.loads(resources.files("kroute.coreapi").joinpath("data", "defaults.json").read_bytes()))


class Defaulter:
    """Sets the defaults of built-in kinds."""

    def __init__(
        self, definitions: builtin.Definitions, *, table: Table | None = None, fills: Mapping[str, Fill] | None = None
    ) -> None:
        self.definitions = definitions
        self.table = Table.load() if table is None else table
        self.fills = filling.all_fills() if fills is None else fills
        self.nodes: dict[str, Node] = {}
        self.kinds: dict[gvk.GroupVersionKind, Node] = {}

    def default(self, kind: gvk.GroupVersionKind, obj: objects.Object) -> None:
        """Set the defaults of a typed object in place; a kind without defaults is left as it is."""
        node = self.kinds.get(kind)
        if node is None:
            name = self.definitions.name_of(kind)
            node = self.kinds[kind] = Node() if name is None else self.compile(name)
        apply(node, obj)

    def compile(self, name: str) -> Node:
        """The pruned tree of a definition."""
        node = self.nodes.get(name)
        if node is None:
            node = self.make(name)
            prune(self.nodes.values())
        return node

    def make(self, name: str) -> Node:
        found = self.nodes.get(name)
        if found is not None:
            return found
        node = self.nodes[name] = Node()
        for source, zero in ((self.table.values, False), (self.table.zeros, True)):
            for key, value in source.get(name, {}).items():
                node.defaults.append(Default(key, value, isinstance(value, dict | list), zero))
        lists = self.table.quantities.get(name)
        if lists:
            node.fills.append(quantities.rounding(lists))
        fill = self.fills.get(name)
        if fill is not None:
            node.fills.append(fill)
        for key, schema in self.definitions.schema(name).get("properties", {}).items():
            shape, reference = reference_of(schema)
            if reference and reference not in UNTOUCHED:
                node.children.append(Child(key, shape, self.make(reference)))
        return node


def reference_of(schema: Mapping[str, Any]) -> tuple[str, str]:
    """The shape of a field, and the definition that its values, items or entries refer to ("" for none)."""
    for key, shape in (("", "object"), ("items", "list"), ("additionalProperties", "map")):
        below = schema.get(key) if key else schema
        if isinstance(below, Mapping) and "$ref" in below:
            return shape, str(below["$ref"]).removeprefix(PREFIX)
    return "", ""


def prune(nodes: Collection[Node]) -> None:
    """Leave out children below which nothing is done."""
    busy = {id(node) for node in nodes if node.defaults or node.fills}
    known = -1
    while known != len(busy):
        known = len(busy)
        busy.update(id(node) for node in nodes if any(id(child.node) in busy for child in node.children))
    for node in nodes:
        node.children = [child for child in node.children if id(child.node) in busy]


def apply(node: Node, obj: objects.Object) -> None:
    for name, value, fresh, zero in node.defaults:
        if obj.get(name) is None or (zero and not obj[name]):
            obj[name] = objects.copy(value) if fresh else value
    for fill in node.fills:
        fill(obj)
    for name, shape, below in node.children:
        found = obj.get(name)
        if found is None:
            continue
        if shape == "object":
            apply(below, found)
        else:
            for item in found if shape == "list" else found.values():
                apply(below, item)
