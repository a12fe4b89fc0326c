"""Deletes keys whose TTL has passed, and trims the history of logs that are no longer written to.

One process of many does it: the one that holds a short lease in Redis.  Two at once would do no harm, as each
deletion is atomic.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Callable, Iterable

from kroute.storage.backend import base, errors
from kroute.storage.backend.redis import log, routing

_BATCH = 200
_TRIM = 60.0  # seconds between looks for history that is too old


class Sweeper:
    """Sweeps every `interval` seconds, if it is this process' turn.

    `find` gives the log of a name, `opened` the logs that this process has used.
    """

    def __init__(
        self,
        router: routing.Router,
        *,
        prefix: str,
        interval: float,
        keep: float,
        find: Callable[[str], log.RedisLog],
        opened: Callable[[], Iterable[log.RedisLog]],
    ) -> None:
        self._router = router
        self._interval = interval
        self._keep = keep
        self._find = find
        self._opened = opened
        self._lease = f"{prefix}:sweeper".encode()
        self._registry = f"{prefix}:swept".encode()
        self._name = secrets.token_hex(8)
        self._announced: set[str] = set()
        self._trimmed = 0.0
        self._logger = logging.getLogger("kroute.storage.redis")

    async def announce(self, of: log.RedisLog) -> None:
        """`log.Announcer`."""
        if of.name not in self._announced:
            await self._router.call("write", self._registry, "SADD", self._registry, of.name)
            self._announced.add(of.name)

    def forget(self) -> None:
        """Another server may not know what was announced."""
        self._announced.clear()

    async def run(self) -> None:
        """Sweep for ever."""
        while True:
            try:
                if await self._elected():
                    await self._sweep()
                    await self._trim()
            except errors.BackendError as error:
                self._logger.warning("can't delete what has expired: %s", error)
            except Exception:
                self._logger.exception("can't delete what has expired")
            await asyncio.sleep(self._interval)

    async def _elected(self) -> bool:
        lease = int(self._interval * 3000) + 1000
        return bool(await self._router.run(self._router.scripts.elect, (self._lease,), self._name, lease))

    async def _sweep(self) -> None:
        names: list[bytes] = await self._router.call("read", self._registry, "SMEMBERS", self._registry)
        for name in names:
            while await self._find(name.decode()).sweep(_BATCH) == _BATCH:
                pass

    async def _trim(self) -> None:
        if time.monotonic() < self._trimmed + _TRIM:
            return
        self._trimmed = time.monotonic()
        before = base.ticks() - int(self._keep * base.TICKS)
        for each in list(self._opened()):
            with contextlib.suppress(errors.Unavailable):
                await each.compact(before)
