"""A work queue: keys that something has to be done about, each worked on by one worker at a time.

A key that is added while it waits is there once; one that is added while it is worked on is worked on again.  Work
that fails is tried again, later each time, and is never given up.  Mirrors `k8s.io/client-go/util/workqueue`.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from kroute.aio import clocks, tasks
from kroute.machinery import errors

K = TypeVar("K", bound=Hashable)

log = logging.getLogger("kroute.controllers")

Work: TypeAlias = Callable[[K], Awaitable[float | None]]
"""Does what is due for a key; after how many seconds it is to be looked at again, or None."""

EXPECTED = (errors.Conflict, errors.NotFound, errors.AlreadyExists, errors.ServiceUnavailable)
"""What happens when others work on the same objects, or the server ends: no reason to be alarmed."""


PATIENCE = 2
"""How many refusals may have passing reasons, such as another process at the same work, and aren't told loudly."""

TURN = 20
"""After how many keys others have their turn, where the work itself never waits."""


class Pauses(NamedTuple):
    """Seconds before failed work is tried again: twice as long each time, up to a bound, and never exactly so."""

    shortest: float = 0.05
    longest: float = 60.0
    jitter: float = 0.2

    def after(self, failures: int) -> float:
        pause = min(self.shortest * 2.0 ** min(failures, 30), self.longest)
        return pause * (1 + self.jitter * random.random())


class WorkQueue(Generic[K]):
    """`name` is for the log.  Keys may be added before the queue is run."""

    def __init__(
        self,
        work: Work[K],
        *,
        name: str,
        workers: int = 2,
        clock: clocks.Clock | None = None,
        pauses: Pauses | None = None,
    ) -> None:
        self._work, self._name, self._workers = work, name, workers
        self._clock = clock or clocks.SystemClock()
        self._pauses = pauses or Pauses()
        self._due: dict[K, None] = {}
        self._working: set[K] = set()
        self._again: set[K] = set()
        self._later: dict[K, float] = {}
        self._failures: dict[K, int] = {}
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._scope: tasks.Scope | None = None

    def __len__(self) -> int:
        """How many keys wait or are worked on now."""
        return len(self._due) + len(self._working)

    def add(self, key: K) -> None:
        """Have a key worked on as soon as a worker is free."""
        self._later.pop(key, None)
        if key in self._working:
            self._again.add(key)
            return
        self._due.setdefault(key)
        self._idle.clear()
        self._wake.set()

    def add_after(self, key: K, seconds: float) -> None:
        """Have a key worked on after some time, or earlier if it is added otherwise.  Only while the queue runs."""
        assert self._scope is not None
        due = self._clock.monotonic() + seconds
        if key in self._due or self._later.get(key, due + 1) <= due:
            return
        self._later[key] = due
        self._idle.clear()
        self._scope.spawn(self._wait(key, due, seconds), name=f"{self._name}: wait")

    def run(self, scope: tasks.Scope) -> None:
        """Start the workers, which end with the scope."""
        self._scope = scope
        for number in range(self._workers):
            scope.spawn(self._worker(), name=f"{self._name} {number}", eternal=True)

    async def idle(self) -> None:
        """Wait until nothing waits, not even for later, and nothing is worked on."""
        await self._idle.wait()

    async def _wait(self, key: K, due: float, seconds: float) -> None:
        await self._clock.sleep(seconds)
        if self._later.get(key) == due:
            self.add(key)

    async def _worker(self) -> None:
        for turn in itertools.count(1):
            if turn % TURN == 0:
                await asyncio.sleep(0)
            while not self._due:
                self._wake.clear()
                await self._wake.wait()
            key = next(iter(self._due))
            del self._due[key]
            self._working.add(key)
            after = await self._one(key)
            self._working.discard(key)
            if key in self._again:
                self._again.discard(key)
                self.add(key)
            elif after is not None:
                self.add_after(key, after)
            elif not (self._due or self._working or self._later):
                self._idle.set()

    async def _one(self, key: K) -> float | None:
        """Work on a key; after how many seconds it is to be looked at again."""
        try:
            after = await self._work(key)
        except Exception as error:
            failures = self._failures.get(key, 0)
            self._failures[key] = failures + 1
            pause = self._pauses.after(failures)
            if isinstance(error, EXPECTED):
                log.debug("%s: %s: %s", self._name, key, error)
            elif isinstance(error, errors.APIError):
                level = logging.WARNING if failures >= PATIENCE else logging.DEBUG
                log.log(level, "%s: %s, tried again in %.1f s: %s", self._name, key, pause, error)
            else:
                log.exception("%s: %s failed, tried again in %.1f s", self._name, key, pause)
            return pause
        self._failures.pop(key, None)
        return after
