"""The watch cache: what it lists, when it is current, and how it survives its store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.storage.backend import base, errors
from kroute.storage.backend.cacher import cacher, model
from kroute.storage.backend.memory import backend as memory
from kroute.testing import backends
from tests.unit.storage.backend import flaky

Open = Callable[..., Any]


def index(value: bytes) -> model.Attributes:
    content = json.loads(value)["spec"]["content"]
    return {"content": content}, {"metadata.name": content}


def keys(snapshot: model.Snapshot) -> list[str]:
    return [entry.key for entry in snapshot.entries]


async def settled(condition: Callable[[], bool]) -> None:
    """Let the event loop turn until something is true."""
    async with asyncio.timeout(backends.PATIENCE):
        while not condition():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)


@pytest.fixture
async def log() -> AsyncIterator[flaky.FlakyLog]:
    async with memory.MemoryBackend() as backend:
        yield flaky.FlakyLog(backend.log("widgets"))


@pytest.fixture
async def open_cache(log: flaky.FlakyLog) -> AsyncIterator[Open]:
    async with AsyncExitStack() as stack:

        async def open_(**options: Any) -> cacher.Cacher:
            options = {"index": index, "shared": False} | options
            cache = await stack.enter_async_context(cacher.Cacher(log, **options))
            await cache.ready()
            return cache

        yield open_


async def test_it_begins_with_what_the_log_has(log: flaky.FlakyLog, open_cache: Open) -> None:
    record = await log.create("a", backends.draft("x"))
    cache = await open_cache()
    entry = model.Entry(*record, {"content": "x"}, {"metadata.name": "x"})
    assert cache.snapshot() == ([entry], record.revision)
    assert cache.get("a") == entry
    assert cache.get("b") is None


async def test_before_it_is_filled_it_is_unavailable(log: flaky.FlakyLog) -> None:
    log.fail(errors.Unavailable("down"))
    async with cacher.Cacher(log, index=index, shared=False, patience=0.01) as cache:
        for attempt in (cache.snapshot, cache.watch):
            with pytest.raises(errors.Unavailable, match="isn't filled yet"):
                attempt()
        with pytest.raises(errors.Unavailable, match="isn't filled yet"):
            await cache.fresh()
        log.heal()
        await cache.ready()
        assert keys(cache.snapshot()) == []


async def test_lists_by_namespace_and_from_a_key_on(log: flaky.FlakyLog, open_cache: Open) -> None:
    cache = await open_cache()
    for key in ("b/1", "a/2", "a/1", "a-b/1", "a0/1"):
        await log.create(key, backends.draft())
    await cache.fresh()
    assert keys(cache.snapshot()) == ["a-b/1", "a/1", "a/2", "a0/1", "b/1"]
    assert keys(cache.snapshot("a/")) == ["a/1", "a/2"]
    assert keys(cache.snapshot("a/", start="a/1\0")) == ["a/2"]
    assert keys(cache.snapshot(start="a/2")) == ["a/2", "a0/1", "b/1"]
    assert keys(cache.snapshot("none/")) == []
    assert [cache.count(prefix) for prefix in ("", "a/", "none/")] == [5, 2, 0]


@given(
    st.lists(st.tuples(st.sampled_from(["a/1", "a/2", "b/1"]), st.booleans()), max_size=60),
    st.integers(4, 30),
)
async def test_an_older_state_is_exact_or_expired(steps: list[tuple[str, bool]], window: int) -> None:
    async with memory.MemoryBackend() as backend:
        log = backend.log("widgets")
        async with cacher.Cacher(log, index=index, shared=False, window=window) as cache:
            await cache.ready()
            states = {cache.revision: dict[str, bytes]()}
            for count, (key, keep) in enumerate(steps):
                record = await log.get(key)
                if record is None:
                    await log.create(key, backends.draft(count))
                elif keep:
                    await log.update(key, backends.draft(count), expected=record.revision)
                else:
                    await log.delete(key, expected=record.revision)
                await cache.fresh()
                states[cache.revision] = {each.key: each.value for each in cache.snapshot().entries}
            for place, (revision, state) in enumerate(reversed(states.items())):
                if revision < cache.oldest:
                    assert place >= window
                    with pytest.raises(errors.RevisionExpired):
                        cache.snapshot(at_revision=revision)
                    continue
                for prefix in ("", "a/", "b/"):
                    entries, shown = cache.snapshot(prefix, at_revision=revision)
                    assert shown == revision
                    expected = sorted(key for key in state if key.startswith(prefix))
                    assert [(each.key, each.value) for each in entries] == [(key, state[key]) for key in expected]


async def test_a_revision_ahead_is_waited_for(log: flaky.FlakyLog, open_cache: Open) -> None:
    cache = await open_cache()
    record = await log.create("a", backends.draft())
    with pytest.raises(errors.RevisionTooLarge):
        cache.snapshot(at_revision=record.revision)
    assert await cache.fresh(record.revision) == record.revision
    waiting = asyncio.create_task(cache.fresh(record.revision + 1))
    await asyncio.sleep(0)
    later = await log.create("b", backends.draft())
    assert await waiting == later.revision


async def test_a_revision_that_does_not_come_is_too_large(open_cache: Open) -> None:
    cache = await open_cache(patience=0.01)
    with pytest.raises(errors.RevisionTooLarge) as refused:
        await cache.fresh(cache.revision + 10**12)
    assert refused.value.current == cache.revision
    assert refused.value.revision == cache.revision + 10**12


@pytest.mark.parametrize("shared", [False, True])
async def test_it_shows_each_write_as_soon_as_it_is_answered(
    log: flaky.FlakyLog, open_cache: Open, shared: bool
) -> None:
    cache = await open_cache(shared=shared)
    for count in range(20):
        record = await log.create(f"k{count}", backends.draft())
        await cache.fresh()
        assert cache.get(record.key) is not None


async def test_those_who_ask_together_ask_once(log: flaky.FlakyLog, open_cache: Open) -> None:
    cache = await open_cache(shared=True)
    await asyncio.gather(*[cache.fresh() for _ in range(50)])
    assert log.asked == 1


async def test_who_comes_later_does_not_take_an_older_answer(log: flaky.FlakyLog, open_cache: Open) -> None:
    cache = await open_cache(shared=True)
    log.gate.clear()
    first = asyncio.create_task(cache.fresh())
    await settled(lambda: log.asked == 1)
    second = asyncio.create_task(cache.fresh())
    await settled(lambda: log.asked == 2)
    log.gate.set()
    await asyncio.gather(first, second)


async def test_one_who_gives_up_does_not_spoil_it_for_others(log: flaky.FlakyLog, open_cache: Open) -> None:
    cache = await open_cache(shared=True)
    log.gate.clear()
    several = [asyncio.create_task(cache.fresh()) for _ in range(3)]
    await settled(lambda: log.asked == 1)
    several[0].cancel()
    log.gate.set()
    assert await asyncio.gather(*several[1:]) == [cache.revision] * 2


async def test_a_store_that_cannot_be_asked_makes_it_unavailable(log: flaky.FlakyLog, open_cache: Open) -> None:
    cache = await open_cache(shared=True)
    record = await log.create("a", backends.draft())
    await cache.fresh()
    log.fail(errors.Unavailable("down"))
    ends = await asyncio.gather(*[backends.first_error(cache.fresh()) for _ in range(3)])
    assert ends == [errors.Unavailable] * 3
    assert cache.snapshot().revision == record.revision


async def test_noted_writes_are_there_and_not_decoded_again(log: flaky.FlakyLog, open_cache: Open) -> None:
    decoded: list[bytes] = []

    def counting(value: bytes) -> model.Attributes:
        decoded.append(value)
        return {}, {}

    cache = await open_cache(index=counting)
    watch = asyncio.create_task(cache.watch().batch())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    record = await log.create("a", backends.draft())
    cache.note(record, {"known": "label"}, {})
    entry = cache.get("a")
    assert entry is not None
    assert entry.labels == {"known": "label"}
    assert not decoded
    (change,) = (await watch).changes
    assert change.entry is entry


async def test_a_value_that_cannot_be_read_has_no_labels(open_cache: Open, log: flaky.FlakyLog) -> None:
    await log.create("a", base.Draft(b"no JSON ", b""))
    cache = await open_cache()
    entry = cache.get("a")
    assert entry is not None
    assert entry.labels == {}


async def test_it_goes_on_when_the_store_is_back(log: flaky.FlakyLog, open_cache: Open) -> None:
    cache = await open_cache()
    with cache.watch() as subscription:
        log.fail(errors.Unavailable("down"))
        record = await log.create("a", backends.draft())
        assert keys(cache.snapshot()) == []
        log.heal()
        (change,) = (await subscription.batch(backends.PATIENCE)).changes
        assert change.entry.revision == record.revision
    assert log.listed == 1


async def test_what_happened_unseen_is_told_in_order(log: flaky.FlakyLog, open_cache: Open) -> None:
    cache = await open_cache()
    records = {key: await log.create(key, backends.draft("old")) for key in ("gone", "gone too", "changed", "same")}
    start = await cache.fresh()
    with cache.watch() as subscription:
        log.fail(errors.RevisionExpired(0, 0))
        changed = await log.update("changed", backends.draft("new"), expected=records["changed"].revision)
        for key in ("gone", "gone too"):
            await log.delete(key, expected=records[key].revision)
        added = await log.create("added", backends.draft("new"))
        await log.compact(added.revision + 1)
        await settled(lambda: cache.revision == added.revision)
        batch = await subscription.batch()
    told = [(each.type, each.entry.key) for each in batch.changes]
    assert told == [("DELETED", "gone"), ("DELETED", "gone too"), ("MODIFIED", "changed"), ("ADDED", "added")]
    revisions = [each.entry.revision for each in batch.changes]
    assert revisions == [start + 1, start + 2, changed.revision, added.revision]
    gone = batch.changes[0]
    assert gone.entry.value == backends.value(start + 1, "old")
    assert gone.previous == model.Entry(*records["gone"], {"content": "old"}, {"metadata.name": "old"})
    assert batch.revision == added.revision
    assert keys(cache.snapshot()) == ["added", "changed", "same"]
    assert keys(cache.snapshot(at_revision=start)) == ["changed", "gone", "gone too", "same"]
    for unknown in (start + 1, changed.revision, added.revision - 1):
        with pytest.raises(errors.RevisionExpired):
            cache.watch(after=unknown)
        with pytest.raises(errors.RevisionExpired):
            cache.snapshot(at_revision=unknown)
    cache.watch(after=start).close()


async def test_a_store_that_lost_what_was_told_ends_subscribers(open_cache: Open, log: flaky.FlakyLog) -> None:
    cache = await open_cache(shared=True)
    await log.create("a", backends.draft())
    await cache.fresh()
    async with memory.MemoryBackend(clock=lambda: 100_000_000_000_000) as older:
        with cache.watch() as subscription:
            log.log = older.log("widgets")
            record = await log.create("b", backends.draft())
            assert await cache.fresh() == record.revision
            with pytest.raises(errors.RevisionExpired):
                await subscription.batch()
        assert keys(cache.snapshot()) == ["b"]


async def test_leaving_it_ends_subscribers(log: flaky.FlakyLog) -> None:
    async with cacher.Cacher(log, index=index, shared=True) as cache:
        await cache.ready()
        waiting = asyncio.create_task(backends.first_error(cache.watch().batch()))
        await asyncio.sleep(0)
    assert await waiting is errors.Unavailable
    assert await backends.first_error(cache.fresh()) is errors.Unavailable
