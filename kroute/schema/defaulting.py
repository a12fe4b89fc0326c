"""Filling in defaults.

A field that is absent, or null where null isn't allowed, gets its default; defaults may hold fields with defaults
again.  Mirrors `pkg/apiserver/schema/defaulting` of apiextensions-apiserver.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kroute.machinery import objects
from kroute.schema import structural

Fill = Callable[[Any], None]


class Defaulter:
    """Fills in the defaults of one schema.  Parts of the schema without defaults cost nothing."""

    def __init__(self, schema: structural.Structural) -> None:
        self.wanted = structural.holders(schema, lambda node: node.default is not structural.UNSET)
        self.compiled: dict[int, Fill] = {}
        self.root = self.compile(schema)

    @property
    def needed(self) -> bool:
        """Whether the schema has any defaults."""
        return self.root is not None

    def default(self, obj: objects.Object) -> None:
        """Fill in the object's defaults.  The object is changed; the schema's values are copied."""
        if self.root is not None:
            self.root(obj)

    def compile(self, node: structural.Structural) -> Fill | None:
        if not any(id(child) in self.wanted for child in node.children()):
            return None
        key = id(node)
        if key not in self.compiled:
            self.compiled[key] = lambda value: self.compiled[key](value)  # for nodes below themselves
            self.compiled[key] = self.make(node)
        return self.compiled[key]

    def make(self, node: structural.Structural) -> Fill:
        own = [
            (name, child.default, child.nullable)
            for name, child in node.properties.items()
            if child.default is not structural.UNSET
        ]
        below = [(name, made) for name, child in node.properties.items() if (made := self.compile(child))]
        additional, known = node.additional, frozenset(node.properties)
        fill_rest = self.compile(additional) if additional is not None else None
        items = node.items
        fill_item = self.compile(items) if items is not None else None

        def fill_object(value: dict[str, Any]) -> None:
            for name, default, nullable in own:
                if name not in value or (value[name] is None and not nullable):
                    value[name] = objects.copy(default)
            for name, fill_below in below:
                item = value.get(name)
                if type(item) is dict or type(item) is list:
                    fill_below(item)
            if additional is not None and id(additional) in self.wanted:
                for key in value:
                    if key not in known:
                        value[key] = filled(value[key], additional, fill_rest)

        def fill(value: Any) -> None:
            if type(value) is dict:
                fill_object(value)
            elif items is not None and id(items) in self.wanted:
                for index, item in enumerate(value):
                    value[index] = filled(item, items, fill_item)

        return fill


def filled(item: Any, node: structural.Structural, fill: Fill | None) -> Any:
    """An entry of a list or map with its defaults."""
    if item is None and not node.nullable and node.default is not structural.UNSET:
        item = objects.copy(node.default)
    if fill is not None and (type(item) is dict or type(item) is list):
        fill(item)
    return item
