"""Bounds how many requests are worked on at once, reads and writes apart; one too many is told to come back.

Long-running requests don't count, and administrators are never refused.
"""

from __future__ import annotations

from aiohttp import web

from kroute.auth import groups
from kroute.machinery import errors
from kroute.server import exchange

TOO_MANY = "Too many requests, please try again later."
READ_VERBS = frozenset({"get", "list", "watch"})


class FlowControl:
    """The counts, and the filter that keeps them.  A limit of 0 is none."""

    def __init__(self, *, max_reads: int, max_writes: int) -> None:
        self.reads, self.writes = 0, 0
        self._max_reads, self._max_writes = max_reads, max_writes

    def filter(self) -> exchange.Filter:
        return exchange.Filter(around=self._around)

    def _around(self, proceed: exchange.Handler) -> exchange.Handler:
        async def control(current: exchange.Exchange) -> web.StreamResponse:
            if current.long_running:
                return await proceed(current)
            if current.info.verb in READ_VERBS:
                if 0 < self._max_reads <= self.reads:
                    self._refuse(current)
                self.reads += 1
                try:
                    return await proceed(current)
                finally:
                    self.reads -= 1
            if 0 < self._max_writes <= self.writes:
                self._refuse(current)
            self.writes += 1
            try:
                return await proceed(current)
            finally:
                self.writes -= 1

        return control

    def _refuse(self, current: exchange.Exchange) -> None:
        if groups.MASTERS not in current.user.groups:
            details = {"retryAfterSeconds": 1}
            raise errors.TooManyRequests(TOO_MANY, details=details, headers={"Retry-After": "1"})
