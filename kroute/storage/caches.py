"""The watch caches of one process: one for each log, started when first needed, all ended together.

Stores ask for a `Shelf`, the door to one resource's log and cache.  Whoever runs the server owns the `Caches` and, above
them, the backend.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self, TypeAlias

from kroute.aio import tasks
from kroute.storage.backend import base, errors
from kroute.storage.backend.cacher import cacher, model


Started: TypeAlias = cacher.Cacher | errors.BackendError


class Shelf:
    """One resource's log and its watch cache."""

    def __init__(self, owner: Caches, name: str, index: model.Index) -> None:
        self.log: base.Log = owner.backend.log(name)
        self._owner, self._index = owner, index
        self._cacher: cacher.Cacher | None = None
        self._start: asyncio.Task[Started] | None = None

    @property
    def revision(self) -> int:
        """The revision that the cache has come to; 0 while there is none."""
        return self._cacher.revision if self._cacher is not None else 0

    def peek(self, key: str) -> model.Entry | None:
        """What the cache has at a key, without asking the store; None also when there is no cache yet."""
        return self._cacher.get(key) if self._cacher is not None else None

    def warm(self) -> None:
        """Have the cache started, without waiting for it."""
        if self._cacher is None and self._start is None:
            self._start = self._owner.start(self)

    async def cacher(self) -> cacher.Cacher:
        """The cache, once it is filled.  Raises Unavailable."""
        if self._cacher is not None:
            return self._cacher
        self.warm()
        start = self._start
        assert start is not None  # set just now, or by somebody who waits as well
        try:
            started = await asyncio.shield(start)
        except asyncio.CancelledError:
            if start.cancelled():
                raise errors.Unavailable("the watch caches are ending") from None
            raise
        if isinstance(started, errors.BackendError):
            raise started
        return started

    async def fill(self, into: AsyncExitStack) -> Started:
        """Start the cache and leave its end to `into`; for the owner's tasks only."""
        cache = cacher.Cacher(self.log, index=self._index, shared=self._owner.backend.shared)
        try:
            self._cacher = await into.enter_async_context(cache)
        except errors.BackendError as error:
            return error
        finally:
            self._start = None
        return cache


class Caches:
    """The owner of all watch caches over one backend; an async context manager, to be left before the backend is."""

    def __init__(self, backend: base.Backend) -> None:
        self.backend = backend
        self._shelves: dict[str, Shelf] = {}
        self._stack = AsyncExitStack()
        self._scope = tasks.Scope("watch caches")
        self._open = False

    async def __aenter__(self) -> Self:
        await self._scope.__aenter__()
        self._open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False
        await self._scope.__aexit__(kind, error, trace)
        await self._stack.aclose()

    def shelf(self, name: str, index: model.Index) -> Shelf:
        """The shelf of a log; `index` is what its cache is indexed by.  Raises ValueError if there is one already."""
        if name in self._shelves:
            raise ValueError(f"{name} has a watch cache already: share the shelf")
        shelf = self._shelves[name] = Shelf(self, name, index)
        return shelf

    def start(self, shelf: Shelf) -> asyncio.Task[Started]:
        """Start a shelf's cache; for shelves only."""
        if not self._open:
            raise errors.Unavailable("the watch caches are not running")
        return self._scope.spawn(shelf.fill(self._stack), name=f"start {shelf.log.name}")
