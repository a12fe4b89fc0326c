"""Taking out of an object what its schema doesn't know.

Unknown fields are removed, and their paths told; nulls are removed where the schema wants a value and has no default
for it.  Parts that preserve unknown fields keep them.
Mirrors `pkg/apiserver/schema/pruning` and `defaulting/prunenulls.go` of apiextensions-apiserver.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kroute.machinery import objects
from kroute.schema import structural

# A pruner changes an object or list and returns what it removed, as paths from there on: `.x`, `[0].y`.
Prune = Callable[[Any], list[str]]

META_FIELDS = frozenset({"apiVersion", "kind", "metadata"})
NOTHING = structural.Structural()


class Pruner:
    """Prunes objects of one schema in place.

    At the root and in embedded resources `apiVersion`, `kind` and `metadata` are left alone.
    """

    def __init__(self, schema: structural.Structural) -> None:
        self.schema = schema  # keeps the nodes alive whose ids are the keys below
        self.compiled: dict[tuple[int, bool], Prune | None] = {}
        self.root = self.make(schema, schema.preserve_unknown, META_FIELDS)

    def prune(self, obj: objects.Object) -> list[str]:
        """Prune the object; returns the paths of unknown fields, sorted, as field validation names them."""
        return sorted(path.removeprefix(".") for path in self.root(obj))

    def compile(self, node: structural.Structural, preserve: bool = False) -> Prune | None:
        """The pruner of a node; None when there is nothing to prune below it."""
        preserve = preserve or node.preserve_unknown
        if not (node.properties or node.additional or node.items):
            if preserve:
                return None
            node = node if node.embedded_resource else NOTHING
        key = (id(node), preserve)
        if key not in self.compiled:
            self.compiled[key] = self.later(key)
            self.compiled[key] = self.make(node, preserve, META_FIELDS if node.embedded_resource else frozenset())
        return self.compiled[key]

    def later(self, key: tuple[int, bool]) -> Prune:
        """A pruner that stands for one in the making, in schemas that hold themselves."""

        def prune(value: Any) -> list[str]:
            made = self.compiled[key]
            return made(value) if made is not None else []

        return prune

    def make(self, node: structural.Structural, preserve: bool, keeps: frozenset[str]) -> Prune:
        for_object = self.for_object(node, preserve, keeps)
        prune_item = self.compile(node.items or NOTHING, preserve)

        def prune(value: Any) -> list[str]:
            if type(value) is dict:
                return for_object(value)
            if prune_item is None:
                return []
            removed: list[str] = []
            for index, item in enumerate(value):
                if (type(item) is dict or type(item) is list) and (found := prune_item(item)):
                    removed += [f"[{index}]{path}" for path in found]
            return removed

        return prune

    def for_object(self, node: structural.Structural, preserve: bool, keeps: frozenset[str]) -> Prune:
        known = {name: self.compile(child) for name, child in node.properties.items() if name not in keeps}
        droppable = frozenset(name for name in known if drops_null(node.properties[name]))
        rest = node.additional
        prune_rest, drops_rest = (self.compile(rest), drops_null(rest)) if rest is not None else (None, False)
        takes_all = preserve or rest is not None

        def prune(value: dict[str, Any]) -> list[str]:
            removed: list[str] = []
            gone: list[str] = []
            for key, item in value.items():
                if key in known:
                    below, drops = known[key], key in droppable
                elif key in keeps:
                    continue
                elif takes_all:
                    below, drops = prune_rest, drops_rest
                else:
                    removed.append(f".{key}")
                    gone.append(key)
                    continue
                if item is None:
                    if drops:
                        gone.append(key)
                elif below is not None and (type(item) is dict or type(item) is list) and (found := below(item)):
                    removed += [f".{key}{path}" for path in found]
            for key in gone:
                del value[key]
            return removed

        return prune


def drops_null(node: structural.Structural) -> bool:
    """Whether a null of the node's is taken for an absent value; one with a default waits for defaulting."""
    return not node.nullable and node.default is structural.UNSET


def unknown_fields(paths: list[str]) -> list[str]:
    """The paths as strict field validation words them."""
    return [f'unknown field "{path}"' for path in paths]


def whole_numbers(value: Any) -> None:
    """Turn whole floats in an object or list into integers (`2.0` into `2`), as Go writes them.  It is changed."""
    todo = [value]
    while todo:
        part = todo.pop()
        entries: Any = part.items() if type(part) is dict else enumerate(part)
        for key, item in entries:
            kind = type(item)
            if kind is dict or kind is list:
                if item:
                    todo.append(item)
            elif kind is float and item.is_integer() and abs(item) < 1e21:
                part[key] = int(item)
