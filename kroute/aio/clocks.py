"""Time as a parameter: what reads a clock or waits takes a `Clock`, so that tests need not wait.

`SystemClock` is the real one.  `ManualClock` stands still until a test moves it.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from typing import Protocol


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> float:
        """Wall-clock time: seconds since the epoch, UTC.  May jump when somebody sets the machine's clock."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after that many seconds; at least one turn of the event loop passes."""
        ...


class SystemClock:
    """The machine's clock."""

    __slots__ = ()

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class ManualClock:
    """A clock for tests: it stands still until `advance` moves it and wakes the sleepers, in order of their hours.

    `now` is the wall-clock time to start with; `monotonic` starts at 0.
    """

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self._start = now
        self._offset = 0.0
        self._elapsed = 0.0
        self._count = 0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        """Seconds since the epoch, as far as this clock was moved or set."""
        return self._start + self._offset + self._elapsed

    def monotonic(self) -> float:
        """Seconds this clock was moved by."""
        return self._elapsed

    def jump(self, seconds: float) -> None:
        """Set the wall clock forward or, with a negative number, back; no sleeper notices, as on a real machine."""
        self._offset += seconds

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock was moved far enough."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._sleepers, (self._elapsed + seconds, self._count, woken))
        await woken

    @property
    def sleepers(self) -> int:
        """How many are waiting in `sleep`."""
        return sum(not woken.done() for _, _, woken in self._sleepers)

    async def advance(self, seconds: float) -> None:
        """Move the clock, stopping at each sleeper's hour to let it run (so that it may sleep again and be woken)."""
        if seconds < 0:
            raise ValueError("a clock can't be moved back, only its wall-clock time (see jump)")
        end = self._elapsed + seconds
        await _settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            hour, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():  # else its sleeper was cancelled
                self._elapsed = hour
                woken.set_result(None)
                await _settle()
        self._elapsed = end


async def _settle() -> None:
    """Let the tasks that can run do so for some turns of the event loop."""
    for _ in range(10):
        await asyncio.sleep(0)
