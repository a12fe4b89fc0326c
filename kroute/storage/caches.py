"""The watch caches of one process: one for each log, filled from the start, all ended together.

Stores ask for a `Shelf`, the door to one resource's log and cache.  Whoever runs the server owns the `Caches` and,
above them, the backend.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import cached_property
from types import TracebackType
from typing import Self, TypeAlias

from kroute.aio import tasks
from kroute.storage.backend import base, errors
from kroute.storage.backend.cacher import cacher, model

LogOf: TypeAlias = Callable[[base.Backend], base.Log]


class Shelf:
    """One resource's log and its watch cache."""

    def __init__(self, owner: Caches, name: str, index: model.Index, log_of: LogOf | None = None) -> None:
        self.shared = owner.backend.shared or log_of is not None
        """Whether others write too, other processes or other views of the log, so that only the store knows what is
        current."""
        self._owner, self.name, self._index, self._log_of = owner, name, index, log_of
        self._cacher: cacher.Cacher | None = None
        self._closed = False

    @cached_property
    def log(self) -> base.Log:
        """The log; not to be asked for before the backend is open."""
        backend = self._owner.backend
        return backend.log(self.name) if self._log_of is None else self._log_of(backend)

    @property
    def is_view(self) -> bool:
        """Whether it shows the log of another shelf in a way of its own."""
        return self._log_of is not None and self.log.name != self.name

    @property
    def count(self) -> int | None:
        """How many objects the cache holds; None while there is none."""
        return None if self._cacher is None else self._cacher.count()

    @property
    def revision(self) -> int:
        """The revision that the cache has come to; 0 while there is none."""
        return self._cacher.revision if self._cacher is not None else 0

    def peek(self, key: str) -> model.Entry | None:
        """What the cache has at a key, without asking the store; None also when there is no cache yet."""
        return self._cacher.get(key) if self._cacher is not None else None

    def expect(self, key: str, draft: base.Draft, labels: Mapping[str, str], fields: Mapping[str, str]) -> None:
        """Tell the cache of a write that is about to be tried, with what its index would find."""
        if self._cacher is not None:
            self._cacher.expect(key, draft, labels, fields)

    def note(self, record: base.Record, labels: Mapping[str, str], fields: Mapping[str, str]) -> None:
        """Tell the cache of a write of this process, with what its index would find."""
        if self._cacher is not None:
            self._cacher.note(record, labels, fields)

    def filled(self) -> cacher.Cacher | None:
        """The cache, if it was filled and goes on; for those who can't wait."""
        return self._cacher if self._cacher is not None and self._cacher.revision and not self._closed else None

    async def ready(self) -> None:
        """Wait until the cache is filled for the first time; what changes from then on can be listed and watched."""
        await (await self.cacher()).ready()

    @property
    def closed(self) -> bool:
        return self._closed

    async def close(self) -> None:
        """End the cache, and with it all watches of it; for a shelf that was released."""
        self._closed = True
        if self._cacher is not None:
            await self._owner.leave(self._cacher)

    async def cacher(self) -> cacher.Cacher:
        """The cache, which may not be filled yet.  Raises Unavailable when the caches, or this one, are ending."""
        if self._closed:
            raise errors.Unavailable(f"the watch cache of {self.name} has ended")
        if self._cacher is None:
            self._cacher = self._owner.made(self.log, self._index)
            await self._owner.enter(self._cacher)
        return self._cacher


class Caches:
    """The owner of all watch caches over one backend; an async context manager, to be left before the backend is.

    A cache remembers changes from its start on, so all are started at once: when the caches are entered, or when a
    shelf is made later.
    `window` is how many changes each cache remembers for watches and for lists at older revisions."""

    def __init__(self, backend: base.Backend, *, window: int = 8192) -> None:
        self.backend = backend
        self.window = window
        self._shelves: dict[str, Shelf] = {}
        self._running: dict[cacher.Cacher, AsyncExitStack] = {}
        self._scope = tasks.Scope("watch caches")
        self._open = False
        self._listeners: list[Callable[[], None]] = []

    async def __aenter__(self) -> Self:
        await self._scope.__aenter__()
        self._open = True
        for shelf in self._shelves.values():
            self._start(shelf)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False
        await self._scope.__aexit__(kind, error, trace)
        async with AsyncExitStack() as ending:
            for stack in self._running.values():
                ending.push_async_exit(stack)
        self._running.clear()

    def counts(self) -> dict[str, int]:
        """How many objects each cache holds that runs, by the name of its log; for metrics."""
        counts = {name: shelf.count for name, shelf in self._shelves.items() if not shelf.is_view}
        return {name: count for name, count in counts.items() if count is not None}

    def count(self, name: str) -> int:
        """How many objects the cache of a log holds; 0 for a log without one."""
        shelf = self._shelves.get(name)
        return 0 if shelf is None else shelf.count or 0

    def watchers(self, name: str) -> int:
        """How many watches of a log there are."""
        shelf = self._shelves.get(name)
        cache = None if shelf is None else shelf.filled()
        return 0 if cache is None else cache.watchers

    def shelf(self, name: str, index: model.Index, *, log_of: LogOf | None = None) -> Shelf:
        """The shelf of a log; `index` is what its cache is indexed by.  Raises ValueError if there is one already.

        `log_of` makes the log, where it isn't the backend's of that name."""
        if name in self._shelves:
            raise ValueError(f"{name} has a watch cache already: share the shelf")
        shelf = self._shelves[name] = Shelf(self, name, index, log_of)
        if self._open:
            self._start(shelf)
        self._changed()
        return shelf

    def all(self) -> Sequence[Shelf]:
        """Every shelf there is."""
        return list(self._shelves.values())

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have `listener` called after each change of `all`; what is given back ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _changed(self) -> None:
        for listener in list(self._listeners):
            listener()

    def named(self, name: str) -> Shelf:
        """The shelf of a log that has one.  Raises KeyError."""
        return self._shelves[name]

    def release(self, name: str) -> Shelf | None:
        """Let another shelf be made for a log; the present one goes on until it is closed.  None: there is none."""
        found = self._shelves.pop(name, None)
        self._changed()
        return found

    def put_back(self, shelf: Shelf) -> None:
        """Undo a release."""
        self._shelves[shelf.name] = shelf
        self._changed()

    async def ready(self) -> None:
        """Wait until every cache is filled; a server does before it serves."""
        for shelf in list(self._shelves.values()):
            await shelf.ready()

    def made(self, log: base.Log, index: model.Index) -> cacher.Cacher:
        """A cache that isn't running yet; for shelves only.  Raises Unavailable."""
        if not self._open:
            raise errors.Unavailable("the watch caches are not running")
        return cacher.Cacher(log, index=index, shared=self.backend.shared, window=self.window)

    async def enter(self, cache: cacher.Cacher) -> None:
        """Run a cache until the caches end; for shelves only."""
        stack = self._running[cache] = AsyncExitStack()
        await stack.enter_async_context(cache)

    async def leave(self, cache: cacher.Cacher) -> None:
        """End a cache before the others; for shelves only."""
        stack = self._running.pop(cache, None)
        if stack is not None:
            await stack.aclose()

    def _start(self, shelf: Shelf) -> None:
        self._scope.spawn(shelf.cacher(), name=f"start {shelf.name}")
