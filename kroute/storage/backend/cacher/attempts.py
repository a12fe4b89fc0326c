"""Attempts to read a log whose values can't be read at present: who waits for the cache hears why, and has it tried
again at once."""

from __future__ import annotations

import asyncio

from kroute.storage.backend import errors


class Attempts:
    """What came of the last attempt; `error` None: it went well, or there was none yet."""

    def __init__(self) -> None:
        self.error: errors.Unreadable | None = None
        self._hurry = asyncio.Event()
        self._next = asyncio.Event()

    def ended(self, error: errors.Unreadable | None) -> None:
        """Tell how an attempt ended, to whoever waits for it."""
        self.error = error
        self._next.set()
        self._next = asyncio.Event()

    async def pause(self, seconds: float) -> None:
        """Wait until the next attempt is due, or somebody wants it now."""
        try:
            async with asyncio.timeout(seconds):
                await self._hurry.wait()
        except TimeoutError:
            pass
        self._hurry.clear()

    def hurry(self) -> None:
        """Have the next attempt made now, if the last one failed."""
        if self.error is not None:
            self._hurry.set()

    async def next(self) -> None:
        """Wait until an attempt has ended.  Raises Unreadable when that failed."""
        self.hurry()
        await self._next.wait()
        if self.error is not None:
            raise self.error
