"""Sends a request to its handler: one look-up in the route table, then plain paths, then the next server.

A request for a resource goes straight to the server of the chain that has routes for its group-version, so that the
length of the chain costs it nothing.  What is found for another method is a 405, what isn't found goes to the delegate.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator
from typing import TypeAlias

from aiohttp import web

from kroute.actions import model, routing
from kroute.machinery import gvk
from kroute.server import delegation, exchange, paths

REMEMBERED, LONGEST = 2048, 512
"""How many paths are remembered, and how long one may be for that."""

LONG_RUNNING = frozenset({model.Verb.WATCH, model.Verb.WATCHLIST, model.Verb.CONNECT})

Stray: TypeAlias = Callable[[model.Call], Awaitable[web.StreamResponse | None]]
"""Answers requests for resources that no route is for; None for those that are no concern of its."""


class Table(routing.RouteTable):
    """A route table that remembers what it found, as far as that fits in a bounded dict.

    Which group-versions it has the chain remembers (`places`)."""

    def __init__(self, places: delegation.Places) -> None:
        super().__init__()
        self._found: dict[tuple[str, str], routing.Resolved] = {}
        self._places = places

    def has(self, group: Hashable) -> bool:
        """Whether there are routes under this name."""
        return group in self._groups

    def add(self, group: Hashable, routes: Iterable[model.Route]) -> None:
        self._changed()
        super().add(group, routes)

    def remove(self, group: Hashable) -> None:
        self._changed()
        super().remove(group)

    def _changed(self) -> None:
        self._found.clear()
        self._places.doors.clear()

    def resolve(self, method: str, path: str) -> routing.Resolved:
        found = self._found.get((method, path))
        if found is None:
            found = super().resolve(method, path)
            if found.route is not None and len(path) <= LONGEST:
                if len(self._found) >= REMEMBERED:
                    self._found.clear()
                self._found[method, path] = found
        return found


class Director:
    """The handlers of one server.  `table` and `paths` may change while it runs.

    `stray` is asked about requests for resources that there is no route for."""

    def __init__(self, delegate: delegation.Delegate) -> None:
        self.places = delegate.places
        self.table = Table(self.places)
        self.paths = paths.Paths()
        self.stray: Stray | None = None
        self._delegate = delegate
        self._taken: dict[tuple[str, str], delegation.Door] = {}

    def own(self, path: str) -> None:
        """Have unknown paths at and below `path` answered as unknown ones of the API: `/api`, `/apis/GROUP`."""
        self.places.owned.add(path)

    def disown(self, path: str) -> None:
        self.places.owned.discard(path)

    def take(self, group_version: gvk.GroupVersion, door: delegation.Door | None) -> None:
        """Send all requests for resources of a group-version to a door, whoever has routes for it; None: no more."""
        self.places.doors.clear()
        if door is None:
            self._taken.pop(group_version, None)
        else:
            self._taken[group_version] = door

    def door(self, group_version: gvk.GroupVersion) -> delegation.Door | None:
        """Who answers for a group-version, from here inwards."""
        taken = self._taken.get(group_version)
        if taken is not None:
            return taken
        return self if self.table.has(group_version) else self._delegate.door(group_version)

    async def serve(self, current: exchange.Exchange) -> web.StreamResponse:
        """Answer a request that comes from outside.  Raises `errors.APIError`."""
        info = current.info
        if info.is_resource:
            door = self.places.doors.get((info.group, info.version)) or self._remembered(info.group, info.version)
            return await door.answer(current)
        return await self.answer(current)

    def _remembered(self, group: str, version: str) -> delegation.Door:
        found = self.door(gvk.GroupVersion(group, version))
        if found is None:
            return self
        self.places.doors[group, version] = found
        return found

    async def answer(self, current: exchange.Exchange) -> web.StreamResponse:
        """Answer a request here or further inwards.  Raises `errors.APIError`."""
        method, path = current.request.method, current.info.path
        resolved = self.table.resolve(method, path)
        route = resolved.route
        if route is not None:
            current.endpoint = route.path
            if route.action.verb in LONG_RUNNING:
                current.long_running = True
            return await route.handler(current.call(resolved.params))
        if self.stray is not None and current.info.is_resource:
            answered = await self.stray(current.call({}))
            if answered is not None:
                return answered
        if resolved.allowed:
            raise paths.method_not_allowed()
        found = self.paths.find(path)
        if found is not None:
            current.endpoint = found.path
            return await found.handler(current.call({}))
        return await self._delegate.serve(current)

    def listed(self) -> Iterator[str]:
        """The paths shown at `/`: plain ones, and the group-versions of routes."""
        yield from self.paths.listed()
        yield from self.places.owned
        for route in self.table.routes():
            prefix, _, rest = route.path[1:].partition("/")
            yield "/" + "/".join((prefix, *rest.split("/")[: 1 if prefix == "api" else 2]))
