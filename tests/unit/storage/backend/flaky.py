"""A log that can be lost, come back, and forget: what watch caches must live with."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Self

from kroute.storage.backend import base, errors


class FlakyLog:
    """A log in front of another one.  `fail` makes it raise an error from everything until `heal`; RevisionExpired
    only from watches, until it is listed."""

    def __init__(self, log: base.Log) -> None:
        self.name = log.name
        self.log = log
        self.asked = 0
        self.listed = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self._error: errors.BackendError | None = None
        self._failing = asyncio.Event()

    def fail(self, error: errors.BackendError) -> None:
        self._error = error
        self._failing.set()

    def heal(self) -> None:
        self._error = None
        self._failing.clear()

    def check(self) -> None:
        if self._error is not None:
            raise type(self._error)(*self._error.args)

    async def create(self, key: str, draft: base.Draft, *, ttl: float | None = None) -> base.Record:
        return await self.log.create(key, draft, ttl=ttl)

    async def get(self, key: str) -> base.Record | None:
        self.check()
        return await self.log.get(key)

    async def update(self, key: str, draft: base.Draft, *, expected: int, ttl: float | None = None) -> base.Record:
        return await self.log.update(key, draft, expected=expected, ttl=ttl)

    async def delete(self, key: str, *, expected: int) -> base.Record:
        return await self.log.delete(key, expected=expected)

    async def list(self) -> base.Listing:
        if isinstance(self._error, errors.RevisionExpired):
            self.heal()
        self.check()
        self.listed += 1
        return await self.log.list()

    async def current_revision(self) -> int:
        self.asked += 1
        await self.gate.wait()
        self.check()
        return await self.log.current_revision()

    def watch(self, after: int) -> base.Watch:
        return FlakyWatch(self, self.log.watch(after))

    async def compact(self, before: int) -> None:
        await self.log.compact(before)

    async def failing(self) -> None:
        await self._failing.wait()


class FlakyWatch:
    def __init__(self, owner: FlakyLog, watch: base.Watch) -> None:
        self._owner, self._watch = owner, watch

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Sequence[base.Event]:
        self._owner.check()
        following = asyncio.ensure_future(anext(self._watch))
        failing = asyncio.ensure_future(self._owner.failing())
        try:
            await asyncio.wait([following, failing], return_when=asyncio.FIRST_COMPLETED)
            if failing.done():
                self._owner.check()
            return await following
        finally:
            for each in (following, failing):
                each.cancel()
            await asyncio.wait([following, failing])

    def take(self) -> Sequence[base.Event]:
        return () if self._owner._error else self._watch.take()

    async def aclose(self) -> None:
        await self._watch.aclose()
