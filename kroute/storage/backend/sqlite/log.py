"""SqliteLog: one resource's objects and changes in the file."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent import futures
from typing import TypeVar

from kroute.storage.backend import base, errors, ring
from kroute.storage.backend.sqlite import transactions, writer

T = TypeVar("T")

_RING = 1000
_PAGE = 200

_GET = """
SELECT objects.key, changes.revision, changes.value, changes.place FROM objects
JOIN changes ON changes.id = objects.change WHERE objects.log = ? AND objects.key = ?
"""
_LIST = """
SELECT objects.key, changes.revision, changes.value, changes.place FROM objects
JOIN changes ON changes.id = objects.change WHERE objects.log = ? ORDER BY objects.key
"""
_REPLAY = """
SELECT type, key, revision, value, place FROM changes WHERE log = ? AND revision > ? ORDER BY revision LIMIT ?
"""


class Readers:
    """The connections that read: one for single objects in the event loop's thread, one in a thread for the rest."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._near, self._far = connect(), connect()
        self._thread = futures.ThreadPoolExecutor(1, thread_name_prefix="kroute sqlite reader")
        self._closed = False

    def get(self, log: int, key: str) -> base.Record | None:
        """An indexed look at one row: microseconds, never behind a writer."""
        try:
            found = self._near.execute(_GET, (log, key)).fetchone()
        except sqlite3.Error as error:
            raise errors.Unavailable(f"SQLite: {error}") from error
        return None if found is None else base.Record(*found)

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Have something read, at one moment of the file, without holding up the event loop."""
        if self._closed:
            raise errors.Unavailable("the store is closed")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._at_one_moment, work)

    async def aclose(self) -> None:
        self._closed = True
        await asyncio.get_running_loop().run_in_executor(None, self._thread.shutdown)
        self._near.close()
        self._far.close()

    def _at_one_moment(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            self._far.execute("BEGIN")
            try:
                return work(self._far)
            finally:
                self._far.execute("COMMIT")
        except sqlite3.Error as error:
            raise errors.Unavailable(f"SQLite: {error}") from error


class SqliteLog:
    """`base.Log` in an SQLite file."""

    def __init__(self, name: str, *, writing: writer.Writer, reading: Readers, clock: Callable[[], int]) -> None:
        self.name = name
        self._writer = writing
        self._readers = reading
        self._clock = clock
        self._id = 0
        self._ring: ring.Ring | None = None

    async def create(self, key: str, draft: base.Draft, *, ttl: float | None = None) -> base.Record:
        await self.attach()
        deadline = self._deadline(ttl)

        def work(current: transactions.Transactions) -> base.Record:
            if deadline is not None:
                self._writer.expect(deadline)
            return current.create(self.name, key, draft, deadline)

        return await self._writer.run(work)

    async def get(self, key: str) -> base.Record | None:
        await self.attach()
        return self._readers.get(self._id, key)

    async def update(self, key: str, draft: base.Draft, *, expected: int, ttl: float | None = None) -> base.Record:
        await self.attach()
        deadline = self._deadline(ttl)

        def work(current: transactions.Transactions) -> base.Record:
            if deadline is not None:
                self._writer.expect(deadline)
            return current.update(self.name, key, draft, expected, deadline)

        return await self._writer.run(work)

    async def delete(self, key: str, *, expected: int) -> base.Record:
        await self.attach()
        return await self._writer.run(lambda current: current.delete(self.name, key, expected))

    async def list(self) -> base.Listing:
        await self.attach()

        def read(connection: sqlite3.Connection) -> base.Listing:
            (revision,) = connection.execute("SELECT revision FROM logs WHERE id = ?", (self._id,)).fetchone()
            records = [base.Record(*row) for row in connection.execute(_LIST, (self._id,))]
            return base.Listing(records, revision)

        return await self._readers.run(read)

    async def current_revision(self) -> int:
        return (await self.attach()).revision

    def watch(self, after: int) -> ring.RingWatch:
        return ring.RingWatch(self, after)

    async def compact(self, before: int) -> None:
        held = await self.attach()
        while await self._writer.run(lambda current: current.compact(self.name, before)):
            pass
        await self._writer.run(lambda current: current.forget(self.name, before))
        held.compact(before)

    async def attach(self) -> ring.Ring:
        """The ring, once the log is known to be in the file.  Raises Unavailable."""
        if self._ring is None:
            opened = await self._writer.run(lambda current: current.open(self.name))
            if self._ring is None:  # nobody can have written before
                self._id = opened.id
                self._ring = ring.Ring(opened.revision, limit=_RING)
        self._ring.check()
        return self._ring

    def detach(self) -> None:
        pass

    async def replay(self, position: int) -> Sequence[base.Event]:
        def read(connection: sqlite3.Connection) -> list[base.Event]:
            (oldest,) = connection.execute("SELECT oldest FROM logs WHERE id = ?", (self._id,)).fetchone()
            if position < oldest:
                raise errors.RevisionExpired(position, oldest)
            return [base.Event(*row) for row in connection.execute(_REPLAY, (self._id, position, _PAGE))]

        return await self._readers.run(read)

    def publish(self, events: Sequence[base.Event]) -> None:
        """Take in what was committed."""
        if self._ring is not None:
            self._ring.extend(events)

    def close(self) -> None:
        """End the watches; what is called later is refused."""
        if self._ring is not None:
            self._ring.end(errors.Unavailable("the store is closed"))

    def _deadline(self, ttl: float | None) -> int | None:
        return None if ttl is None else self._clock() + int(ttl * 1_000_000)
