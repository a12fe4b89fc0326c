"""A table of routes: from a method and a decoded path to the route and its parameters, in one structured lookup.

A tree of path segments, a dictionary at each step.  Groups of routes come and go at run time (custom resources,
aggregated APIs) while the table is in use.  Whoever owns the table answers what is not found.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

from kroute.actions import model


class Resolved(NamedTuple):
    """What is at a path.  `route` None: nothing, or, when `allowed` names methods, nothing for this method."""

    route: model.Route | None
    params: Mapping[str, str]
    allowed: tuple[str, ...] = ()


NOTHING = Resolved(None, {})


class Entry(NamedTuple):
    """A route in the tree, with the names of its parameters in the order they are met."""

    route: model.Route
    names: tuple[str, ...]


class Node:
    """One step of the tree.  `rest` are routes that take all further segments as one parameter."""

    __slots__ = ("any", "entries", "literals", "rest")

    def __init__(self) -> None:
        self.literals: dict[str, Node] = {}
        self.any: Node | None = None
        self.entries: dict[str, Entry] = {}
        self.rest: dict[str, Entry] = {}

    @property
    def empty(self) -> bool:
        return not (self.literals or self.any or self.entries or self.rest)


class RouteTable:
    """Routes by path and method."""

    def __init__(self) -> None:
        self._root = Node()
        self._groups: dict[Hashable, list[model.Route]] = {}

    def add(self, group: Hashable, routes: Iterable[model.Route]) -> None:
        """Add routes under the name `group`.  Raises ValueError when something is there already; then none is added."""
        added: list[model.Route] = []
        try:
            for route in routes:
                self._insert(route)
                added.append(route)
        except ValueError:
            for route in added:
                self._delete(route)
            raise
        self._groups.setdefault(group, []).extend(added)

    def remove(self, group: Hashable) -> None:
        """Take away all routes of a group; one that isn't there is no error."""
        for route in self._groups.pop(group, ()):
            self._delete(route)

    def replace(self, group: Hashable, routes: Iterable[model.Route]) -> None:
        """Put `routes` in the place of the group's present ones."""
        old = self._groups.get(group, [])
        self.remove(group)
        try:
            self.add(group, routes)
        except ValueError:
            self.add(group, old)
            raise

    def routes(self) -> list[model.Route]:
        """Every route, in the order of adding."""
        return [route for group in self._groups.values() for route in group]

    def resolve(self, method: str, path: str) -> Resolved:
        """The route for a decoded path.  One slash more at the end is the same path."""
        if path[:2] == "//":
            return NOTHING
        segments = path.strip("/").split("/")
        found = self._walk(self._root, segments, 0, ())
        if found is None:
            return NOTHING
        entries, values = found
        entry = entries.get(method)
        if entry is None:
            return Resolved(None, {}, tuple(entries))
        params = dict(zip(entry.names, values, strict=True))
        if entry.route.action.subpath and path[-1] == "/":
            params[entry.names[-1]] += "/"
        return Resolved(entry.route, params)

    def _walk(
        self, node: Node, segments: Sequence[str], index: int, values: tuple[str, ...]
    ) -> tuple[dict[str, Entry], tuple[str, ...]] | None:
        """The entries at the end of the segments; literal segments win over parameters, parameters over rests."""
        rest: tuple[dict[str, Entry], tuple[str, ...]] | None = None
        for position in range(index, len(segments)):
            segment = segments[position]
            if node.rest:
                rest = node.rest, (*values, "/".join(segments[position:]))
            literal, other = node.literals.get(segment), node.any
            if literal is None:
                if other is None or not segment:
                    return rest
                node, values = other, (*values, segment)
            elif other is None or not segment:
                node = literal
            else:
                found = self._walk(literal, segments, position + 1, values)
                if found is not None:
                    return found
                node, values = other, (*values, segment)
        return (node.entries, values) if node.entries else rest

    def _insert(self, route: model.Route) -> None:
        node, names = self._root, []
        segments = route.path.strip("/").split("/")
        entries: dict[str, Entry] | None = None
        for position, segment in enumerate(segments):
            if not segment.startswith("{"):
                node = node.literals.setdefault(segment, Node())
                continue
            names.append(segment[1:-1])
            if route.action.subpath and position == len(segments) - 1:
                entries = node.rest
            else:
                node.any = node.any or Node()
                node = node.any
        if entries is None:
            entries = node.entries
        if route.method in entries:
            self._prune(segments, self._root, 0)
            raise ValueError(f"{route.method} {route.path} is served already")
        entries[route.method] = Entry(route, tuple(names))

    def _delete(self, route: model.Route) -> None:
        segments = route.path.strip("/").split("/")
        node, entries = self._root, None
        for position, segment in enumerate(segments):
            if not segment.startswith("{"):
                node = node.literals[segment]
            elif route.action.subpath and position == len(segments) - 1:
                entries = node.rest
            else:
                assert node.any is not None
                node = node.any
        del (node.entries if entries is None else entries)[route.method]
        self._prune(segments, self._root, 0)

    def _prune(self, segments: Sequence[str], node: Node, index: int) -> None:
        """Drop empty nodes on the way of a path."""
        if index == len(segments):
            return
        segment = segments[index]
        child = node.any if segment.startswith("{") else node.literals.get(segment)
        if child is None:
            return
        self._prune(segments, child, index + 1)
        if child.empty:
            if segment.startswith("{"):
                node.any = None
            else:
                del node.literals[segment]
