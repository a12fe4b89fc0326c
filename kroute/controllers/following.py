"""Following resources in the watch caches: a handler is told what there is, then every change.

A follower never misses what came of changes: when it was too slow, or a cache was made anew, its handler is told again
of all there is.  Mirrors the informers of `k8s.io/client-go/tools/cache`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, Protocol, TypeVar

from kroute.aio import tasks
from kroute.controllers import queueing
from kroute.storage import caches
from kroute.storage.backend import errors
from kroute.storage.backend.cacher import model, subscribing

log = logging.getLogger("kroute.controllers")

PAUSE = 0.2
"""Seconds before a cache that can't be read is tried again."""

PACE = 0.01
"""Seconds in which changes are put together, so that many cost little more than one."""

CHUNK = 2000
"""How many entries are handled before others have their turn."""

K = TypeVar("K", bound=Hashable)


class Handler(Protocol):
    """What wants to know.  Both methods take little time; entries are shared and read-only."""

    def begin(self) -> None:
        """Everything there is will be told now: forget what was known."""
        ...

    def added(self, entry: model.Entry) -> None:
        """Something is there."""
        ...

    def changed(self, change: model.Change) -> None:
        """Something has changed since."""
        ...


class Follower:
    """Follows one resource."""

    def __init__(self, shelf: caches.Shelf, handler: Handler) -> None:
        self.shelf, self._handler = shelf, handler
        self._told = asyncio.Event()
        self._subscription: subscribing.Subscription | None = None

    async def ready(self) -> None:
        """Wait until the handler knows what there is."""
        await self._told.wait()

    def drain(self) -> None:
        """Tell the handler at once of everything that the watch cache has."""
        if self._subscription is not None and self._told.is_set():
            with contextlib.suppress(errors.BackendError):  # whoever runs the follower meets it, and begins anew
                self._tell(self._subscription.take())

    async def run(self) -> None:
        """Follow until the cache is closed."""
        while not self.shelf.closed:
            try:
                await self._follow()
            except errors.RevisionExpired:
                await asyncio.sleep(0)
            except errors.BackendError as error:
                if not self.shelf.closed:
                    log.debug("%s can't be followed at present: %s", self.shelf.name, error)
                    await asyncio.sleep(PAUSE)
        self._told.set()

    async def _follow(self) -> None:
        await self.shelf.ready()
        cache = await self.shelf.cacher()
        with cache.watch() as subscription:
            self._handler.begin()
            for number, entry in enumerate(subscription.initial, 1):
                self._handler.added(entry)
                if number % CHUNK == 0:
                    await asyncio.sleep(0)
            subscription.initial = ()
            self._subscription = subscription
            self._told.set()
            async for batch in subscription:
                self._tell(batch)
                await asyncio.sleep(PACE)

    def _tell(self, batch: model.Batch | None) -> None:
        for change in batch.changes if batch is not None else ():
            self._handler.changed(change)


class Keys(Generic[K]):
    """A Handler that puts the keys of whatever changes into a work queue.

    `keys_of` makes them of an entry; `all_keys` gives those that are to be looked at when changes may have been
    missed, beside those of what is there."""

    def __init__(
        self,
        queue: queueing.WorkQueue[K],
        keys_of: Callable[[model.Entry], Iterable[K]],
        all_keys: Callable[[], Iterable[K]] | None = None,
    ) -> None:
        self._queue, self._keys_of, self._all_keys = queue, keys_of, all_keys

    def begin(self) -> None:
        if self._all_keys is not None:
            self._add(self._all_keys())

    def added(self, entry: model.Entry) -> None:
        self._add(self._keys_of(entry))

    def changed(self, change: model.Change) -> None:
        self._add(self._keys_of(change.entry))
        if change.previous is not None:
            self._add(self._keys_of(change.previous))

    def _add(self, keys: Iterable[K]) -> None:
        for key in keys:
            self._queue.add(key)


class Everything:
    """Follows every resource that is served, also those that come later.

    `make` gives a handler for a resource; `gone` is told the name of one that is there no longer."""

    def __init__(self, shelves: caches.Caches, make: Callable[[str], Handler], gone: Callable[[str], None]) -> None:
        self._shelves, self._make, self._gone = shelves, make, gone
        self._following: dict[str, tuple[Follower, asyncio.Task[None]]] = {}
        self._changed = asyncio.Event()

    async def run(self, scope: tasks.Scope) -> None:
        """Follow what there is; returns when all handlers know it, and goes on in the scope."""
        end = self._shelves.on_change(self._changed.set)
        try:
            self._look(scope)
            for follower, _ in list(self._following.values()):
                await follower.ready()
            scope.spawn(self._go_on(scope, end), name="follow new resources", eternal=True)
        except BaseException:
            end()
            raise

    def drain(self) -> None:
        """Tell all handlers at once of everything that the watch caches have."""
        for follower, _ in self._following.values():
            follower.drain()

    async def _go_on(self, scope: tasks.Scope, end: Callable[[], None]) -> None:
        try:
            while True:
                await self._changed.wait()
                self._changed.clear()
                self._look(scope)
        finally:
            end()

    def _look(self, scope: tasks.Scope) -> None:
        """Begin to follow what is new, and leave what is gone or was made anew."""
        there = {shelf.name: shelf for shelf in self._shelves.all()}
        for name, (follower, task) in list(self._following.items()):
            if there.get(name) is not follower.shelf:
                task.cancel()
                del self._following[name]
                if name not in there:
                    self._gone(name)
        for name, shelf in there.items():
            if name not in self._following:
                follower = Follower(shelf, self._make(name))
                self._following[name] = follower, scope.spawn(follower.run(), name=f"follow {name}")
