"""Which part of the old object a part of the new one came from, so that what was wrong before may stay wrong.

Fields correspond by name, items of list maps by their keys, other items not at all.
Mirrors `CorrelatedObject` in `k8s.io/apiserver/pkg/cel/common`.
"""

from __future__ import annotations

from typing import Any

from kroute.schema import structural


class Link:
    """A value, the old value in its place, and their schema."""

    __slots__ = ("fields", "indices", "known", "new", "node", "old")

    def __init__(self, node: structural.Structural, new: Any, old: Any) -> None:
        self.node, self.new, self.old = node, new, old
        self.fields: dict[str, Link | None] = {}
        self.indices: dict[Any, Any] | None = None
        self.known: bool | None = None

    def field(self, name: str) -> Link | None:
        """The link for an object's field; None when it has no counterpart."""
        if name not in self.fields:
            self.fields[name] = self.make_field(name)
        return self.fields[name]

    def make_field(self, name: str) -> Link | None:
        child = self.node.child(name)
        if child is None or type(self.new) is not dict or type(self.old) is not dict:
            return None
        if name not in self.new or name not in self.old:
            return None
        return Link(child, self.new[name], self.old[name])

    def item(self, index: int) -> Link | None:
        """The link for an item of a list map; None for other lists."""
        if self.node.list_type != "map" or self.node.items is None or type(self.old) is not list:
            return None
        if self.indices is None:
            self.indices = {self.key(item): item for item in reversed(self.old)}
        old = self.indices.get(self.key(self.new[index]))
        return None if old is None else Link(self.node.items, self.new[index], old)

    def key(self, item: Any) -> Any:
        """What tells the item from others; None when it has no such thing."""
        if type(item) is not dict:
            return None
        values = tuple(item.get(name) for name in self.node.map_keys)
        return values if all(type(value) is not dict and type(value) is not list for value in values) else None

    def unchanged(self) -> bool:
        """Whether the new value is the old one, as far as the schema can tell."""
        if self.known is None:
            self.known = self.compare()
        return self.known

    def compare(self) -> bool:
        new, old = self.new, self.old
        if type(new) is dict and type(old) is dict:
            links = [self.field(name) for name in new]
            return len(new) == len(old) and all(link is not None and link.unchanged() for link in links)
        if type(new) is list and type(old) is list and self.node.list_type == "map":
            found = [self.item(index) for index in range(len(new))]
            return len(new) == len(old) and all(link is not None and link.unchanged() for link in found)
        return same(new, old)


def same(new: Any, old: Any) -> bool:
    """Equality that, unlike Python's, tells true from 1."""
    if type(new) is not type(old):
        return False
    if type(new) is dict:
        return new.keys() == old.keys() and all(same(value, old[key]) for key, value in new.items())
    if type(new) is list:
        return len(new) == len(old) and all(map(same, new, old))
    return bool(new == old)
