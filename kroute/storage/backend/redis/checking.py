"""What a server says of itself: whether it can be used, and what of its configuration could lose data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import redis.exceptions

from kroute.storage.backend import errors
from kroute.storage.backend.redis import topology

_OLDEST = (7, 0)
_KNOWS_WAITAOF = (7, 2)


@dataclass(frozen=True, slots=True)
class Server:
    """A server at the moment of a connection; `info` is INFO's answer, empty where it may not be asked."""

    info: Mapping[str, str]

    @property
    def version(self) -> tuple[int, ...]:
        """Redis' version; of Valkey, the Redis version that it is compatible with."""
        numbers = self.info.get("redis_version", "7.0").split(".")
        return tuple(int(number) for number in numbers[:2] if number.isdigit())

    @property
    def history(self) -> str:
        """The replication ID: another one after a failover or a restart."""
        return self.info.get("master_replid", "")

    @property
    def is_master(self) -> bool:
        return self.info.get("role", "master") == "master"

    @property
    def has_log(self) -> bool:
        """Whether it writes an append-only file."""
        return self.info.get("aof_enabled", "1") == "1"

    @property
    def confirms_disk(self) -> bool:
        """Whether WAITAOF can be asked."""
        return self.has_log and self.version >= _KNOWS_WAITAOF

    def check(self) -> None:
        """Raises Misconfigured for a server that is too old."""
        if self.version < _OLDEST:
            version = self.info.get("redis_version")
            raise errors.Misconfigured(f"Redis {version} is too old: kroute needs Redis or Valkey 7.0 or newer")


async def look(connection: topology.Connection) -> Server:
    """Ask a server for its state.  Raises what redis-py raises, but for a lack of permission."""
    try:
        text = await _ask(connection, "INFO", "server", "replication", "persistence")
    except (redis.exceptions.NoPermissionError, redis.exceptions.AuthorizationError):
        return Server({})
    lines = text.decode("utf-8", "replace").splitlines() if isinstance(text, bytes) else []
    return Server(dict(line.split(":", 1) for line in lines if ":" in line))


async def warnings(connection: topology.Connection, server: Server, *, replicas: int) -> list[str]:
    """What could lose data, a line each.  `replicas` is how many are to acknowledge each write."""
    if not server.info:
        return ["Redis doesn't let this user see INFO: its persistence could not be checked"]
    found = []
    settings = await _settings(connection)
    policy = settings.get("maxmemory-policy", "noeviction")
    if policy != "noeviction":
        found.append(f"Redis may evict objects when its memory is full: maxmemory-policy is {policy}, not noeviction")
    if not server.has_log:
        found.append("Redis loses its latest writes in a crash: it has no append-only file (appendonly no)")
    elif settings.get("appendfsync") == "no":
        found.append("Redis may lose many seconds of writes in a power failure: appendfsync is no")
    attached = int(server.info.get("connected_slaves", "0"))
    if attached < replicas:
        found.append(f"writes are to wait for {replicas} replicas, but Redis has {attached}: they will fail")
    return found


async def _settings(connection: topology.Connection) -> dict[str, str]:
    try:
        reply = await _ask(connection, "CONFIG", "GET", "maxmemory-policy", "appendfsync")
    except redis.exceptions.ResponseError:  # not allowed, as with many hosted servers
        return {}
    words = [word.decode() for word in reply] if isinstance(reply, list) else []
    return dict(zip(words[::2], words[1::2], strict=False))


async def _ask(connection: topology.Connection, *command: str) -> bytes | list[bytes]:
    await connection.send_command(*command)
    answer = await connection.read_response(disable_decoding=True, timeout=5.0)
    if answer is None:
        raise redis.exceptions.TimeoutError(f"{command[0]} had no answer")
    return answer  # type: ignore[no-any-return]
