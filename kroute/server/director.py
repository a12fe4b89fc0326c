"""Sends a request to its handler: one look-up in the route table, then plain paths, then the next server.

What is found for another method is a 405.  Below a path that this server owns (`/apis/GROUP`) an unknown one is its
own to call unknown; anything else goes to the delegate.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

from aiohttp import web

from kroute.actions import model, routing
from kroute.machinery import errors
from kroute.server import delegation, exchange, paths

REMEMBERED, LONGEST = 2048, 512
"""How many paths are remembered, and how long one may be for that."""

LONG_RUNNING = frozenset({model.Verb.WATCH, model.Verb.WATCHLIST, model.Verb.CONNECT})


class Table(routing.RouteTable):
    """A route table that remembers what it found, as far as that fits in a bounded dict."""

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[tuple[str, str], routing.Resolved] = {}

    def add(self, group: Hashable, routes: Iterable[model.Route]) -> None:
        self._found.clear()
        super().add(group, routes)

    def remove(self, group: Hashable) -> None:
        self._found.clear()
        super().remove(group)

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
    """The handlers of one server.  `table` and `paths` may change while it runs."""

    def __init__(self, delegate: delegation.Delegate) -> None:
        self.table = Table()
        self.paths = paths.Paths()
        self._delegate = delegate
        self._owned: set[str] = set()

    def own(self, path: str) -> None:
        """Have unknown paths at and below `path` answered here: `/api`, `/apis/GROUP`."""
        self._owned.add(path)

    def disown(self, path: str) -> None:
        self._owned.discard(path)

    async def serve(self, current: exchange.Exchange) -> web.StreamResponse:
        """Answer a request.  Raises `errors.APIError`."""
        method, path = current.request.method, current.info.path
        resolved = self.table.resolve(method, path)
        route = resolved.route
        if route is not None:
            current.endpoint = route.path
            if route.action.verb in LONG_RUNNING:
                current.long_running = True
            return await route.handler(current.call(resolved.params))
        if resolved.allowed:
            raise paths.method_not_allowed()
        found = self.paths.find(path)
        if found is not None:
            current.endpoint = found.path
            return await found.handler(current.call({}))
        if self._owns(path):
            raise errors.NotFound.path()
        return await self._delegate.serve(current)

    def listed(self) -> Iterator[str]:
        """The paths shown at `/`: plain ones, and the group-versions of routes."""
        yield from self.paths.listed()
        yield from self._owned
        for route in self.table.routes():
            prefix, _, rest = route.path[1:].partition("/")
            yield "/" + "/".join((prefix, *rest.split("/")[: 1 if prefix == "api" else 2]))

    def _owns(self, path: str) -> bool:
        prefix, _, rest = path[1:].partition("/")
        base = f"/{prefix}/{rest.partition('/')[0]}" if prefix == "apis" else f"/{prefix}"
        return base in self._owned
