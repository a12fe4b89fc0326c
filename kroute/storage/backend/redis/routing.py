"""Sends commands to the server that holds a log, over connections that the whole process shares.

To each server there are three: for writes, for reads, and for bulky answers, so that nobody waits behind a list.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import redis.exceptions

from kroute.aio import tasks
from kroute.storage.backend import errors
from kroute.storage.backend.redis import checking, failures, pipe, scripting, topology

Lane: TypeAlias = Literal["write", "read", "bulk"]

_TRIES = 20
_PAUSE = 0.1  # seconds between tries while a slot moves


class Router:
    """Finds servers and keeps connections to them.

    `replicas` is how many replicas must have a write before it is acknowledged, `patience` how many seconds a server
    may be silent.  `changed` is called when a server turns out to have another history than before.
    """

    def __init__(
        self,
        where: topology.Topology,
        scope: tasks.Scope,
        *,
        replicas: int,
        patience: float,
        changed: Callable[[], None],
    ) -> None:
        self.topology = where
        self.scripts = scripting.Scripts.load()
        self._scope = scope
        self._replicas = replicas
        self._patience = patience
        self._changed = changed
        self._pipes: dict[tuple[topology.Node, Lane], pipe.Pipe] = {}
        self._histories: dict[topology.Node, str] = {}
        self._confirms_disk = False
        self._closed = False

    async def open(self) -> list[str]:
        """Connect and look at the servers; gives warnings.  Raises Misconfigured, Unavailable."""
        found: dict[str, None] = {}
        try:
            await self.topology.refresh()
            for node in self.topology.nodes():
                connection = await self.topology.connection(node)
                try:
                    await topology.opened(connection)
                    server = await checking.look(connection)
                    server.check()
                    found.update(dict.fromkeys(await checking.warnings(connection, server, replicas=self._replicas)))
                finally:
                    await connection.disconnect(nowait=True)
        except (redis.exceptions.RedisError, OSError) as error:
            if failures.is_refusal(error):
                raise errors.Misconfigured(f"Redis refuses the credentials: {error}") from error
            raise failures.unavailable(error) from error
        return list(found)

    def close(self) -> None:
        """Have nothing sent any more."""
        self._closed = True

    async def connect(self, node: topology.Node) -> topology.Connection:
        """A new, open connection to a master.  Raises what redis-py raises."""
        connection = await self.topology.connection(node)
        try:
            await topology.opened(connection)
            server = await checking.look(connection)
            if not server.is_master:
                raise redis.exceptions.ReadOnlyError("the server is a replica")
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        self._confirms_disk = server.confirms_disk
        known = self._histories.get(node)
        self._histories[node] = server.history
        if known not in (None, server.history):
            self._changed()
        return connection

    async def call(self, lane: Lane, key: bytes, *command: pipe.Argument) -> Any:
        """Send a command about a key.  Raises what the server says, or Unavailable."""
        return await self._routed(key, lambda node: self.link(node, lane).call(*command))

    def post(self, lane: Lane, key: bytes, *command: pipe.Argument) -> asyncio.Future[Any]:
        """Send a command; the future raises what redis-py raises, or Unavailable.  Raises ClusterDownError."""
        return self.link(self.topology.node(key), lane).call(*command)

    async def transaction(self, key: bytes, commands: Sequence[pipe.Command]) -> list[Any]:
        """Send commands about one slot to be done as one, where bulky answers go."""
        answers: list[Any] = await self._routed(key, lambda node: self.link(node, "bulk").transaction(commands))
        return answers

    async def run(
        self,
        script: scripting.Script,
        keys: Sequence[bytes],
        *arguments: pipe.Argument,
        lane: Lane = "write",
    ) -> Any:
        """Run a script; a server that doesn't know it yet is given it."""
        rest = (len(keys), *keys, *arguments)
        try:
            return await self._routed(keys[0], lambda node: self.link(node, lane).call("EVALSHA", script.digest, *rest))
        except redis.exceptions.NoScriptError:
            return await self._routed(keys[0], lambda node: self.link(node, lane).call("EVAL", script.text, *rest))

    def link(self, node: topology.Node, lane: Lane) -> pipe.Pipe:
        """The shared connection to a server.  Raises Unavailable after `close`."""
        if self._closed:
            raise errors.Unavailable("the store is closed")
        found = self._pipes.get((node, lane))
        if found is None:
            found = self._pipes[node, lane] = pipe.Pipe(
                lambda: self.connect(node),
                self._scope,
                name=f"{lane} {node.host}",
                patience=self._patience,
                acknowledgement=self._acknowledgement if lane == "write" else lambda: None,
            )
        return found

    async def _routed(self, key: bytes, send: Callable[[topology.Node], asyncio.Future[Any]]) -> Any:
        tries = _TRIES
        while True:
            try:
                return await send(self.topology.node(key))
            except failures.ELSEWHERE as error:  # in a cluster: nothing was done
                tries -= 1
                if not tries:
                    raise failures.unavailable(error) from error
                await asyncio.sleep(0 if tries == _TRIES - 1 else _PAUSE)
                with failures.told():
                    await self.topology.refresh()
            except redis.exceptions.NoScriptError:
                raise
            except redis.exceptions.RedisError as error:
                raise failures.unavailable(error) from error

    def _acknowledgement(self) -> pipe.Acknowledgement | None:
        count = self._replicas
        if not count:
            return None
        wait = int(self._patience * 500)  # less than the time after which the server counts as dead
        if self._confirms_disk:
            return pipe.Acknowledgement(("WAITAOF", 1, count, wait), lambda answer: self._shortfall(answer[1]))
        return pipe.Acknowledgement(("WAIT", count, wait), self._shortfall)

    def _shortfall(self, got: int) -> str | None:
        if got >= self._replicas:
            return None
        return f"{got} of {self._replicas} replicas have acknowledged the write in time"
