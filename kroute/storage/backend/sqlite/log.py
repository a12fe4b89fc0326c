"""SqliteLog: one resource's objects and changes in the file."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence

from kroute.storage.backend import base, errors, ring
from kroute.storage.backend.sqlite import writer

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


class Reader:
    """Reads in the event loop's thread, where it takes microseconds a row and never waits for a writer."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._single, self._moment = connect(), connect()
        self._turn = asyncio.Lock()
        self._closed = False

    def get(self, log: int, key: str) -> base.Record | None:
        """The present record."""
        try:
            found = self._single.execute(_GET, (log, key)).fetchone()
        except sqlite3.Error as error:
            raise self._unavailable(error) from error
        except UnicodeEncodeError:  # no such key can have been written
            return None
        return None if found is None else base.Record(*found)

    async def check(self) -> None:
        async with self._at_one_moment() as connection:
            connection.execute("SELECT count(*) FROM logs").fetchone()

    async def listing(self, log: int) -> base.Listing:
        """All records at one moment, with turns for others in between."""
        async with self._at_one_moment() as connection:
            (revision,) = connection.execute("SELECT revision FROM logs WHERE id = ?", (log,)).fetchone()
            rows, records = connection.execute(_LIST, (log,)), list[base.Record]()
            while page := rows.fetchmany(_PAGE):
                records.extend([base.Record(*row) for row in page])
                await asyncio.sleep(0)
            return base.Listing(records, revision)

    async def replay(self, log: int, position: int) -> list[base.Event]:
        """A page of the changes above a position.  Raises RevisionExpired."""
        async with self._at_one_moment() as connection:
            (oldest,) = connection.execute("SELECT oldest FROM logs WHERE id = ?", (log,)).fetchone()
            if position < oldest:
                raise errors.RevisionExpired(position, oldest)
            return [base.Event(*row) for row in connection.execute(_REPLAY, (log, position, _PAGE))]

    async def aclose(self) -> None:
        self._closed = True
        async with self._turn:
            self._single.close()
            self._moment.close()

    @contextlib.asynccontextmanager
    async def _at_one_moment(self) -> AsyncIterator[sqlite3.Connection]:
        async with self._turn:
            if self._closed:
                raise errors.Unavailable("the store is closed")
            try:
                self._moment.execute("BEGIN")
                try:
                    yield self._moment
                finally:
                    self._moment.execute("ROLLBACK")
            except sqlite3.Error as error:
                raise self._unavailable(error) from error

    def _unavailable(self, error: sqlite3.Error) -> errors.Unavailable:
        return errors.Unavailable("the store is closed" if self._closed else f"SQLite: {error}")


class SqliteLog:
    """`base.Log` in an SQLite file."""

    def __init__(
        self, name: str, *, writing: writer.Writer, reading: Reader, house: writer.Housekeeper, clock: Callable[[], int]
    ) -> None:
        self.name = name
        self._writer = writing
        self._reader = reading
        self._house = house
        self._clock = clock
        self._id = 0
        self._ring: ring.Ring | None = None

    async def create(self, key: str, draft: base.Draft, *, ttl: float | None = None) -> base.Record:
        await self.attach()
        deadline = self._deadline(ttl)
        return await self._writer.run(lambda current: current.create(self.name, key, draft, deadline))

    async def get(self, key: str) -> base.Record | None:
        await self.attach()
        return self._reader.get(self._id, key)

    async def update(self, key: str, draft: base.Draft, *, expected: int, ttl: float | None = None) -> base.Record:
        await self.attach()
        deadline = self._deadline(ttl)
        return await self._writer.run(lambda current: current.update(self.name, key, draft, expected, deadline))

    async def delete(self, key: str, *, expected: int) -> base.Record:
        await self.attach()
        return await self._writer.run(lambda current: current.delete(self.name, key, expected))

    async def list(self) -> base.Listing:
        await self.attach()

        return await self._reader.listing(self._id)

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
        return await self._reader.replay(self._id, position)

    def publish(self, events: Sequence[base.Event]) -> None:
        """Take in what was committed."""
        if self._ring is not None:
            self._ring.extend(events)

    def close(self) -> None:
        """End the watches; what is called later is refused."""
        if self._ring is not None:
            self._ring.end(errors.Unavailable("the store is closed"))

    def _deadline(self, ttl: float | None) -> int | None:
        if ttl is None:
            return None
        deadline = self._clock() + int(ttl * base.TICKS)
        self._house.expect(deadline)
        return deadline
