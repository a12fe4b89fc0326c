"""Failovers: by Sentinels, and to a replica that hasn't got the latest writes."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import redis.asyncio

from kroute.storage.backend import base, errors, factory
from kroute.storage.backend.cacher import cacher
from kroute.storage.backend.redis import backend as redis_backend
from kroute.storage.backend.redis import topology
from kroute.testing import backends
from tests.contract import cached
from tests.fixtures import redis_servers
from tests.tools import redis_server

FAST = {"repl-diskless-sync-delay": "0"}


async def until(condition: object, text: str, server: redis_server.RedisServer) -> None:
    """Wait until a server's answer holds a text."""
    async with asyncio.timeout(backends.PATIENCE):
        while text not in server.command(str(condition)):  # noqa: ASYNC110 - a server has no events
            await asyncio.sleep(0.02)


async def replica_of(start: redis_servers.StartRedis, master: redis_server.RedisServer) -> redis_server.RedisServer:
    replica = start(tcp=True, options={**FAST, "replicaof": f"127.0.0.1 {master.port}"})
    await until("INFO replication", "master_link_status:up", replica)
    return replica


class Switch:
    """A topology of one server, which can be exchanged for another: what a failover does to an address."""

    clustered = False

    def __init__(self, server: redis_server.RedisServer) -> None:
        self.server = server

    async def refresh(self) -> None:
        pass

    def node(self, key: bytes) -> topology.Node:
        return topology.Node()

    def nodes(self) -> Sequence[topology.Node]:
        return (topology.Node(),)

    async def connection(self, node: topology.Node) -> topology.Connection:
        return redis.asyncio.Connection(
            host="127.0.0.1", port=self.server.port, socket_timeout=None, protocol=2, driver_info=None
        )


async def test_a_failover_that_loses_writes_ends_those_who_saw_them(start_redis: redis_servers.StartRedis) -> None:
    master = start_redis(tcp=True, options=FAST)
    replica = await replica_of(start_redis, master)
    where = Switch(master)
    async with redis_backend.RedisBackend(where) as backend:
        log = backend.log("widgets")
        async with cacher.Cacher(log, index=cached.no_attributes, shared=True) as cache:
            await cache.ready()
            kept = await log.create("kept", backends.draft(1))
            await until("HGET {kroute:widgets}:meta revision", str(kept.revision), replica)
            replica.command("REPLICAOF NO ONE")
            lost = await log.update("kept", backends.draft(2), expected=kept.revision)
            await cache.fresh()
            watch, subscription = log.watch(lost.revision), cache.watch()
            reader = asyncio.create_task(backends.first_error(anext(watch)))
            await log.current_revision()
            where.server = replica
            master.kill()
            assert await reader is errors.RevisionExpired
            assert await backends.first_error(subscription.batch()) is errors.RevisionExpired
            async with asyncio.timeout(backends.PATIENCE):
                while await backends.first_error(cache.fresh()):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            assert cache.snapshot() == ([cache.get("kept")], kept.revision)
            again = await log.update("kept", backends.draft(3), expected=kept.revision)
            assert again.revision > lost.revision
            await watch.aclose()


async def test_a_failover_that_loses_nothing_ends_no_watch(start_redis: redis_servers.StartRedis) -> None:
    master = start_redis(tcp=True, options=FAST)
    replica = await replica_of(start_redis, master)
    where = Switch(master)
    async with redis_backend.RedisBackend(where) as backend:
        log = backend.log("widgets")
        watch = log.watch(await log.current_revision())
        record = await log.create("a", backends.draft())
        assert await backends.events(watch, 1) == [base.Event("ADDED", *record)]
        await until("HGET {kroute:widgets}:meta revision", str(record.revision), replica)
        replica.command("REPLICAOF NO ONE")
        where.server = replica
        master.kill()
        async with asyncio.timeout(backends.PATIENCE):
            while await backends.first_error(backend.check()):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        record = await log.create("b", backends.draft())
        assert await backends.events(watch, 1) == [base.Event("ADDED", *record)]
        await watch.aclose()


class Sentinel:
    """A Sentinel that watches over one master."""

    def __init__(self, program: Path, folder: Path, port: int, master: redis_server.RedisServer) -> None:
        self.port = port
        configuration = folder / "sentinel.conf"
        configuration.write_text(
            f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
            f"sentinel monitor main 127.0.0.1 {master.port} 1\n"
            "sentinel down-after-milliseconds main 300\nsentinel failover-timeout main 3000\n"
        )
        self.process = subprocess.Popen(
            [program, configuration, "--sentinel"], stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )

    async def ask(self, *command: str) -> object:
        connection = redis.asyncio.Redis(port=self.port, socket_timeout=5)
        try:
            return await connection.execute_command(*command)
        finally:
            await connection.aclose()


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()


async def test_sentinels_lead_to_the_new_master(
    start_redis: redis_servers.StartRedis,
    redis_flavour: redis_server.Flavour,
    processes: list[subprocess.Popen[bytes]],
    tmp_path: Path,
) -> None:
    master = start_redis(tcp=True, options=FAST)
    replica = await replica_of(start_redis, master)
    sentinel = Sentinel(redis_flavour.path, tmp_path, redis_server._free_port(), master)
    processes.append(sentinel.process)
    async with asyncio.timeout(backends.PATIENCE):
        while True:
            try:
                known = await sentinel.ask("SENTINEL", "REPLICAS", "main")
            except redis.exceptions.RedisError:
                known = ()
            if known:
                break
            await asyncio.sleep(0.05)
    url = f"redis+sentinel://127.0.0.1:{sentinel.port}/main"
    async with factory.open_backend(url, wait_replicas=1) as backend:
        log = backend.log("widgets")
        watch = log.watch(await log.current_revision())
        record = await log.create("a", backends.draft())
        assert await backends.events(watch, 1) == [base.Event("ADDED", *record)]
    async with factory.open_backend(url) as backend:
        log = backend.log("widgets")
        watch = log.watch(record.revision)
        reader = asyncio.create_task(backends.events(watch, 1))
        assert await log.get("a") == record
        master.kill()
        await until("ROLE", "master", replica)
        async with asyncio.timeout(backends.PATIENCE):
            while await backends.first_error(log.create("b", backends.draft())):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        (event,) = await reader
        assert event.key == "b"
        await watch.aclose()
