"""Subscribers of a watch cache: no gap, nothing twice, and nobody waits for the slow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from kroute.storage.backend import base, errors
from kroute.storage.backend.cacher import cacher
from kroute.storage.backend.memory import backend as memory
from kroute.testing import backends

WINDOW = 16


@pytest.fixture
async def log() -> AsyncIterator[base.Log]:
    async with memory.MemoryBackend() as backend:
        yield backend.log("widgets")


@pytest.fixture
async def cache(log: base.Log) -> AsyncIterator[cacher.Cacher]:
    async with cacher.Cacher(log, index=lambda value: ({}, {}), shared=False, window=WINDOW) as opened:
        await opened.ready()
        yield opened


async def write(log: base.Log, cache: cacher.Cacher, *keys: str) -> list[base.Record]:
    records = [await log.create(key, backends.draft()) for key in keys]
    await cache.fresh()
    return records


async def test_the_present_and_what_follows_have_no_gap(log: base.Log, cache: cacher.Cacher) -> None:
    first, second = await write(log, cache, "a", "b")
    with cache.watch() as subscription:
        assert [entry.revision for entry in subscription.initial] == [first.revision, second.revision]
        assert subscription.revision == second.revision
        third = await log.update("a", backends.draft("x"), expected=first.revision)
        fourth = await log.delete("b", expected=second.revision)
        await cache.fresh()
        batch = await subscription.batch()
        told = [(each.type, each.entry.revision, each.previous and each.previous.revision) for each in batch.changes]
        assert told == [
            ("MODIFIED", third.revision, first.revision),
            ("DELETED", fourth.revision, second.revision),
        ]
        assert subscription.revision == batch.revision == fourth.revision


async def test_a_revision_is_gone_on_from(log: base.Log, cache: cacher.Cacher) -> None:
    first, second, third = await write(log, cache, "a", "b", "c")
    for after, expected in ((first, [second, third]), (second, [third])):
        with cache.watch(after=after.revision) as subscription:
            batch = await subscription.batch()
            assert [each.entry.revision for each in batch.changes] == [each.revision for each in expected]
            assert not subscription.initial


async def test_a_revision_in_the_future_gives_only_what_follows_it(log: base.Log, cache: cacher.Cacher) -> None:
    (first,) = await write(log, cache, "a")
    future = first.revision + 10
    with cache.watch(after=future) as subscription:
        waiting = asyncio.create_task(subscription.batch())
        await asyncio.sleep(0)
        cache._ingest([base.Event("ADDED", "early", future - 1, b"", 0), base.Event("ADDED", "at", future, b"", 0)])
        await asyncio.sleep(0)
        cache._ingest([base.Event("ADDED", "late", future + 1, b"", 0)])
        assert [each.entry.key for each in (await waiting).changes] == ["late"]


async def test_only_the_prefix_is_told(log: base.Log, cache: cacher.Cacher) -> None:
    with cache.watch("a/") as namespace, cache.watch("a/1") as one, cache.watch() as everything:
        waiting = [asyncio.create_task(each.batch()) for each in (namespace, one, everything)]
        await asyncio.sleep(0)
        await write(log, cache, "b/1", "a/1", "a-b/1", "a/2")
        found = [[change.entry.key for change in (await each).changes] for each in waiting]
        assert found == [["a/1", "a/2"], ["a/1"], ["b/1", "a/1", "a-b/1", "a/2"]]


async def test_those_at_one_place_share_one_batch(log: base.Log, cache: cacher.Cacher) -> None:
    with cache.watch() as one, cache.watch() as other, cache.watch("a/") as narrow:
        await write(log, cache, "a/1", "b/1")
        batch = await one.batch()
        assert await other.batch() is batch
        assert (await narrow.batch()).changes[0] is batch.changes[0]


async def test_a_slow_subscriber_is_ended(log: base.Log, cache: cacher.Cacher) -> None:
    told: list[str] = []
    start = cache.revision
    with (
        cache.watch(on_overrun=lambda: told.append("slow")) as slow,
        cache.watch(on_overrun=lambda: told.append("quick")) as quick,
    ):
        for count in range(WINDOW * 2):
            await write(log, cache, f"k{count}")
            assert len((await quick.batch()).changes) == 1
        assert told == ["slow"]
        with pytest.raises(errors.RevisionExpired) as expired:
            await slow.batch()
        assert expired.value.revision == start
    with pytest.raises(errors.RevisionExpired):
        cache.watch(after=start)


async def test_one_who_waits_for_other_keys_is_not_slow(log: base.Log, cache: cacher.Cacher) -> None:
    with cache.watch("quiet/") as subscription:
        waiting = asyncio.create_task(subscription.batch())
        await asyncio.sleep(0)
        for count in range(WINDOW * 3):
            await write(log, cache, f"busy/{count}")
        (record,) = await write(log, cache, "quiet/1")
        (change,) = (await waiting).changes
        assert change.entry.revision == record.revision


async def test_after_a_quiet_time_it_is_known_how_far_all_was_told(log: base.Log, cache: cacher.Cacher) -> None:
    with cache.watch("quiet/") as subscription:
        waiting = asyncio.create_task(subscription.batch(0.05))
        await asyncio.sleep(0)
        (record,) = await write(log, cache, "busy/1")
        batch = await waiting
        assert not batch.changes
        assert batch.revision == subscription.revision == record.revision


async def test_a_cancelled_wait_loses_nothing(log: base.Log, cache: cacher.Cacher) -> None:
    with cache.watch() as subscription:
        for count in range(5):
            waiting = asyncio.create_task(subscription.batch())
            await asyncio.sleep(0)
            waiting.cancel()
            await write(log, cache, f"k{count}")
            await asyncio.wait([waiting])
            batch = waiting.result() if not waiting.cancelled() else await subscription.batch()
            assert [change.entry.key for change in batch.changes] == [f"k{count}"]


async def test_many_get_everything_once_and_in_order(log: base.Log, cache: cacher.Cacher) -> None:
    async def follow(count: int) -> list[int]:
        found: list[int] = []
        with cache.watch() as subscription:
            began.append(count)
            async for batch in subscription:
                found += [change.entry.revision for change in batch.changes]
                if len(found) == WINDOW - 1:
                    break
        return found

    began: list[int] = []
    followers = [asyncio.create_task(follow(count)) for count in range(200)]
    await asyncio.sleep(0)
    assert len(began) == 200
    records = await asyncio.gather(*[log.create(f"k{count}", backends.draft()) for count in range(WINDOW - 1)])
    expected = sorted(record.revision for record in records)
    assert await asyncio.gather(*followers) == [expected] * 200
