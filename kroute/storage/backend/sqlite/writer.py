"""Group commit: whatever waits to be written becomes one transaction, so that writers share the fsync.

The statements, microseconds each, run in the event loop's thread, the commit in a thread of its own; while it is
under way the next transaction gathers.  (Statements in the other thread would wait for the interpreter lock, after
each one of them, until a busy event loop lets go of it.)
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import functools
import logging
import sqlite3
from collections.abc import Callable
from concurrent import futures
from typing import Any, NamedTuple, TypeAlias, TypeVar

from kroute.storage.backend import base, errors
from kroute.storage.backend.sqlite import transactions

T = TypeVar("T")
Events: TypeAlias = dict[str, list[base.Event]]

_MOST = 250  # how many operations one transaction takes, lest others wait long for the event loop


class _Job(NamedTuple):
    work: Callable[[transactions.Transactions], Any]
    done: asyncio.Future[Any]


class _Outcome(NamedTuple):
    done: asyncio.Future[Any]
    result: Any
    error: Exception | None


class Writer:
    """Runs jobs in transactions and gives their results once those are on the disk.

    `publish` is called with the events of each transaction before the results are given.
    """

    def __init__(
        self, connection: sqlite3.Connection, *, publish: Callable[[Events], None], clock: Callable[[], int]
    ) -> None:
        self._connection = connection
        self._transactions = transactions.Transactions(connection, clock)
        self._publish = publish
        self._loop = asyncio.get_running_loop()
        self._jobs: collections.deque[_Job] = collections.deque()
        self._thread = futures.ThreadPoolExecutor(1, thread_name_prefix="kroute sqlite")
        self._singly = 0  # how many of the next jobs get a transaction each
        self._busy = False
        self._closed = False
        self._idle = asyncio.Event()
        self._logger = logging.getLogger("kroute.storage.sqlite")

    async def aclose(self) -> None:
        """Finish what was given."""
        self._closed = True
        while self._busy or self._jobs:
            self._idle.clear()
            await self._idle.wait()
        self._thread.shutdown()
        self._connection.close()

    async def run(self, work: Callable[[transactions.Transactions], T]) -> T:
        """Have `work` done in a transaction.

        Raises what `work` raises, and Unavailable when the file can't be written.  A caller that is cancelled
        doesn't stop it.
        """
        if self._closed:
            raise errors.Unavailable("the store is closed")
        done: asyncio.Future[T] = self._loop.create_future()
        if not self._jobs and not self._busy:
            self._loop.call_soon(self._turn)
        self._jobs.append(_Job(work, done))
        return await done

    def _turn(self) -> None:
        """Begin the next transaction, if the last one is finished."""
        if self._busy:
            return
        if not self._jobs:
            self._idle.set()
            return
        jobs = [self._jobs.popleft() for _ in range(min(1 if self._singly else _MOST, len(self._jobs)))]
        self._singly = max(0, self._singly - 1)
        self._busy = True
        try:
            outcomes = self._do(jobs)
        except Exception as error:
            self._spoilt(jobs, error)
            return
        commit = self._loop.run_in_executor(self._thread, self._transactions.commit)
        commit.add_done_callback(functools.partial(self._committed, outcomes))

    def _do(self, jobs: list[_Job]) -> list[_Outcome]:
        current, outcomes = self._transactions, list[_Outcome]()
        current.begin()
        for job in jobs:
            try:
                outcomes.append(_Outcome(job.done, job.work(current), None))
            except errors.BackendError as error:
                outcomes.append(_Outcome(job.done, None, error))
        return outcomes

    def _spoilt(self, jobs: list[_Job], error: Exception) -> None:
        """A job has broken the transaction.  If it isn't known which, each is tried again alone."""
        self._transactions.rollback()
        if len(jobs) > 1:
            self._jobs.extendleft(reversed(jobs))
            self._singly += len(jobs)
            self._next()
        else:
            self._settle([_Outcome(jobs[0].done, None, _told(error))])

    def _committed(self, outcomes: list[_Outcome], commit: asyncio.Future[None]) -> None:
        error = commit.exception()
        if error is not None:
            self._logger.error("a transaction failed: %s", error)
            self._transactions.rollback()
            told = _told(error)
            outcomes = [_Outcome(outcome.done, None, told) for outcome in outcomes]
        self._settle(outcomes)

    def _settle(self, outcomes: list[_Outcome]) -> None:
        events, self._transactions.events = self._transactions.events, {}
        self._publish(events)
        for done, result, error in outcomes:
            if done.done():
                continue
            if error is None:
                done.set_result(result)
            else:
                done.set_exception(error)
        self._next()

    def _next(self) -> None:
        self._busy = False
        self._loop.call_soon(self._turn)


class Housekeeper:
    """Deletes what has come to its deadline, and forgets old changes; `run` for ever.

    `keep` is how many seconds changes are kept for watches, `most` how many superseded ones a log keeps.
    """

    _INTERVAL = 20.0  # seconds between looks for changes that are too old

    def __init__(self, writing: Writer, *, clock: Callable[[], int], keep: float, most: int) -> None:
        self._writer = writing
        self._clock = clock
        self._keep = int(keep * base.TICKS)
        self._most = most
        self._deadline: int | None = 0
        self._earlier = asyncio.Event()
        self._logger = logging.getLogger("kroute.storage.sqlite")

    def expect(self, deadline: int) -> None:
        """A key has that deadline."""
        if self._deadline is None or deadline < self._deadline:
            self._deadline = deadline
            self._earlier.set()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        compacting = loop.time()
        while True:
            try:
                if self._deadline is not None and self._deadline <= self._clock():
                    self._deadline = None
                    if (following := await self._writer.run(transactions.Transactions.sweep)) is not None:
                        self.expect(following)
                if compacting <= loop.time():
                    compacting = loop.time() + self._INTERVAL
                    await self.compact()
            except Exception:
                self._logger.exception("housekeeping failed")
                self._deadline = self._clock()
                await asyncio.sleep(self._INTERVAL)
            wait = max(0.0, compacting - loop.time())
            if self._deadline is not None:
                wait = min(wait, max(0, self._deadline - self._clock()) / base.TICKS)
            self._earlier.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._earlier.wait()

    async def compact(self) -> None:
        """Forget what is too old or too much, in small steps between other writes."""
        before = self._clock() - self._keep
        for name, limit in (await self._writer.run(lambda current: current.limits(before, self._most))).items():
            step = functools.partial(transactions.Transactions.compact, name=name, before=limit)
            while await self._writer.run(step):
                pass


def _told(error: BaseException) -> Exception:
    if isinstance(error, sqlite3.Error) or not isinstance(error, Exception):
        return errors.Unavailable(f"SQLite: {error}")
    return error
