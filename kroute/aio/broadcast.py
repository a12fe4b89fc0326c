"""One writer, many readers: every reader gets every item, the same object, in order, in batches.

The items stand once in a shared window; a reader is only a position in it.  So sending costs the same for one
reader and for a thousand, and a reader that waits is woken once per turn of the event loop, however much was sent.
Nobody waits for a reader: one that falls out of the window is ended.  Watches are built on this.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")


class Ended(Exception):
    """A reader gets no more items."""


class Closed(Ended):
    """Because the writer has closed, and everything was read."""


class Overrun(Ended):
    """Because the reader was slower than the window is long, so that items are lost to it."""


class Broadcast(Generic[T]):
    """The writer's end.  Not thread-safe: to be used from the one event loop its readers run in.

    `window`: how many items a reader may be behind.  Between that many and twice as many are kept.
    """

    __slots__ = ("_closed", "_first", "_items", "_readers", "_waking", "_window")

    def __init__(self, *, window: int) -> None:
        if window < 1:
            raise ValueError("a window holds at least one item")
        self._window = window
        self._items: list[T] = []
        self._first = 0
        self._readers: set[Reader[T]] = set()
        self._waking = False
        self._closed = False

    @property
    def first(self) -> int:
        """The position of the oldest item that is still in the window; positions count the items ever sent."""
        return self._first

    @property
    def end(self) -> int:
        """The position that the next item will have."""
        return self._first + len(self._items)

    @property
    def readers(self) -> int:
        """How many readers there are."""
        return len(self._readers)

    def send(self, item: T) -> None:
        """Hand an item to all readers, present and future ones.  Raises RuntimeError after `close`."""
        if self._closed:
            raise RuntimeError("nothing can be sent after closing")
        self._items.append(item)
        if len(self._items) >= 2 * self._window:
            self._trim()
        self._wake_soon()

    def read(self, position: int | None = None, *, on_overrun: Callable[[], None] | None = None) -> Reader[T]:
        """Make a reader of what is sent from now on or, with a position, of the window from there on.

        `on_overrun` is called when the reader is ended for its slowness, even if it is not reading at that moment:
        so a writer to a stuck connection can be told.  Raises Overrun when the position has left the window.
        """
        start = self.end if position is None else position
        if start < self._first:
            raise Overrun
        if start > self.end:
            raise ValueError(f"position {start} lies in the future, the next one is {self.end}")
        reader = Reader(self, start, on_overrun)
        self._readers.add(reader)
        return reader

    def close(self) -> None:
        """End all readers, each after it has read what was sent.  Does nothing the second time."""
        self._closed = True
        self._wake_soon()

    def _wake_soon(self) -> None:
        if not self._waking and self._readers:
            self._waking = True
            asyncio.get_running_loop().call_soon(self._wake)

    def _wake(self) -> None:
        self._waking = False
        for reader in self._readers:
            reader._wake()

    def _trim(self) -> None:
        surplus = len(self._items) - self._window
        del self._items[:surplus]
        self._first += surplus
        for reader in [reader for reader in self._readers if reader._position < self._first]:
            self._readers.discard(reader)
            reader._end_slow()

    def _take(self, position: int) -> list[T]:
        return self._items[position - self._first :] if position > self._first else self._items[:]


class Reader(Generic[T]):
    """The reader's end; a context manager, to be read by one task at a time."""

    __slots__ = ("_broadcast", "_on_overrun", "_overrun", "_position", "_waiter")

    def __init__(self, broadcast: Broadcast[T], position: int, on_overrun: Callable[[], None] | None) -> None:
        self._broadcast = broadcast
        self._position = position
        self._on_overrun = on_overrun
        self._overrun = False
        self._waiter: asyncio.Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def position(self) -> int:
        """The position of the next item to be read."""
        return self._position

    def close(self) -> None:
        """Leave the broadcast."""
        self._broadcast._readers.discard(self)

    def take(self) -> list[T]:
        """Give the items that are there, without waiting: maybe none.  Raises Overrun, or Closed after the last one."""
        if self._overrun:
            raise Overrun
        broadcast = self._broadcast
        if self._position < broadcast.end:
            items = broadcast._take(self._position)
            self._position += len(items)
            return items
        if broadcast._closed:
            raise Closed
        return []

    async def batch(self, timeout: float | None = None) -> list[T]:
        """Wait for items and give all that are there; an empty list when `timeout` seconds have passed without any.

        Raises Overrun when the reader was too slow, Closed after the last item.
        """
        items = self.take()
        if items:
            return items
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        timer = None if timeout is None else loop.call_later(timeout, self._wake)
        try:
            await self._waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()
        return self.take()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _end_slow(self) -> None:
        self._overrun = True
        self._wake()
        if self._on_overrun is not None:
            self._on_overrun()
