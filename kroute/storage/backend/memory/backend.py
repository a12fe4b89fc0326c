"""MemoryBackend: its logs, and the timers that end what has a TTL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from kroute.storage.backend import base, errors
from kroute.storage.backend.memory import log


class MemoryBackend:
    """`base.Backend` in this process' memory.

    `history` is how many changes each log keeps for watchers, at least; `clock` gives ticks since the epoch.
    """

    shared = False

    def __init__(self, *, history: int = 10_000, clock: Callable[[], int] = base.ticks) -> None:
        self._history = history
        self._clock = clock
        self._logs: dict[str, log.MemoryLog] = {}
        self._open = False

    async def __aenter__(self) -> Self:
        self._open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False
        for each in self._logs.values():
            each.close()

    def log(self, name: str) -> log.MemoryLog:
        found = self._logs.get(name)
        if found is None:
            found = self._logs[name] = log.MemoryLog(name, history=self._history, clock=self._clock)
        return found

    async def check(self) -> None:
        if not self._open:
            raise errors.Unavailable("the store is closed")
        await asyncio.sleep(0)

    def warnings(self) -> Sequence[str]:
        return ()
