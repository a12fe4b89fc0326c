"""What a server hands a request to that it has no handler for: the next server, and at the end nobody.

A chain of servers is built from the inside: the last one first, each next one with it as its delegate.  Only the
outermost listens and has filters; paths, health checks and hooks of the inner ones count as its own.
Mirrors `DelegationTarget` of `k8s.io/apiserver/pkg/server`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from kroute.machinery import errors, gvk
from kroute.server import exchange, exposition, health, hooks, loopback

NOT_INSTALLED = "the request has been made before all known HTTP paths have been installed, please try again"


class Door(Protocol):
    """The way into one server of a chain, past those in front of it."""

    async def answer(self, current: exchange.Exchange) -> web.StreamResponse: ...


@dataclass(slots=True)
class Places:
    """What the servers of one chain know together.

    `doors` remembers which server has routes for a group-version, so that a request for a resource goes straight to it;
    who changes anything about that empties it.  `owned` are the paths (`/api`, `/apis/GROUP`) below which an unknown
    path is known to be unknown."""

    doors: dict[tuple[str, str], Door] = field(default_factory=dict)
    owned: set[str] = field(default_factory=set)
    expected: set[str] = field(default_factory=set)
    """What isn't there yet, and will be."""
    _settled: asyncio.Event = field(default_factory=asyncio.Event)

    def expect(self, what: str) -> Callable[[], None]:
        """Say that paths will come after the start; call the result when they are there."""

        def came() -> None:
            self.expected.discard(what)
            if not self.expected:
                self._settled.set()

        self.expected.add(what)
        return came

    async def settled(self) -> None:
        """Wait until all that was expected has come."""
        if self.expected:
            await self._settled.wait()


class Delegate(Protocol):
    """The inside of a server, without filters.

    `loopback` is the one client of the whole chain, `places` what its servers know together."""

    loopback: loopback.Client
    places: Places

    def door(self, group_version: gvk.GroupVersion) -> Door | None:
        """The first server, from here inwards, that has routes for a group-version."""
        ...

    async def serve(self, current: exchange.Exchange) -> web.StreamResponse:
        """Answer a request that nobody outside has a handler for."""
        ...

    def listed_paths(self) -> Iterator[str]:
        """What is shown at `/`."""
        ...

    def checks(self) -> Iterator[health.Check]: ...

    def metrics(self) -> Iterator[exposition.Source]: ...

    def post_start_hooks(self) -> Iterator[hooks.Hook]: ...

    def pre_shutdown_hooks(self) -> Iterator[hooks.Hook]: ...

    def installed(self) -> bool:
        """Whether all paths are there, so that an unknown one can be called unknown."""
        ...


class Nobody:
    """The end of every chain: 404, as a Status below the paths that the chain owns."""

    def __init__(self) -> None:
        self.loopback = loopback.Client()
        self.places = Places()

    def door(self, group_version: gvk.GroupVersion) -> Door | None:
        return None

    async def serve(self, current: exchange.Exchange) -> web.StreamResponse:
        if self._owns(current.info.path):
            raise errors.NotFound.path()
        return not_found()

    def _owns(self, path: str) -> bool:
        prefix, _, rest = path[1:].partition("/")
        base = f"/{prefix}/{rest.partition('/')[0]}" if prefix == "apis" else f"/{prefix}"
        return base in self.places.owned

    def listed_paths(self) -> Iterator[str]:
        return iter(())

    def checks(self) -> Iterator[health.Check]:
        return iter(())

    def metrics(self) -> Iterator[exposition.Source]:
        return iter(())

    def post_start_hooks(self) -> Iterator[hooks.Hook]:
        return iter(())

    def pre_shutdown_hooks(self) -> Iterator[hooks.Hook]:
        return iter(())

    def installed(self) -> bool:
        return True


def not_installed() -> errors.ServiceUnavailable:
    """For an unknown path while it may yet become known."""
    details = {"retryAfterSeconds": 5}
    return errors.ServiceUnavailable(NOT_INSTALLED, details=details, headers={"Retry-After": "5"})


def not_found() -> web.Response:
    """The answer for a path that nobody serves: plain text, as Go's server says it."""
    headers = {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}
    return web.Response(status=404, body=b"404 page not found\n", headers=headers)
