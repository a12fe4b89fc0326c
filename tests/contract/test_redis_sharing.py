"""Several processes on one Redis: what one does, the others see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from kroute.storage.backend import base, errors
from kroute.storage.backend.cacher import cacher
from kroute.storage.backend.redis import backend as redis
from kroute.storage.backend.redis import urls
from kroute.testing import backends
from tests.contract import cached
from tests.tools import redis_server


def connect(url: str) -> redis.RedisBackend:
    return redis.RedisBackend(urls.read(url).where, sweep_interval=0.02)


@pytest.fixture
async def two(redis_url: str) -> AsyncIterator[tuple[base.Backend, base.Backend]]:
    async with connect(redis_url) as one, connect(redis_url) as other:
        yield one, other


async def test_a_write_is_seen_by_others(two: tuple[base.Backend, base.Backend]) -> None:
    here, there = two[0].log("widgets"), two[1].log("widgets")
    watch = there.watch(await there.current_revision())
    reader = asyncio.create_task(backends.events(watch, 2))
    record = await here.create("a", backends.draft("x"))
    assert await there.get("a") == record
    last = await there.delete("a", expected=record.revision)
    assert await here.get("a") is None
    assert await reader == [base.Event("ADDED", *record), base.Event("DELETED", *last)]
    await watch.aclose()


async def test_writers_of_several_processes_share_one_order(two: tuple[base.Backend, base.Backend]) -> None:
    logs = [each.log("widgets") for each in two]
    start = await logs[0].current_revision()
    watches = [log.watch(start) for log in logs]
    readers = [asyncio.create_task(backends.events(watch, 400)) for watch in watches]

    async def write(log: base.Log, name: str) -> None:
        for count in range(20):
            record = await log.create(f"{name}/{count}", backends.draft())
            await log.update(record.key, backends.draft(count), expected=record.revision)

    await asyncio.gather(*[write(log, f"{name}{n}") for n, log in enumerate(logs) for name in "abcde"])
    first, second = [await reader for reader in readers]
    assert first == second
    revisions = [event.revision for event in first]
    assert revisions == sorted(set(revisions))
    for watch in watches:
        await watch.aclose()


async def test_a_cache_is_current_as_soon_as_another_process_has_its_answer(
    two: tuple[base.Backend, base.Backend],
) -> None:
    here, there = two[0].log("widgets"), two[1].log("widgets")
    async with cacher.Cacher(there, index=cached.no_attributes, shared=True) as cache:
        await cache.ready()
        for count in range(50):
            record = await here.create(f"k{count}", backends.draft())
            assert await cache.fresh() >= record.revision
            assert cache.get(record.key) is not None


async def test_what_a_dead_process_gave_a_ttl_is_deleted_by_another(redis_url: str) -> None:
    async with connect(redis_url) as one:
        record = await one.log("widgets").create("a", backends.draft(), ttl=0.05)
    async with connect(redis_url) as other:
        watch = other.log("widgets").watch(record.revision)
        (event,) = await backends.events(watch, 1)
        assert (event.type, event.key) == ("DELETED", "a")
        await watch.aclose()


async def test_only_one_process_looks_for_what_has_expired(
    two: tuple[base.Backend, base.Backend], shared_redis: redis_server.RedisServer
) -> None:
    for each in two:
        watch = each.log("widgets").watch((await each.log("widgets").create(str(id(each)), backends.draft())).revision)
        await each.log("widgets").create(f"short {id(each)}", backends.draft(), ttl=0.01)
        await backends.events(watch, 2)
        await watch.aclose()
    holder = shared_redis.command("GET kroute:sweeper")
    assert len(holder.splitlines()[-1]) == 16


async def test_gets_of_one_turn_are_one_question(
    two: tuple[base.Backend, base.Backend], shared_redis: redis_server.RedisServer
) -> None:
    log = two[0].log("widgets")
    records = [await log.create(f"k{n}", backends.draft(n)) for n in range(10)]
    shared_redis.command("CONFIG RESETSTAT")
    found = await asyncio.gather(*[log.get(f"k{n % 10}") for n in range(100)])
    assert list(found) == records * 10
    statistics = shared_redis.command("INFO commandstats")
    assert "cmdstat_hmget:calls=1," in statistics
    assert "cmdstat_hget:" not in statistics


async def test_a_reader_that_has_missed_trimmed_events_is_told(
    two: tuple[base.Backend, base.Backend], shared_redis: redis_server.RedisServer
) -> None:
    log = two[0].log("widgets")
    record = await log.create("a", backends.draft())
    watch = log.watch(record.revision)
    reader = asyncio.create_task(backends.first_error(anext(watch)))
    await two[1].log("widgets").create("b", backends.draft())
    assert await reader is None
    # one step for everybody else: a write, and its event trimmed
    newest = await log.current_revision() + 1_000_000_000
    lost = f"EVAL \"redis.call('HSET', KEYS[1], 'revision', '{newest}')\" 1 {{kroute:widgets}}:meta"
    shared_redis.command(lost)
    reader = asyncio.create_task(backends.first_error(anext(watch)))
    await two[1].log("widgets").create("c", backends.draft())
    assert await reader is errors.RevisionExpired
    await watch.aclose()


async def test_a_reader_is_told_of_trimmed_events_though_nothing_follows_them(
    two: tuple[base.Backend, base.Backend], shared_redis: redis_server.RedisServer
) -> None:
    log = two[0].log("widgets")
    record = await log.create("a", backends.draft())
    watch = log.watch(record.revision)
    reader = asyncio.create_task(backends.first_error(anext(watch)))
    await log.current_revision()
    shared_redis.command(f"HSET {{kroute:widgets}}:meta revision {record.revision + 1}")
    shared_redis.command("XTRIM {kroute:widgets}:events MAXLEN 0")
    assert await reader is errors.RevisionExpired
    await watch.aclose()


async def test_prefixes_keep_stores_apart(redis_url: str) -> None:
    where = urls.read(redis_url).where
    async with redis.RedisBackend(where, prefix="one") as one, redis.RedisBackend(where, prefix="two") as two:
        await one.log("widgets").create("a", backends.draft())
        assert await two.log("widgets").get("a") is None
