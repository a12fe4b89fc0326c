"""Handlers at plain paths, for whatever is no resource: health, version, metrics, documents.

A path is served for every HTTP method, as in kube-apiserver, unless its handler is wrapped with `only`.
Mirrors `k8s.io/apiserver/pkg/server/mux`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from aiohttp import web

from kroute.actions import model
from kroute.machinery import errors

METHOD_NOT_ALLOWED = "the server does not allow this method on the requested resource"


class Found(NamedTuple):
    """A handler, and the registered path that it was found under."""

    handler: model.Handler
    path: str


class Paths:
    """Exact paths, and prefixes (which end in a slash) for anything below them; the longest prefix wins."""

    def __init__(self) -> None:
        self._exact: dict[str, Found] = {}
        self._prefixes: list[Found] = []
        self._listed: set[str] = set()

    def add(self, path: str, handler: model.Handler, *, listed: bool = True) -> None:
        """Serve a path, in place of what was there.  `listed` ones are shown at `/`."""
        self._exact[path] = Found(handler, path)
        self._list(path, listed)

    def add_prefix(self, prefix: str, handler: model.Handler, *, listed: bool = True) -> None:
        """Serve everything below a prefix.  Raises ValueError unless it ends in a slash."""
        if not prefix.endswith("/"):
            raise ValueError(f"{prefix!r} must end in a slash")
        others = [found for found in self._prefixes if found.path != prefix]
        self._prefixes = sorted([*others, Found(handler, prefix)], key=lambda found: -len(found.path))
        self._list(prefix, listed)

    def remove(self, path: str) -> None:
        """Stop serving a path or prefix, if it is there."""
        self._exact.pop(path, None)
        self._prefixes = [found for found in self._prefixes if found.path != path]
        self._listed.discard(path)

    def find(self, path: str) -> Found | None:
        found = self._exact.get(path)
        if found is None:
            found = next((entry for entry in self._prefixes if path.startswith(entry.path)), None)
        return found

    def listed(self) -> Iterator[str]:
        yield from self._listed

    def _list(self, path: str, listed: bool) -> None:
        if listed:
            self._listed.add(path)
        else:
            self._listed.discard(path)


def only(methods: Collection[str], handler: model.Handler) -> model.Handler:
    """The handler for these HTTP methods; others are answered with 405."""

    async def check(call: model.Call) -> web.StreamResponse:
        if call.request.method not in methods:
            raise method_not_allowed()
        return await handler(call)

    return check


def method_not_allowed() -> errors.MethodNotSupported:
    return errors.MethodNotSupported(METHOD_NOT_ALLOWED, details={})
