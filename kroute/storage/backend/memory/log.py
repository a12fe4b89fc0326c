"""MemoryLog: one resource's objects and changes in memory."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Sequence

from kroute.storage.backend import base, errors, ring


class MemoryLog:
    """`base.Log` over a dict."""

    def __init__(self, name: str, *, history: int, clock: Callable[[], int]) -> None:
        self.name = name
        self._clock = clock
        self._records: dict[str, base.Record] = {}
        self._ring = ring.Ring(clock(), limit=history)
        self._deadlines: dict[str, int] = {}
        self._queue: list[tuple[int, str]] = []
        self._timer: asyncio.TimerHandle | None = None

    async def create(self, key: str, draft: base.Draft, *, ttl: float | None = None) -> base.Record:
        self._ring.check()
        if key in self._records:
            raise errors.KeyExists(key)
        return self._put("ADDED", key, draft, ttl)

    async def get(self, key: str) -> base.Record | None:
        self._ring.check()
        return self._records.get(key)

    async def update(self, key: str, draft: base.Draft, *, expected: int, ttl: float | None = None) -> base.Record:
        self._ring.check()
        self._expect(key, expected)
        return self._put("MODIFIED", key, draft, ttl)

    async def delete(self, key: str, *, expected: int) -> base.Record:
        self._ring.check()
        self._expect(key, expected)
        return self._remove(key)

    async def list(self) -> base.Listing:
        self._ring.check()
        return base.Listing([self._records[key] for key in sorted(self._records)], self._ring.revision)

    async def current_revision(self) -> int:
        self._ring.check()
        return self._ring.revision

    def watch(self, after: int) -> ring.RingWatch:
        return ring.RingWatch(self, after)

    async def compact(self, before: int) -> None:
        self._ring.check()
        self._ring.compact(before)

    async def attach(self) -> ring.Ring:
        return self._ring

    def detach(self) -> None:
        pass

    async def replay(self, position: int) -> Sequence[base.Event]:
        if position < self._ring.start:
            raise errors.RevisionExpired(position, self._ring.start)
        return self._ring.after(position)

    def close(self) -> None:
        """End the watches and the timer."""
        self._ring.end(errors.Unavailable("the store is closed"))
        if self._timer is not None:
            self._timer.cancel()

    def _expect(self, key: str, expected: int) -> None:
        found = self._records.get(key)
        if found is None:
            raise errors.KeyNotFound(key)
        if found.revision != expected:
            raise errors.RevisionConflict(key, expected, found.revision)

    def _put(self, kind: base.EventType, key: str, draft: base.Draft, ttl: float | None) -> base.Record:
        revision = self._next()
        record = base.Record(key, revision, draft.at(revision), len(draft.head))
        self._records[key] = record
        if ttl is not None:
            self._deadlines[key] = deadline = self._clock() + int(ttl * base.TICKS)
            heapq.heappush(self._queue, (deadline, key))
            self._arm()
        self._ring.extend([base.Event(kind, *record)])
        return record

    def _remove(self, key: str) -> base.Record:
        self._deadlines.pop(key, None)
        last = base.moved(self._records.pop(key), self._next())
        self._ring.extend([base.Event("DELETED", *last)])
        return last

    def _next(self) -> int:
        return max(self._ring.revision + 1, self._clock())

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._queue:
            wait = max(0, self._queue[0][0] - self._clock()) / base.TICKS
            self._timer = asyncio.get_running_loop().call_later(wait, self._sweep)

    def _sweep(self) -> None:
        now = self._clock()
        while self._queue and self._queue[0][0] <= now:
            deadline, key = heapq.heappop(self._queue)
            if self._deadlines.get(key) == deadline:  # else it was moved or removed meanwhile
                self._remove(key)
        self._arm()
