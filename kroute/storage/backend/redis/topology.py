"""Where the servers are: one server, the master that Sentinels name, or the nodes of a cluster."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

import redis.asyncio as asyncio_redis
import redis.crc
import redis.exceptions

Connection: TypeAlias = asyncio_redis.connection.AbstractConnection
Kind: TypeAlias = Callable[..., Connection]
"""Makes connections, from host, port and options as redis-py knows them."""


class Node(NamedTuple):
    """A server, by where it listens; nameless for "the only one"."""

    host: str = ""
    port: int = 0


class Topology(Protocol):
    """Finds the server of a key.  Methods raise what redis-py raises."""

    clustered: bool

    async def refresh(self) -> None:
        """Look again where everything is."""
        ...

    def node(self, key: bytes) -> Node:
        """The server that holds a key."""
        ...

    def nodes(self) -> Sequence[Node]:
        """All servers that are written to."""
        ...

    async def connection(self, node: Node) -> Connection:
        """A connection to a server, not yet opened."""
        ...


async def opened(connection: Connection) -> Connection:
    """Connect, with greetings and credentials.  Raises what redis-py raises."""
    await connection.connect()  # type: ignore[no-untyped-call]
    return connection


class Single:
    """One server, or whatever its address leads to."""

    clustered = False

    def __init__(self, kind: Kind, options: Mapping[str, Any]) -> None:
        self._kind = kind
        self._options = options

    async def refresh(self) -> None:
        pass

    def node(self, key: bytes) -> Node:
        return Node()

    def nodes(self) -> Sequence[Node]:
        return (Node(),)

    async def connection(self, node: Node) -> Connection:
        return self._kind(**self._options)


class Sentinels:
    """The master of a service, asked of the Sentinels for each connection."""

    clustered = False

    def __init__(
        self,
        addresses: Sequence[Node],
        service: str,
        kind: Kind,
        options: Mapping[str, Any],
        *,
        sentinel_options: Mapping[str, Any],
    ) -> None:
        self._addresses = list(addresses)
        self._service = service
        self._kind = kind
        self._options = options
        self._sentinel_options = dict(sentinel_options)

    async def refresh(self) -> None:
        pass

    def node(self, key: bytes) -> Node:
        return Node()

    def nodes(self) -> Sequence[Node]:
        return (Node(),)

    async def connection(self, node: Node) -> Connection:
        asked = asyncio_redis.Sentinel(  # type: ignore[no-untyped-call]
            self._addresses, sentinel_kwargs=self._sentinel_options
        )
        try:
            host, port = await asked.discover_master(self._service)
        finally:
            await asked.aclose()
        return self._kind(host=host, port=port, **self._options)


class Cluster:
    """The nodes of a cluster, by slot."""

    clustered = True

    def __init__(self, addresses: Sequence[Node], kind: Kind, options: Mapping[str, Any]) -> None:
        self._known = list(addresses)
        self._kind = kind
        self._options = options
        self._slots: dict[int, Node] = {}

    async def refresh(self) -> None:
        failure: Exception = redis.exceptions.ConnectionError("no node of the cluster is known")
        for node in random.sample(self._known, len(self._known)):
            try:
                self._slots = await self._ask(node)
            except (redis.exceptions.RedisError, OSError) as error:
                failure = error
                continue
            self._known = list(dict.fromkeys([*self._slots.values(), *self._known]))
            return
        raise failure

    def node(self, key: bytes) -> Node:
        found = self._slots.get(redis.crc.key_slot(key))
        if found is None:
            raise redis.exceptions.ClusterDownError("no node of the cluster has the slot")
        return found

    def nodes(self) -> Sequence[Node]:
        return list(dict.fromkeys(self._slots.values()))

    async def connection(self, node: Node) -> Connection:
        return self._kind(host=node.host, port=node.port, **self._options)

    async def _ask(self, node: Node) -> dict[int, Node]:
        connection = await self.connection(node)
        try:
            await opened(connection)
            await connection.send_command("CLUSTER", "SLOTS")
            reply = await connection.read_response(timeout=5.0)
        finally:
            await connection.disconnect(nowait=True)
        if reply is None:
            raise redis.exceptions.TimeoutError("CLUSTER SLOTS had no answer")
        return {
            slot: Node(owner[0].decode() or node.host, owner[1])
            for first, last, owner, *_ in reply
            for slot in range(first, last + 1)
        }
