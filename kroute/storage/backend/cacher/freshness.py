"""How current a watch cache is: waiting for a revision, and asking the store which is the newest."""

from __future__ import annotations

import asyncio
import heapq

from kroute.aio import tasks
from kroute.storage.backend import base, errors


class Progress:
    """Who waits for which revision."""

    def __init__(self) -> None:
        self._revision = 0
        self._waiters: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = 0

    def advance(self, revision: int) -> None:
        """The cache has come to `revision`."""
        self._revision = revision
        while self._waiters and self._waiters[0][0] <= revision:
            waiter = heapq.heappop(self._waiters)[2]
            if not waiter.done():
                waiter.set_result(None)

    async def reached(self, revision: int, timeout: float) -> bool:
        """Wait for a revision; False after `timeout` seconds."""
        if revision <= self._revision:
            return True
        self._count += 1
        waiter = asyncio.get_running_loop().create_future()
        entry = (revision, self._count, waiter)
        heapq.heappush(self._waiters, entry)
        try:
            async with asyncio.timeout(timeout):
                await waiter
        except TimeoutError:
            return False
        finally:
            if entry in self._waiters:
                self._waiters.remove(entry)
                heapq.heapify(self._waiters)
        return True


class Asker:
    """Asks the store for its current revision, once for all who want to know in one turn of the event loop.

    Who comes while a question is on its way can't share it: its answer may be older than what they must see.
    """

    def __init__(self, log: base.Log, scope: tasks.Scope) -> None:
        self._log = log
        self._scope = scope
        self._question: asyncio.Future[int | errors.BackendError] | None = None

    async def current_revision(self) -> int:
        """`base.Log.current_revision`."""
        if self._question is None:
            self._question = self._ask()
        answer = await asyncio.shield(self._question)
        if isinstance(answer, errors.BackendError):
            raise type(answer)(*answer.args)
        return answer

    def _ask(self) -> asyncio.Future[int | errors.BackendError]:
        question: asyncio.Future[int | errors.BackendError] = asyncio.get_running_loop().create_future()
        try:
            task = self._scope.spawn(self._answer(question), name="asking for the revision")
        except RuntimeError:
            raise errors.Unavailable("the cache is closed") from None
        task.add_done_callback(lambda _: _settle(question, errors.Unavailable("the cache is closed")))
        return question

    async def _answer(self, question: asyncio.Future[int | errors.BackendError]) -> None:
        self._question = None
        try:
            _settle(question, await self._log.current_revision())
        except errors.BackendError as error:
            _settle(question, error)


def _settle(question: asyncio.Future[int | errors.BackendError], answer: int | errors.BackendError) -> None:
    if not question.done():
        question.set_result(answer)
