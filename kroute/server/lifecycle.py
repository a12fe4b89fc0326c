"""The requests that are being worked on, and how the server ends those that it must not wait for.

A request is ended by cancelling its task, with the reason noted in the exchange: its time is up, or the server is
shutting down and it is a watch.  The tracking filter, which every request passes, turns the reason into an answer.
"""

from __future__ import annotations

import asyncio
from time import perf_counter

from kroute.server import exchange

EXPIRY_INTERVAL = 0.5
"""Seconds between two looks for requests whose time is up."""


class Requests:
    """The current requests of one server."""

    def __init__(self) -> None:
        self.stopping = False
        """Set when the server is shutting down: answers close their connection, and readiness fails."""
        self._current: set[exchange.Exchange] = set()
        self._idle: asyncio.Event | None = None

    def __len__(self) -> int:
        return len(self._current)

    def enter(self, current: exchange.Exchange) -> None:
        self._current.add(current)

    def leave(self, current: exchange.Exchange) -> None:
        self._current.discard(current)
        if self._idle is not None and not self._current:
            self._idle.set()

    def long_running(self) -> list[exchange.Exchange]:
        return [current for current in self._current if current.long_running]

    async def expire(self) -> None:
        """End requests whose deadline has passed; never returns."""
        while True:
            await asyncio.sleep(EXPIRY_INTERVAL)
            now = perf_counter()
            for current in list(self._current):
                if current.deadline < now and not current.long_running:
                    self._end(current, exchange.TIMED_OUT)

    async def drain(self, timeout: float) -> bool:
        """End the long-running requests and wait for the others, at most `timeout` seconds; whether all ended."""
        self.stopping = True
        self._idle = asyncio.Event()
        for current in self.long_running():
            self._end(current, exchange.SHUTDOWN)
        if not self._current:
            return True
        try:
            async with asyncio.timeout(timeout):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    def _end(self, current: exchange.Exchange, why: exchange.Ending) -> None:
        if current.ending is None and current.task is not None:
            current.ending = why
            current.task.cancel()
