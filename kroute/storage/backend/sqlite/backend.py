"""SqliteBackend: opens the file for this process alone, and keeps its logs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from kroute.aio import tasks
from kroute.storage.backend import base, errors
from kroute.storage.backend.sqlite import database, log, writer


class SqliteBackend:
    """`base.Backend` in one SQLite file, which is made if it isn't there.

    `keep` is how many seconds changes are kept for watches, `most` how many superseded ones each log keeps at most.
    Entering raises Misconfigured when the file can't be used, such as when another process has it.
    """

    shared = False

    def __init__(
        self, path: Path, *, keep: float = 300.0, most: int = 50_000, clock: Callable[[], int] = base.ticks
    ) -> None:
        self._path = path
        self._keep = keep
        self._most = most
        self._clock = clock
        self._logs: dict[str, log.SqliteLog] = {}
        self._stack = contextlib.AsyncExitStack()
        self._writer: writer.Writer | None = None
        self._reader: log.Reader | None = None
        self._house: writer.Housekeeper | None = None

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            stack.enter_context(database.locked(self._path))
            database.prepare(self._path)
            self._writer = writer.Writer(database.connect(self._path), publish=self._publish, clock=self._clock)
            stack.push_async_callback(self._writer.aclose)
            self._reader = log.Reader(lambda: database.connect(self._path, read_only=True))
            stack.push_async_callback(self._reader.aclose)
            self._house = writer.Housekeeper(self._writer, clock=self._clock, keep=self._keep, most=self._most)
            scope = await stack.enter_async_context(tasks.Scope("sqlite"))
            scope.spawn(self._house.run(), name="housekeeping")
            stack.callback(self._end_logs)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def log(self, name: str) -> log.SqliteLog:
        """`base.Backend.log`, of an entered backend."""
        found = self._logs.get(name)
        if found is None:
            if self._writer is None or self._reader is None or self._house is None:
                raise errors.Unavailable("the store isn't open")
            found = self._logs[name] = log.SqliteLog(
                name, writing=self._writer, reading=self._reader, house=self._house, clock=self._clock
            )
        return found

    async def check(self) -> None:
        if self._reader is None:
            raise errors.Unavailable("the store isn't open")
        await self._reader.check()

    def warnings(self) -> Sequence[str]:
        return ()

    def _publish(self, events: writer.Events) -> None:
        for name, changes in events.items():
            if name in self._logs:
                self._logs[name].publish(changes)

    def _end_logs(self) -> None:
        for each in self._logs.values():
            each.close()
