"""Subscribers of a watch cache: each is a position in the shared history, woken only for keys it asks for.

Telling a change to hundreds of subscribers copies nothing: those at one position with one prefix get one and the
same batch.  Nobody is waited for: a subscriber whose next change was dropped from the history is ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from kroute.storage.backend import errors
from kroute.storage.backend.cacher import history, model


class Subscription:
    """The changes of keys with a prefix, as they come; an async iterator of batches, to be used by one task.

    `initial` holds the entries to begin with (none for a subscription from a revision on), sorted by key, as they
    were at `revision`.  Later `revision` says up to where everything was given.  A context manager; closing it twice
    does no harm.
    """

    def __init__(
        self,
        hub: Hub,
        prefix: str,
        *,
        after: int,
        initial: Sequence[model.Entry] = (),
        on_overrun: Callable[[], None] | None = None,
    ) -> None:
        self.initial = initial
        self.revision = after
        self._hub = hub
        self._prefix = prefix
        self._future = after > hub.history.revision
        self._position = hub.history.position(after)
        self._waiter: asyncio.Future[None] | None = None
        self._error: errors.BackendError | None = None
        self._on_overrun = on_overrun
        hub.subscriptions.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> model.Batch:
        return await self.batch()

    async def aclose(self) -> None:
        self.close()

    def close(self) -> None:
        """Leave; who waits in `batch` is told that the subscription was closed."""
        if self in self._hub.subscriptions:
            self._hub.subscriptions.discard(self)
            self._end(errors.Unavailable("the subscription is closed"))

    async def batch(self, timeout: float | None = None) -> model.Batch:
        """The next changes, at once where there are some; after `timeout` seconds without, a batch of none.

        Raises RevisionExpired when the subscriber was too slow or what it was told was lost by the store,
        Unavailable when the cache is closed.
        """
        deadline = None if timeout is None else asyncio.get_running_loop().time() + timeout
        while True:
            batch = self.take()
            if batch is not None:
                return batch
            if not await self._wait(deadline):
                return model.Batch((), self.revision)

    def take(self) -> model.Batch | None:
        """What is there of the next changes, without waiting; None for nothing.  Raises as `batch` does."""
        hub = self._hub
        if self._error is not None:
            raise type(self._error)(*self._error.args)
        if self._position == hub.history.end:
            return None
        batch = hub.batch(self._position, self._prefix)
        self._position = hub.history.end
        if self._future:
            batch = self._above(batch)
        self.revision = max(batch.revision, self.revision)
        return batch if batch.changes else None

    def _above(self, batch: model.Batch) -> model.Batch:
        """The batch without what lies below the revision that the subscriber began with, ahead of the cache."""
        self._future = batch.revision < self.revision
        changes = [change for change in batch.changes if change.entry.revision > self.revision]
        return model.Batch(changes, batch.revision)

    async def _wait(self, deadline: float | None) -> bool:
        """Wait to be woken; says whether it was for changes (or an end) and not for the deadline."""
        loop = asyncio.get_running_loop()
        self._waiter = waiter = loop.create_future()
        timer = None if deadline is None else loop.call_at(deadline, self._idle)
        waiting = self._hub.waiting.setdefault(self._prefix, set())
        waiting.add(self)
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()
            waiting.discard(self)
            if not waiting and self._hub.waiting.get(self._prefix) is waiting:
                del self._hub.waiting[self._prefix]
        return self._error is not None or self._position < self._hub.history.end

    def _wake(self, position: int) -> None:
        """Changes from `position` on are for us.  What was before wasn't, or we would have been woken for it."""
        if self._waiter is not None and not self._waiter.done():
            self._position = position
            self._waiter.set_result(None)

    def _idle(self) -> None:
        """The deadline: all that concerns us has been given."""
        if self._waiter is not None and not self._waiter.done():
            self._position = self._hub.history.end
            self.revision = max(self.revision, self._hub.history.revision)
            self._waiter.set_result(None)

    @property
    def _waits(self) -> bool:
        return self._waiter is not None and not self._waiter.done()

    def _end(self, error: errors.BackendError) -> None:
        self._error = self._error or error
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _overrun(self, oldest: int) -> None:
        self._end(errors.RevisionExpired(self.revision, oldest))
        if self._on_overrun is not None:
            self._on_overrun()


class Hub:
    """All subscribers of one cache, and the batches they share."""

    def __init__(self, past: history.History) -> None:
        self.history = past
        self.subscriptions: set[Subscription] = set()
        self.waiting: dict[str, set[Subscription]] = {}
        self._batches: dict[tuple[int, str], model.Batch] = {}

    def publish(self, changes: Sequence[model.Change]) -> None:
        """Add changes to the history and wake whom they concern."""
        position = self.history.end
        self._batches.clear()
        if self.history.add(changes):
            self._end_slow()
        if self.waiting:
            for prefix in self._concerned(changes):
                for subscription in self.waiting[prefix]:
                    subscription._wake(position)
        if position < self.history.first:  # so many at once that not all of them were kept
            self._end_slow()

    def batch(self, position: int, prefix: str) -> model.Batch:
        """What subscribers with that prefix get who have come to that position."""
        batch = self._batches.get((position, prefix))
        if batch is None:
            changes = self.history.since(position)
            if prefix:
                changes = [change for change in changes if change.entry.key.startswith(prefix)]
            batch = self._batches[position, prefix] = model.Batch(changes, self.history.revision)
        return batch

    def end(self, error: errors.BackendError) -> None:
        """End all subscriptions."""
        self._batches.clear()
        for subscription in self.subscriptions:
            subscription._end(error)
        self.subscriptions.clear()

    def _concerned(self, changes: Sequence[model.Change]) -> set[str]:
        """The prefixes that somebody waits for with one of the changes."""
        waiting = self.waiting
        found = {""} if "" in waiting else set()
        if len(found) == len(waiting):
            return found
        for change in changes:
            key = change.entry.key
            found.update(each for each in (key, key[: key.find("/") + 1]) if each in waiting)
        return found

    def _end_slow(self) -> None:
        first, oldest = self.history.first, self.history.oldest
        slow = [each for each in self.subscriptions if each._position < first and not each._waits]
        for subscription in slow:
            self.subscriptions.discard(subscription)
            subscription._overrun(oldest)
