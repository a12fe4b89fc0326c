"""The watch cache as if it were a backend, so that the suite can run on its view of the store.

Writes go to the store; everything that is read comes from the cache, brought up to date first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from kroute.storage.backend import base, errors
from kroute.storage.backend.cacher import cacher, subscribing


def no_attributes(value: bytes) -> tuple[dict[str, str], dict[str, str]]:
    """An index for values that nobody selects by."""
    return {}, {}


class CachedWatch:
    """`base.Watch` over a subscription."""

    def __init__(self, cached: CachedLog, after: int) -> None:
        self._cached = cached
        self._after = after
        self._subscription: subscribing.Subscription | None = None
        self._closed = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Sequence[base.Event]:
        if self._closed:
            raise StopAsyncIteration
        if self._subscription is None:
            cache = await self._cached.cache()
            await cache.fresh()
            self._subscription = cache.watch(after=self._after)
        try:
            batch = await self._subscription.batch()
        except errors.Unavailable:
            if self._closed:
                raise StopAsyncIteration from None
            raise
        return [base.Event(change.type, *change.entry[:4]) for change in batch.changes]

    def take(self) -> Sequence[base.Event]:
        return ()

    async def aclose(self) -> None:
        self._closed = True
        if self._subscription is not None:
            self._subscription.close()


class CachedLog:
    """`base.Log` that reads from a watch cache."""

    def __init__(self, log: base.Log, owner: CachedBackend) -> None:
        self.name = log.name
        self.log = log
        self._owner = owner
        self._cache: cacher.Cacher | None = None
        self._opening = asyncio.Lock()

    async def cache(self) -> cacher.Cacher:
        async with self._opening:
            if self._cache is None:
                cache = cacher.Cacher(self.log, index=no_attributes, shared=self._owner.shared)
                self._cache = await self._owner.stack.enter_async_context(cache)
                await cache.ready()
        return self._cache

    async def create(self, key: str, draft: base.Draft, *, ttl: float | None = None) -> base.Record:
        await self.cache()
        record = await self.log.create(key, draft, ttl=ttl)
        return self._noted(record)

    async def get(self, key: str) -> base.Record | None:
        cache = await self.cache()
        await cache.fresh()
        entry = cache.get(key)
        return None if entry is None else base.Record(*entry[:4])

    async def update(self, key: str, draft: base.Draft, *, expected: int, ttl: float | None = None) -> base.Record:
        return self._noted(await self.log.update(key, draft, expected=expected, ttl=ttl))

    async def delete(self, key: str, *, expected: int) -> base.Record:
        return await self.log.delete(key, expected=expected)

    async def list(self) -> base.Listing:
        cache = await self.cache()
        await cache.fresh()
        entries, revision = cache.snapshot()
        return base.Listing([base.Record(*entry[:4]) for entry in entries], revision)

    async def current_revision(self) -> int:
        cache = await self.cache()
        return await cache.fresh()

    def watch(self, after: int) -> CachedWatch:
        return CachedWatch(self, after)

    async def compact(self, before: int) -> None:
        await self.log.compact(before)

    def _noted(self, record: base.Record) -> base.Record:
        if self._cache is not None:
            self._cache.note(record, {}, {})
        return record


class CachedBackend:
    """`base.Backend` whose logs are cached."""

    def __init__(self, backend: base.Backend) -> None:
        self.shared = backend.shared
        self.stack = AsyncExitStack()
        self._backend = backend
        self._logs: dict[str, CachedLog] = {}

    async def __aenter__(self) -> Self:
        await self.stack.enter_async_context(self._backend)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stack.aclose()

    def log(self, name: str) -> CachedLog:
        if name not in self._logs:
            self._logs[name] = CachedLog(self._backend.log(name), self)
        return self._logs[name]

    async def check(self) -> None:
        await self._backend.check()

    def warnings(self) -> Sequence[str]:
        return self._backend.warnings()
