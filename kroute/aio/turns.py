"""Turns for work that keeps the event loop busy for a while: few at a time, and a new one in every few rounds.

What is asked for meanwhile then waits for one such piece of work at most, instead of for all that there is.
"""

from __future__ import annotations

import asyncio
from collections import deque


class Turns:
    """At most `most` are inside; `rounds` of the event loop lie between the beginnings of two."""

    def __init__(self, most: int, *, rounds: int = 2) -> None:
        self._most, self._rounds = most, rounds
        self._inside = self._resting = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    async def enter(self) -> None:
        """Wait for a turn; `leave` has to be called after it."""
        if self._free() and not self._waiting:
            self._begin()
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():  # it was our turn just now
                self.leave()
            raise

    def leave(self) -> None:
        self._inside -= 1
        self._next()

    def _free(self) -> bool:
        return self._inside < self._most and not self._resting

    def _begin(self) -> None:
        self._inside += 1
        self._resting = self._rounds
        asyncio.get_running_loop().call_soon(self._rest)

    def _rest(self) -> None:
        self._resting -= 1
        if self._resting:
            asyncio.get_running_loop().call_soon(self._rest)
        else:
            self._next()

    def _next(self) -> None:
        while self._waiting and self._free():
            waiter = self._waiting.popleft()
            if not waiter.done():
                self._begin()
                waiter.set_result(None)
