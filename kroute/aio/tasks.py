"""Background tasks that have an owner: a scope starts them and, when it is left, ends them all.

`asyncio.TaskGroup` ends everything when one task fails, which is wrong for a server's background work; a bare
`create_task` loses both the task and its error.  A scope does neither: a failing task is logged with its
traceback and the others go on.  A task that is to run for ever is reported when it ends at all.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")


class Scope:
    """The owner of background tasks; an async context manager.  Leaving it cancels what still runs and waits for it.

    `name` is for the log (`kroute.tasks`).  A scope can be entered once.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._tasks: set[asyncio.Task[Any]] = set()
        self._log = logging.getLogger("kroute.tasks")
        self._state = "new"

    def __len__(self) -> int:
        return len(self._tasks)

    async def __aenter__(self) -> Self:
        if self._state != "new":
            raise RuntimeError(f"{self._name} was entered before")
        self._state = "open"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._state = "closed"
        for task in self._tasks:
            task.cancel()
        interrupted: asyncio.CancelledError | None = None
        while self._tasks:
            try:
                await asyncio.wait(self._tasks)
            except asyncio.CancelledError as cancelled:  # no task may outlive its owner, however hurried that one is
                interrupted = cancelled
                for task in self._tasks:
                    task.cancel()
        if interrupted is not None:
            raise interrupted

    def spawn(self, work: Coroutine[Any, Any, T], *, name: str, eternal: bool = False) -> asyncio.Task[T]:
        """Start a task.  With `eternal`, its end before the scope's is logged as an error even when it just returns.

        Raises RuntimeError when the scope isn't open.
        """
        if self._state != "open":
            work.close()
            raise RuntimeError(f"{self._name} is not open and can't start {name}")
        task = asyncio.get_running_loop().create_task(work, name=f"{self._name}: {name}")
        self._tasks.add(task)
        task.add_done_callback(self._eternal_ended if eternal else self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._log.error("%s failed", task.get_name(), exc_info=error)

    def _eternal_ended(self, task: asyncio.Task[Any]) -> None:
        self._ended(task)
        if self._state == "open" and (task.cancelled() or task.exception() is None):
            how = "was cancelled" if task.cancelled() else "ended"
            self._log.error("%s %s, though it was to run for ever", task.get_name(), how)
