"""Background tasks that have an owner: a scope starts them and, when it is left, ends them all.

`asyncio.TaskGroup` ends everything when one task fails, which is wrong for a server's background work; a bare
`create_task` loses both the task and its error.  A scope does neither: a failing task is logged with its
traceback and the others go on.
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

    `name` is for the log.  A scope can be entered once.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._tasks: set[asyncio.Task[Any]] = set()
        self._log = logging.getLogger("kroute.tasks")
        self._open = False

    async def __aenter__(self) -> Self:
        self._open = True
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False
        while self._tasks:  # a task may be slow to end, or have been started by another one just now
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._tasks.difference_update(tasks)

    def spawn(self, work: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
        """Start a task.  Raises RuntimeError when the scope isn't open."""
        if not self._open:
            work.close()
            raise RuntimeError(f"{self._name} is closed and can't start {name}")
        task = asyncio.get_running_loop().create_task(work, name=f"{self._name}: {name}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._log.error("%s failed", task.get_name(), exc_info=error)
