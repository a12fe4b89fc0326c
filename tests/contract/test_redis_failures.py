"""Redis goes away, comes back, forgets, or is misconfigured."""

from __future__ import annotations

import asyncio

import pytest

from kroute.storage.backend import base, errors
from kroute.storage.backend.cacher import cacher
from kroute.storage.backend.redis import backend as redis
from kroute.storage.backend.redis import checking, urls
from kroute.testing import backends
from tests.contract import cached
from tests.fixtures import redis_servers


async def until_available(backend: base.Backend) -> None:
    async with asyncio.timeout(backends.PATIENCE):
        while await backends.first_error(backend.check()):  # noqa: ASYNC110 - a server has no events
            await asyncio.sleep(0.01)


async def test_without_a_server_entering_is_refused(start_redis: redis_servers.StartRedis) -> None:
    server = start_redis()
    server.kill()
    with pytest.raises(errors.Unavailable, match="Redis: "):
        async with redis.RedisBackend(urls.read(server.url).where):
            pass


async def test_wrong_credentials_are_a_line_for_a_person(start_redis: redis_servers.StartRedis) -> None:
    server = start_redis(options={"requirepass": "right"})
    with pytest.raises(errors.Misconfigured, match="credentials"):
        async with redis.RedisBackend(urls.read(f"unix://user:wrong@{server.socket}").where):
            pass
    async with redis.RedisBackend(urls.read(f"unix://:right@{server.socket}").where) as backend:
        await backend.check()


async def test_a_silent_server_is_unavailable_and_comes_back(start_redis: redis_servers.StartRedis) -> None:
    server = start_redis()
    async with redis.RedisBackend(urls.read(server.url).where, patience=0.3) as backend:
        log = backend.log("widgets")
        record = await log.create("a", backends.draft())
        server.pause()
        attempts = [log.get("a"), log.create("b", backends.draft()), log.current_revision(), log.list()]
        try:
            ends = await asyncio.gather(*[backends.first_error(attempt) for attempt in attempts])
        finally:
            server.resume()
        assert ends == [errors.Unavailable] * 4
        await until_available(backend)
        assert await log.get("a") == record


async def test_a_server_without_its_scripts_is_given_them_again(start_redis: redis_servers.StartRedis) -> None:
    server = start_redis()
    async with redis.RedisBackend(urls.read(server.url).where) as backend:
        log = backend.log("widgets")
        for count in range(3):
            server.command("SCRIPT FLUSH")
            await asyncio.gather(*[log.create(f"{count}/{n}", backends.draft()) for n in range(10)])
        assert len((await log.list()).records) == 30


async def test_an_emptied_server_ends_watches_and_uses_no_revision_again(
    start_redis: redis_servers.StartRedis,
) -> None:
    server = start_redis()
    async with redis.RedisBackend(urls.read(server.url).where) as backend:
        log = backend.log("widgets")
        async with cacher.Cacher(log, index=cached.no_attributes, shared=True) as cache:
            await cache.ready()
            record = await log.create("a", backends.draft())
            await cache.fresh()
            watch, subscription = log.watch(record.revision), cache.watch()
            reader = asyncio.create_task(backends.first_error(anext(watch)))
            await log.current_revision()
            server.kill()
            server.start()
            assert await reader is errors.RevisionExpired
            (change,) = (await subscription.batch()).changes
            assert (change.type, change.entry.key) == ("DELETED", "a")
            await until_available(backend)
            again = await log.create("b", backends.draft())
            assert again.revision > record.revision
            await cache.fresh()
            assert [entry.key for entry in cache.snapshot().entries] == ["b"]
            await watch.aclose()


async def test_a_watch_goes_on_after_a_restart_that_lost_nothing(start_redis: redis_servers.StartRedis) -> None:
    server = start_redis(durable=True)
    async with redis.RedisBackend(urls.read(server.url).where) as backend:
        log = backend.log("widgets")
        watch = log.watch(await log.current_revision())
        expected = []
        for count in range(3):
            record = await log.create(f"k{count}", backends.draft())
            expected.append(base.Event("ADDED", *record))
            assert await backends.events(watch, 1) == expected[-1:]
            server.kill()
            server.start()
            await until_available(backend)
        await watch.aclose()


async def test_writes_to_a_replica_are_refused(start_redis: redis_servers.StartRedis) -> None:
    server, master = start_redis(), start_redis(tcp=True)
    async with redis.RedisBackend(urls.read(server.url).where) as backend:
        log = backend.log("widgets")
        record = await log.create("a", backends.draft())
        server.command(f"REPLICAOF 127.0.0.1 {master.port}")
        assert await backends.first_error(log.update("a", backends.draft(), expected=record.revision)) is not None
        with pytest.raises(errors.Unavailable):
            await log.update("a", backends.draft(), expected=record.revision)
        server.command("REPLICAOF NO ONE")
        await until_available(backend)
        await log.create("b", backends.draft())


@pytest.mark.parametrize("durable", [False, True], ids=["in memory", "durable"])
async def test_writes_wait_for_replicas(start_redis: redis_servers.StartRedis, durable: bool) -> None:
    server = start_redis(tcp=True, durable=durable, options={"repl-diskless-sync-delay": "0"})
    where = urls.read(server.url).where
    async with redis.RedisBackend(where, wait_replicas=1, patience=0.4) as backend:
        assert any("wait for 1 replicas, but Redis has 0" in line for line in backend.warnings())
        log = backend.log("widgets")
        with pytest.raises(errors.Unavailable, match="0 of 1 replicas"):
            await log.create("a", backends.draft())
    start_redis(durable=durable, options={"replicaof": f"127.0.0.1 {server.port}"})
    async with redis.RedisBackend(where, wait_replicas=1) as backend:
        log = backend.log("widgets")
        async with asyncio.timeout(backends.PATIENCE):
            while await backends.first_error(log.create("b", backends.draft())):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await asyncio.gather(*[log.create(f"k{n}", backends.draft()) for n in range(20)])
        with pytest.raises(errors.KeyExists):
            await log.create("k0", backends.draft())


async def test_what_could_lose_data_is_told(start_redis: redis_servers.StartRedis) -> None:
    server = start_redis(options={"maxmemory-policy": "allkeys-lru"})
    async with redis.RedisBackend(urls.read(server.url).where) as backend:
        found = "\n".join(backend.warnings())
    assert "maxmemory-policy is allkeys-lru" in found
    assert "no append-only file" in found
    server = start_redis(options={"appendonly": "yes", "appendfsync": "no"})
    async with redis.RedisBackend(urls.read(server.url).where) as backend:
        assert ["appendfsync is no" in line for line in backend.warnings()] == [True]
    server = start_redis(durable=True)
    async with redis.RedisBackend(urls.read(server.url).where) as backend:
        assert not backend.warnings()


def test_a_server_that_is_too_old_is_refused() -> None:
    with pytest.raises(errors.Misconfigured, match=r"Redis 6\.2\.7 is too old"):
        checking.Server({"redis_version": "6.2.7"}).check()
    checking.Server({"redis_version": "7.0.0"}).check()
    checking.Server({}).check()
