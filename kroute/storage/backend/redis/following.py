"""Reads the events of all logs that are watched in this process, as they come, over one connection.

In a cluster it is one connection for each log, since a command can't reach over slots.  A connection that is lost
is opened again and reading goes on behind the last event; whether that one is still in the history that the server
has now is checked each time.
"""

from __future__ import annotations

import asyncio
import logging
import math
from typing import Any

import redis.exceptions

from kroute.aio import tasks
from kroute.storage.backend import errors
from kroute.storage.backend.redis import failures, layout, log, pipe, routing, topology

_BLOCK = 2.0  # seconds that a server waits for events before it gives a sign of life
_PAGE = 256


class Follower:
    """`log.Follower`.  `patience` is how many seconds a server may keep silent."""

    def __init__(self, router: routing.Router, scope: tasks.Scope, *, patience: float) -> None:
        self._router = router
        self._scope = scope
        self._patience = patience
        self._groups: dict[bytes, _Group] = {}

    def follow(self, followed: log.RedisLog) -> None:
        place = followed.keys.events if self._router.topology.clustered else b""
        group = self._groups.get(place)
        if group is None:
            group = self._groups[place] = _Group(self._router, self._scope, patience=self._patience)
        group.add(followed)

    def unfollow(self, followed: log.RedisLog) -> None:
        for group in self._groups.values():
            group.logs.pop(followed.keys.events, None)

    def restart(self) -> None:
        """A server has another history than before: look at once whether it holds what was read."""
        for group in self._groups.values():
            group.restart()


class _Group:
    """Logs that are read together."""

    def __init__(self, router: routing.Router, scope: tasks.Scope, *, patience: float) -> None:
        self.logs: dict[bytes, log.RedisLog] = {}
        self._router = router
        self._scope = scope
        self._patience = patience
        self._wanted = asyncio.Event()
        self._node = topology.Node()
        self._connection: topology.Connection | None = None
        self._client = 0
        self._unread = False  # whether there are logs that the reading at this moment leaves out
        self._interrupting = False
        self._logger = logging.getLogger("kroute.storage.redis")
        scope.spawn(self._run(), name="events")

    def add(self, followed: log.RedisLog) -> None:
        self.logs[followed.keys.events] = followed
        self._unread = True
        self._wanted.set()
        if not self._interrupting and self._connection is not None:
            self._interrupting = True
            self._scope.spawn(self._interrupt(), name="interrupt events")

    def restart(self) -> None:
        if self._connection is not None:
            self._scope.spawn(self._connection.disconnect(nowait=True), name="restart events")

    async def _run(self) -> None:
        pause = 0.0
        while True:
            await self._wanted.wait()
            try:
                with failures.told():
                    await self._connected()
                pause = 0.0
                continue
            except errors.Unavailable as error:
                self._logger.warning("events can't be read: %s", error)
            except Exception:
                self._logger.exception("events can't be understood")
                for followed in list(self.logs.values()):
                    followed.lose()
            pause = min(2.0, max(0.05, pause * 2))
            await asyncio.sleep(pause)
            await self._look_again()

    async def _look_again(self) -> None:
        try:
            await self._router.topology.refresh()
        except (redis.exceptions.RedisError, OSError):
            return

    async def _connected(self) -> None:
        """Read over one connection, until it is lost or nothing is left to read."""
        if not self.logs:
            self._wanted.clear()
            return
        self._node = self._router.topology.node(next(iter(self.logs)))
        async with asyncio.timeout(self._patience):
            connection = await self._router.connect(self._node)
        try:
            (self._client,) = await self._ask(connection, ("CLIENT", "ID"))
            self._connection = connection
            await self._verify(connection)
            while self.logs:
                await self._read(connection)
        finally:
            self._connection = None
            await connection.disconnect(nowait=True)

    async def _verify(self, connection: topology.Connection) -> None:
        """End the watches of logs where what was read last is no longer there: trimmed, or lost."""
        logs = list(self.logs.values())
        newest = await self._ask(connection, *[("HGET", each.keys.meta, "revision") for each in logs])
        for followed, revision in zip(logs, newest, strict=True):
            position = followed.position
            if position in (None, int(revision or 0)):
                continue
            (following,) = await self._ask(connection, ("XRANGE", followed.keys.events, position or 0, "+", "COUNT", 1))
            first = layout.entries(following)[0] if following else None
            if first is None or position not in (first.event.revision, first.previous):
                followed.lose()

    async def _read(self, connection: topology.Connection) -> None:
        self._unread = False
        logs = {place: each for place, each in self.logs.items() if each.position is not None}
        positions = [each.position or 0 for each in logs.values()]
        if not logs:
            self.logs.clear()
            return
        wait = int(_BLOCK * 1000)
        (reply,) = await self._ask(connection, ("XREAD", "COUNT", _PAGE, "BLOCK", wait, "STREAMS", *logs, *positions))
        for place, entries in reply or ():
            logs[place].receive(layout.entries(entries))
        if not reply and not self._unread:  # nothing new, or it was trimmed before we came
            await self._verify(connection)

    async def _ask(self, connection: topology.Connection, *commands: pipe.Command) -> list[Any]:
        """Send commands and read their answers.  Raises what redis-py raises."""
        await connection.send_packed_command([pipe.packed(command) for command in commands], check_health=False)
        async with asyncio.timeout(_BLOCK + self._patience):
            return [await connection.read_response(disable_decoding=True, timeout=math.inf) for _ in commands]

    async def _interrupt(self) -> None:
        """Have the server end its wait, as there is more to wait for.  It may not have begun to wait yet."""
        try:
            while self._unread and self._connection is not None:
                await self._router.link(self._node, "read").call("CLIENT", "UNBLOCK", self._client)
                await asyncio.sleep(0.005)
        except (errors.Unavailable, redis.exceptions.RedisError):
            return  # the reading goes on when the server's wait is over
        finally:
            self._interrupting = False
