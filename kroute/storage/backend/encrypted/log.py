"""EncryptedLog: one resource whose values are sealed in another log.

What can't be opened is not an error of the log: it would keep everything else from being read.  Such a value is
given as `base.unreadable`, which whoever wants the object answers for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Self

from kroute.storage.backend import base
from kroute.storage.backend.encrypted import configuration, transforming

CHUNK = 200
"""How many values are opened before the event loop has its turn."""
LENGTH = 4
NO_KEY = "no matching prefix found"

log = logging.getLogger("kroute.storage.encryption")


class EncryptedLog:
    """`base.Log` over another."""

    def __init__(self, inner: base.Log, keys: configuration.Keys) -> None:
        self.name = inner.name
        self._inner, self._keys = inner, keys
        self._start = f"{inner.name}/".encode()
        self._outdated: dict[str, int] = {}

    def outdated(self, key: str, revision: int) -> bool:
        """Whether the value at a key was last seen, at this revision, not to be written with the present key."""
        return self._outdated.get(key) == revision

    async def create(self, key: str, draft: base.Draft, *, ttl: float | None = None) -> base.Record:
        return self._written(await self._inner.create(key, self._sealed(key, draft), ttl=ttl), draft)

    async def get(self, key: str) -> base.Record | None:
        found = await self._inner.get(key)
        return None if found is None else self._opened(found)

    async def update(self, key: str, draft: base.Draft, *, expected: int, ttl: float | None = None) -> base.Record:
        record = await self._inner.update(key, self._sealed(key, draft), expected=expected, ttl=ttl)
        return self._written(record, draft)

    async def delete(self, key: str, *, expected: int) -> base.Record:
        return self._opened(await self._inner.delete(key, expected=expected))

    async def list(self) -> base.Listing:
        listing = await self._inner.list()
        records: list[base.Record] = []
        for start in range(0, len(listing.records), CHUNK):
            records += [self._opened(record) for record in listing.records[start : start + CHUNK]]
            await asyncio.sleep(0)
        return base.Listing(records, listing.revision)

    async def current_revision(self) -> int:
        return await self._inner.current_revision()

    def watch(self, after: int) -> EncryptedWatch:
        return EncryptedWatch(self._inner.watch(after), self)

    async def compact(self, before: int) -> None:
        await self._inner.compact(before)

    def event(self, event: base.Event) -> base.Event:
        """An event with its value opened."""
        if event.type == "DELETED":
            self._outdated.pop(event.key, None)
        return base.Event(event.type, *self._opened(base.Record(*event[1:])))

    def _context(self, key: str) -> bytes:
        return self._start + key.encode("utf-8", "surrogatepass")

    def _sealed(self, key: str, draft: base.Draft) -> base.Draft:
        prefix = self._keys.writer
        if prefix is None:
            return draft
        data = b"%b%b%b" % (len(draft.head).to_bytes(LENGTH, "big"), draft.head, draft.tail)
        return base.Draft(prefix, self._keys.readers[prefix].seal(data, self._context(key)))

    def _written(self, record: base.Record, draft: base.Draft) -> base.Record:
        self._outdated.pop(record.key, None)
        return base.Record(record.key, record.revision, draft.at(record.revision), len(draft.head))

    def _opened(self, record: base.Record) -> base.Record:
        key, revision, value, place = record
        prefix = value[:place]
        if prefix == self._keys.writer:
            self._outdated.pop(key, None)
        elif not value.startswith(base.ENCRYPTED):
            if self._keys.writer is not None:
                self._outdated[key] = revision
            return record if self._keys.plain else self._unreadable(record, NO_KEY)
        else:
            self._outdated[key] = revision
        transformer = self._keys.readers.get(prefix)
        if transformer is None:
            return self._unreadable(record, NO_KEY)
        try:
            data = transformer.open(value[place + base.DIGITS :], self._context(key))
        except transforming.CannotOpen as error:
            return self._unreadable(record, str(error))
        end = LENGTH + int.from_bytes(data[:LENGTH], "big")
        head = data[LENGTH:end]
        return base.Record(key, revision, b"%b%d%b" % (head, revision, data[end:]), len(head))

    def _unreadable(self, record: base.Record, why: str) -> base.Record:
        log.error("can't decrypt %s in %s: %s", record.key, self.name, why)
        return base.unreadable(record, why)


class EncryptedWatch:
    """`base.Watch` over another."""

    def __init__(self, inner: base.Watch, owner: EncryptedLog) -> None:
        self._inner, self._owner = inner, owner

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Sequence[base.Event]:
        return [self._owner.event(event) for event in await anext(self._inner)]

    def take(self) -> Sequence[base.Event]:
        return [self._owner.event(event) for event in self._inner.take()]

    async def aclose(self) -> None:
        await self._inner.aclose()
