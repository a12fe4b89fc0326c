"""The one thread that writes: it commits whatever waits as one transaction, so that writers share the fsync.

While a transaction is being committed the next one gathers; nobody has to wait for a batch to fill.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from kroute.storage.backend import base, errors
from kroute.storage.backend.sqlite import transactions

T = TypeVar("T")
Events = dict[str, list[base.Event]]

_MOST = 500  # how many operations one transaction takes, lest the first waits long for the last
_HOUSEKEEPING = 20.0  # seconds between looks for changes that are too old


class _Job(NamedTuple):
    work: Callable[[transactions.Transactions], Any]
    done: asyncio.Future[Any]


class _Outcome(NamedTuple):
    done: asyncio.Future[Any]
    result: Any
    error: BaseException | None


class Writer:
    """Runs jobs in a thread of its own and gives their results to the event loop after the commit.

    `publish` is called in the event loop with the events of each transaction, before the results are given.
    `keep` is how many seconds changes are kept for watches, `most` how many superseded ones a log keeps.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        publish: Callable[[Events], None],
        clock: Callable[[], int],
        keep: float,
        most: int,
    ) -> None:
        self._connection = connection
        self._transactions = transactions.Transactions(connection, clock)
        self._publish = publish
        self._clock = clock
        self._keep = int(keep * 1_000_000)
        self._most = most
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="kroute sqlite writer", daemon=True)
        self._deadline: int | None = 0
        self._housekeeping = 0.0
        self._closed = False
        self._logger = logging.getLogger("kroute.storage.sqlite")

    def start(self) -> None:
        self._thread.start()

    async def aclose(self) -> None:
        """Finish what was given and end the thread."""
        self._closed = True
        self._queue.put(None)
        await self._loop.run_in_executor(None, self._thread.join)
        self._connection.close()

    async def run(self, work: Callable[[transactions.Transactions], T]) -> T:
        """Have `work` done in a transaction; its result once that is on the disk.

        Raises what `work` raises, and Unavailable when the file can't be written.  A caller that is cancelled
        doesn't stop it.
        """
        if self._closed:
            raise errors.Unavailable("the store is closed")
        done: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(_Job(work, done))
        return await done

    def expect(self, deadline: int) -> None:
        """To be called by a job that sets a deadline."""
        if self._deadline is None or deadline < self._deadline:
            self._deadline = deadline

    def _run(self) -> None:
        open_ = True
        while open_:
            jobs, open_ = self._gather()
            if jobs:
                self._write(jobs)
            if open_:
                self._keep_house()

    def _gather(self) -> tuple[list[_Job], bool]:
        """The jobs that wait, once there are any or something else is due; and whether to go on."""
        jobs: list[_Job] = []
        with contextlib.suppress(queue.Empty):
            job = self._queue.get(timeout=self._patience())
            while job is not None:
                jobs.append(job)
                if len(jobs) == _MOST:
                    return jobs, True
                job = self._queue.get_nowait()
            return jobs, False
        return jobs, True

    def _patience(self) -> float:
        wait = max(0.0, self._housekeeping - time.monotonic())
        if self._deadline is not None:
            wait = min(wait, max(0, self._deadline - self._clock()) / 1_000_000)
        return wait

    def _write(self, jobs: list[_Job]) -> None:
        outcomes = self._attempt(jobs)
        if outcomes is None:  # one job has spoilt the transaction: find out which
            for job in jobs:
                found = self._attempt([job], alone=True)
                self._settle(found or [])
        else:
            self._settle(outcomes)

    def _attempt(self, jobs: list[_Job], *, alone: bool = False) -> list[_Outcome] | None:
        """Run jobs in one transaction.  None when it can't be completed and it isn't known whose fault that is."""
        current, outcomes = self._transactions, list[_Outcome]()
        try:
            current.begin()
            for job in jobs:
                try:
                    outcomes.append(_Outcome(job.done, job.work(current), None))
                except errors.BackendError as error:
                    outcomes.append(_Outcome(job.done, None, error))
        except Exception as error:
            current.rollback()
            if not alone and len(jobs) > 1:
                return None
            return [_Outcome(job.done, None, _told(error)) for job in jobs]
        try:
            current.commit()
        except sqlite3.Error as error:
            self._logger.error("a transaction failed: %s", error)
            current.rollback()
            return [_Outcome(job.done, None, _told(error)) for job in jobs]
        return outcomes

    def _settle(self, outcomes: list[_Outcome]) -> None:
        events, self._transactions.events = self._transactions.events, {}
        if events or outcomes:
            with contextlib.suppress(RuntimeError):  # the loop was closed under us: nobody is left to be told
                self._loop.call_soon_threadsafe(self._resolve, outcomes, events)

    def _resolve(self, outcomes: list[_Outcome], events: Events) -> None:
        self._publish(events)
        for done, result, error in outcomes:
            if done.done():
                continue
            if error is None:
                done.set_result(result)
            else:
                done.set_exception(error)

    def _keep_house(self) -> None:
        """Delete what has come to its deadline, and forget old changes."""
        try:
            if self._deadline is not None and self._deadline <= self._clock():
                self._deadline = self._alone(lambda current: current.sweep())
            if self._housekeeping <= time.monotonic():
                more = self._compact()
                self._housekeeping = 0.0 if more else time.monotonic() + _HOUSEKEEPING
        except sqlite3.Error as error:
            self._logger.error("housekeeping failed: %s", error)
            self._housekeeping = time.monotonic() + _HOUSEKEEPING
            self._deadline = self._clock() + int(_HOUSEKEEPING * 1_000_000)

    def _compact(self) -> bool:
        """Forget some old changes; says whether more are left."""
        more = False
        for name, before in self._alone(lambda current: current.limits(self._clock() - self._keep, self._most)).items():
            more |= self._alone(functools.partial(transactions.Transactions.compact, name=name, before=before))
        return more

    def _alone(self, work: Callable[[transactions.Transactions], T]) -> T:
        """Do a job of the thread's own in a transaction of its own."""
        try:
            self._transactions.begin()
            result = work(self._transactions)
            self._transactions.commit()
        except BaseException:
            self._transactions.rollback()
            raise
        self._settle([])
        return result


def _told(error: Exception) -> Exception:
    return errors.Unavailable(f"SQLite: {error}") if isinstance(error, sqlite3.Error) else error
