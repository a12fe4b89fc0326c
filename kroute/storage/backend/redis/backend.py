"""RedisBackend: connects, and keeps the logs and what works for all of them."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from kroute.aio import tasks
from kroute.storage.backend.redis import failures, following, layout, log, routing, sweeping, topology


class RedisBackend:
    """`base.Backend` in Redis.

    `prefix` begins the names of all keys.  `wait_replicas` is how many replicas must have a write (on their disks,
    where the server can tell) before it is acknowledged.  `keep` is how many seconds changes are kept for watches,
    `most` how many each log keeps at most.  `sweep_interval` is how many seconds lie between looks for keys whose
    TTL has passed, `patience` after how many a silent server counts as lost.

    Entering raises Unavailable when there is no server, Misconfigured when it can't be used.
    """

    shared = True

    def __init__(
        self,
        where: topology.Topology,
        *,
        prefix: str = "kroute",
        wait_replicas: int = 0,
        keep: float = 300.0,
        most: int = 100_000,
        sweep_interval: float = 1.0,
        patience: float = 10.0,
    ) -> None:
        self._prefix = prefix
        self._keep, self._most = keep, most
        self._logs: dict[str, log.RedisLog] = {}
        self._scope = tasks.Scope("redis")
        self._router = routing.Router(
            where, self._scope, replicas=wait_replicas, patience=patience, changed=self._history_changed
        )
        self._follower = following.Follower(self._router, self._scope, patience=patience)
        self._sweeper = sweeping.Sweeper(
            self._router,
            prefix=prefix,
            interval=sweep_interval,
            keep=keep,
            find=self.log,
            opened=self._logs.values,
        )
        self._warnings: Sequence[str] = ()
        self._stack = contextlib.AsyncExitStack()
        self._logger = logging.getLogger("kroute.storage.redis")

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(self._scope)
            self._warnings = await self._router.open()
            stack.callback(self._close)
            self._scope.spawn(self._sweeper.run(), name="sweeper")
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def log(self, name: str) -> log.RedisLog:
        found = self._logs.get(name)
        if found is None:
            found = self._logs[name] = log.RedisLog(
                name,
                layout.keys(self._prefix, name),
                self._router,
                follower=self._follower,
                announcer=self._sweeper,
                keep=self._keep,
                most=self._most,
            )
        return found

    async def check(self) -> None:
        for node in self._router.topology.nodes():
            with failures.told():
                await self._router.link(node, "read").call("PING")

    def warnings(self) -> Sequence[str]:
        return self._warnings

    def _history_changed(self) -> None:
        self._logger.warning("Redis has another history than before: a failover, or a restart")
        self._sweeper.forget()
        self._follower.restart()

    def _close(self) -> None:
        self._router.close()
        for each in self._logs.values():
            each.close()
