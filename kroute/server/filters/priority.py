"""Lets requests through by priority and fairness; who has to wait too long, or finds no room, is told to come back.

A watch counts until its answer begins; other long-running requests don't count.  A large answer counts until its
client has taken it, so that what waits to be sent has a bound too.
Mirrors `WithPriorityAndFairness` of `k8s.io/apiserver/pkg/server/filters`.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from time import perf_counter
from typing import TypeAlias

from aiohttp import web

from kroute.actions import answers
from kroute.aio import turns
from kroute.flowcontrol import controller, queueing
from kroute.machinery import errors
from kroute.server import exchange

TOO_MANY = "Too many requests, please try again later."
READ_VERBS = frozenset({"get", "list", "watch"})
WIDE_VERBS = frozenset({"list", "watch", "deletecollection"})
"""What may be much work."""

PATIENCE_PART = 4
"""A request waits for a quarter of the time that it may take."""

LARGE = 64 * 1024
"""Bytes of an answer from which on it counts until it is sent."""

CALM, PAUSE = 20, 0.5
"""So many refusals in a second are answered at once; further ones after a pause (seconds), which slows down clients
that come back as soon as they are refused."""


TURNS, LONGEST_TURN = 6, 0.25
"""How many large lists are made and sent at once, and how long (seconds) one counts that its client doesn't take."""

Release: TypeAlias = Callable[[], None]


class PriorityAndFairness:
    """The filter, and how many requests of each sort are worked on."""

    def __init__(self, found: controller.Controller, *, request_timeout: float) -> None:
        self.controller = found
        self.reads = self.writes = 0
        self._patience = request_timeout / PATIENCE_PART
        self._second, self._refusals = 0, 0
        self._turns = turns.Turns(TURNS)

    def filter(self) -> exchange.Filter:
        return exchange.Filter(around=self._around)

    def _around(self, proceed: exchange.Handler) -> exchange.Handler:
        async def control(current: exchange.Exchange) -> web.StreamResponse:
            info = current.info
            watch = info.verb == "watch"
            if current.long_running and not watch:
                return await proceed(current)
            found = self.controller.classify(current.user, info)
            current.flow = found.headers
            if found.state.level.exempt and info.verb not in WIDE_VERBS:
                self.controller.dispatched(found)
                return await self._counted(current, proceed)
            work = self.controller.estimator.estimate(info, current.query, found.state.bounds.nominal)
            queues = found.state.queues
            if not found.state.level.exempt and not queues.begin(work, found.hand):
                await self._wait(current, found, work)
            self.controller.dispatched(found)
            release = done if found.state.level.exempt else functools.partial(queues.end, work)
            if work.seats > 1:
                release = await self._turn(release)
            if watch:
                return await self._until_begun(current, proceed, release)
            try:
                response = await self._counted(current, proceed)
            except BaseException:
                release()
                raise
            if is_large(response) and current.request.transport is not None:
                current.hold(release)
            else:
                release()
            return response

        return control

    async def _turn(self, release: Release) -> Release:
        """Wait for a turn to do much at once; what is to be called in the place of `release` then."""
        own = self._turns
        try:
            await own.enter()
        except BaseException:
            release()
            raise
        turn: asyncio.TimerHandle | None = None

        def leave() -> None:
            nonlocal turn
            turn = None
            own.leave()

        def both() -> None:
            if turn is not None:
                turn.cancel()
                leave()
            release()

        turn = asyncio.get_running_loop().call_later(LONGEST_TURN, leave)
        return both

    async def _counted(self, current: exchange.Exchange, proceed: exchange.Handler) -> web.StreamResponse:
        if current.info.verb in READ_VERBS:
            self.reads += 1
            try:
                return await proceed(current)
            finally:
                self.reads -= 1
        self.writes += 1
        try:
            return await proceed(current)
        finally:
            self.writes -= 1

    async def _until_begun(
        self, current: exchange.Exchange, proceed: exchange.Handler, release: Release
    ) -> web.StreamResponse:
        current.hold(release)
        try:
            return await proceed(current)
        finally:
            current.release()

    async def _wait(self, current: exchange.Exchange, found: controller.Class, work: queueing.Work) -> None:
        left = current.deadline - perf_counter()
        current.idle = True
        try:
            await found.state.queues.wait(work, found.hand, max(0.0, min(self._patience, left)))
        except queueing.Rejected as rejected:
            self.controller.rejected(found, rejected.reason)
            await self._refuse()
        except asyncio.CancelledError:
            self.controller.rejected(found, "cancelled")
            raise
        finally:
            current.idle = False

    async def _refuse(self) -> None:
        second = int(perf_counter())
        if second != self._second:
            self._second, self._refusals = second, 0
        self._refusals += 1
        if self._refusals > CALM:
            await asyncio.sleep(PAUSE)
        raise errors.TooManyRequests(TOO_MANY, details={"retryAfterSeconds": 1}, headers={"Retry-After": "1"})


def done() -> None:
    """Nothing is kept for those who are exempt."""


def is_large(response: web.StreamResponse) -> bool:
    return isinstance(response, answers.Answer) and len(response.body) >= LARGE
