"""The recent changes of one log in this process, and watches that read them.

Backends put every change they learn of into the log's ring.  A watch is only a position: it takes what follows
from the ring, and where the ring doesn't reach back that far it asks the backend to *replay* from the store.  So
nothing is copied for each watcher, a slow watcher costs nothing, and there is one implementation of "each change
once, in order" for all backends.
"""

from __future__ import annotations

import asyncio
import bisect
import operator
from collections.abc import Sequence
from typing import Protocol, Self

from kroute.storage.backend import base, errors

_revision = operator.attrgetter("revision")


class Ring:
    """The changes in `(start, revision]`, at least the newest `limit` of them once there were so many."""

    def __init__(self, start: int, *, limit: int) -> None:
        self.start = start
        self.revision = start
        self._broken: errors.BackendError | None = None
        self._limit = limit
        self._events: list[base.Event] = []
        self._waiters: set[asyncio.Future[None]] = set()

    def extend(self, events: Sequence[base.Event]) -> None:
        """Add the next changes, in order, and wake the watches."""
        if not events:
            return
        self._events.extend(events)
        self.revision = events[-1].revision
        if len(self._events) > self._limit * 2:
            self._drop(len(self._events) - self._limit)
        self.wake()

    def restart(self, start: int) -> None:
        """Forget everything; what is added next follows `start`."""
        self._events.clear()
        self.start = self.revision = start
        self.wake()

    def compact(self, before: int) -> None:
        """Forget changes with a revision below `before`."""
        self._drop(bisect.bisect_left(self._events, before, key=_revision))

    def end(self, error: errors.BackendError) -> None:
        """End all watches there are with `error`; the ring isn't used afterwards."""
        self._broken = error
        self.wake()

    def check(self) -> None:
        """Raises what the ring ended with."""
        if self._broken is not None:
            raise type(self._broken)(*self._broken.args)

    @property
    def ended(self) -> bool:
        return self._broken is not None

    def after(self, position: int) -> Sequence[base.Event]:
        """The held changes above `position`, which may be any number."""
        return self._events[bisect.bisect_right(self._events, position, key=_revision) :]

    def has(self, position: int) -> bool:
        """Whether all that follows `position` is here or will come: it is the start or a held change's revision."""
        if position in (self.revision, self.start):
            return True
        place = bisect.bisect_left(self._events, position, key=_revision)
        return place < len(self._events) and self._events[place].revision == position

    async def changed(self) -> None:
        """Wait until something is added or the ring ends."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)

    def _drop(self, count: int) -> None:
        if count > 0:
            self.start = self._events[count - 1].revision
            del self._events[:count]

    def wake(self) -> None:
        """Have all watches look again."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)


class Source(Protocol):
    """What a watch needs of its log."""

    async def attach(self) -> Ring:
        """The log's ring, kept filled until `detach`.  Raises Unavailable."""
        ...

    def detach(self) -> None: ...

    async def replay(self, position: int) -> Sequence[base.Event]:
        """The first changes above `position` from the store, a page of them; nothing if there are none.

        Called for a position that the ring lacks.  Raises RevisionExpired, Unavailable."""
        ...


class RingWatch:
    """`base.Watch` over the ring of a log."""

    def __init__(self, source: Source, after: int) -> None:
        self._source = source
        self._position = after
        self._ring: Ring | None = None
        self._closed = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Sequence[base.Event]:
        if self._ring is None and not self._closed:
            await self._attach()
        while self._ring is not None:
            ring = self._ring
            ring.check()
            if ring.has(self._position):
                events = self._advance(ring.after(self._position))
            else:
                events = self._advance(await self._source.replay(self._position))
            if events:
                return events
            if ring.revision <= self._position:
                await ring.changed()
        raise StopAsyncIteration

    def take(self) -> Sequence[base.Event]:
        ring = self._ring
        if ring is None or ring.revision <= self._position or ring.ended or not ring.has(self._position):
            return ()
        return self._advance(ring.after(self._position))

    async def aclose(self) -> None:
        ring, self._ring, self._closed = self._ring, None, True
        if ring is not None:
            self._source.detach()
            ring.wake()

    async def _attach(self) -> None:
        ring = await self._source.attach()
        if self._closed:  # while we waited
            self._source.detach()
        else:
            self._ring = ring

    def _advance(self, events: Sequence[base.Event]) -> Sequence[base.Event]:
        """Step over `events`, less what `take` gave while they were on their way."""
        if events and events[0].revision <= self._position:
            events = [event for event in events if event.revision > self._position]
        if events:
            self._position = events[-1].revision
        return events
