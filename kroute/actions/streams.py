"""Answers that go on for a long time: when each of them ends.

A stream ends when its time is up, when its client has left (aiohttp doesn't tell handlers that), or when all are told
to.  In kroute's own server the lifecycle does the last two by cancelling; in somebody's application nobody else does.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from kroute.machinery import gvk

LOOK_SECONDS = 1.0
"""How often it is looked whether the client is still there."""


class Streams:
    """The streams that are open; `sent` counts the events of watches by resource, for whoever keeps metrics."""

    def __init__(self, look: float = LOOK_SECONDS) -> None:
        self._look = look
        self._open: set[Stream] = set()
        self.sent: Counter[gvk.GroupVersionResource] = Counter()
        self._ended = False

    def __len__(self) -> int:
        return len(self._open)

    def end_all(self) -> None:
        """End every stream; those that begin later end at once."""
        self._ended = True
        for stream in list(self._open):
            stream.end()

    @asynccontextmanager
    async def opened(self, request: web.BaseRequest, seconds: float | None) -> AsyncIterator[Stream]:
        """Run the body of the `async with` for at most `seconds`; it is interrupted, quietly, when the stream ends."""
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                stream = Stream(request, limit, self._look)
                self._open.add(stream)
                try:
                    if self._ended:
                        stream.end()
                    yield stream
                finally:
                    stream.close()
                    self._open.discard(stream)
        except TimeoutError:
            if not limit.expired():
                raise


class Stream:
    """One stream, and the timer that looks after its client."""

    def __init__(self, request: web.BaseRequest, limit: asyncio.Timeout, look: float) -> None:
        self._request, self._limit, self._seconds = request, limit, look
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(look, self._look)

    def end(self) -> None:
        """Interrupt what runs for it."""
        if not self._limit.expired():
            self._limit.reschedule(self._loop.time())

    def close(self) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        transport = self._request.transport
        if transport is None or transport.is_closing():
            self.end()
        else:
            self._timer = self._loop.call_later(self._seconds, self._look)
