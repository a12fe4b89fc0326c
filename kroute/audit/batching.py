"""The mode `batch`: events wait in a buffer and are delivered together, beside the requests.

A full buffer loses events, which is counted and logged; a request never waits for it.
Mirrors `k8s.io/apiserver/plugin/pkg/audit/buffered`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from kroute.aio import tasks
from kroute.audit import sinks

FAREWELL = 10.0
"""Seconds that the last batches may take when the server ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batching:
    """`wait` is how long an event may wait for others, in seconds.

    `rate` bounds how many batches go out in a second, `burst` how many at once; a rate of 0 is no limit."""

    buffer: int = 10_000
    size: int = 400
    wait: float = 30.0
    rate: float = 10.0
    burst: int = 15


class Batched:
    """A sink that delivers in batches, each of at most `bytes_together` bytes (0: any)."""

    strict = False

    def __init__(
        self,
        name: str,
        carrier: sinks.Carrier,
        counts: sinks.Counts,
        *,
        batching: Batching,
        bytes_together: int = 0,
    ) -> None:
        self.name = name
        self._carrier, self._counts, self._how, self._bytes = carrier, counts, batching, bytes_together
        self._waiting: deque[bytes] = deque()
        self._first, self._enough = asyncio.Event(), asyncio.Event()
        self._scope = tasks.Scope(f"audit {name}")
        self._tokens, self._refilled = float(batching.burst), 0.0

    async def __aenter__(self) -> Self:
        await self._carrier.open()
        await self._scope.__aenter__()
        self._refilled = asyncio.get_running_loop().time()
        self._scope.spawn(self._deliver(), name="batches", eternal=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._scope.__aexit__(kind, error, trace)
        try:
            async with asyncio.timeout(FAREWELL):
                while self._waiting:
                    await self._carry()
        except TimeoutError:
            self._counts.lost(self.name, len(self._waiting), "the server has ended")
        await self._carrier.close()

    async def put(self, event: bytes) -> bool:
        if len(self._waiting) >= self._how.buffer:
            self._counts.lost(self.name, 1, "the buffer is full")
            return False
        self._waiting.append(event)
        self._first.set()
        if len(self._waiting) >= self._how.size:
            self._enough.set()
        return True

    async def _deliver(self) -> None:
        while True:
            await self._first.wait()
            try:
                async with asyncio.timeout(self._how.wait):
                    await self._enough.wait()
            except TimeoutError:
                pass
            await self._throttle()
            await self._carry()

    async def _throttle(self) -> None:
        rate = self._how.rate
        if rate <= 0:
            return
        now = asyncio.get_running_loop().time()
        self._tokens = min(float(self._how.burst), self._tokens + (now - self._refilled) * rate)
        self._refilled = now
        if self._tokens < 1:
            await asyncio.sleep((1 - self._tokens) / rate)
        self._tokens -= 1

    async def _carry(self) -> None:
        batch = self._take()
        try:
            await self._carrier.carry(batch)
        except asyncio.CancelledError:
            self._waiting.extendleft(reversed(batch))
            raise
        except (OSError, sinks.CannotDeliver) as error:
            self._counts.lost(self.name, len(batch), error)

    def _take(self) -> list[bytes]:
        batch: list[bytes] = []
        size, waiting = 0, self._waiting
        while waiting and len(batch) < self._how.size:
            size += len(waiting[0])
            if batch and self._bytes and size > self._bytes:
                break
            batch.append(waiting.popleft())
        if not waiting:
            self._first.clear()
        if len(waiting) < self._how.size:
            self._enough.clear()
        return batch
