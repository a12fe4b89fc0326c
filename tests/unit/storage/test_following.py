"""Followers hear of everything once, in order, without waiting for anybody."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kroute.aio import clocks
from kroute.storage import caches, following
from kroute.storage.backend.memory import backend as memory
from tests.unit.storage import benches


@pytest.fixture
async def shelves() -> AsyncIterator[caches.Caches]:
    async with memory.MemoryBackend() as backend, caches.Caches(backend) as made:
        yield made


def told(news: following.News | None) -> list[tuple[str, str]]:
    """Keys and labels' values; "-" for what is gone."""
    assert news is not None
    return [(key, "-" if obj is None else obj["metadata"].get("labels", {}).get("a", "")) for key, obj in news.changes]


async def test_what_is_there_is_told_first_and_then_what_changes(shelves: caches.Caches) -> None:
    bench = benches.Made(shelves, clocks.ManualClock())()
    await bench.create("one")
    follower = following.Follower(bench.store.core)
    first = follower.news()
    assert first is not None
    assert first.anew
    assert told(first) == [("ns/one", "")]
    assert follower.news() == following.NOTHING
    await bench.create("two", metadata={"labels": {"a": "b"}})
    await bench.update("one", lambda obj: obj["metadata"].update(labels={"a": "c"}))
    await bench.delete("two")
    again = follower.news()
    assert again is not None
    assert not again.anew
    assert told(again) == [("ns/two", "b"), ("ns/one", "c"), ("ns/two", "-")]
    assert follower.news() == following.NOTHING


async def test_who_was_too_slow_begins_anew(shelves: caches.Caches) -> None:
    bench = benches.Made(shelves, clocks.ManualClock())(window=3)
    follower = following.Follower(bench.store.core)
    for name in "abcdefgh":
        await bench.create(name)
        if name == "a":
            follower.news()
    await bench.delete("a")
    found = follower.news()
    assert found is not None
    assert found.anew
    assert told(found) == [(f"ns/{name}", "") for name in "bcdefgh"]


async def test_there_are_no_news_before_the_cache_is_filled() -> None:
    async with memory.MemoryBackend() as backend:
        shelves = caches.Caches(backend)
        bench = benches.Made(shelves, clocks.ManualClock())()
        follower = following.Follower(bench.store.core)
        assert follower.news() is None
        async with shelves:
            assert follower.news() is None
            await shelves.ready()
            assert follower.news() == following.News([], anew=True)


async def test_a_closed_follower_may_begin_again(shelves: caches.Caches) -> None:
    bench = benches.Made(shelves, clocks.ManualClock())()
    follower = following.Follower(bench.store.core)
    await bench.create("one")
    for _ in range(2):
        found = follower.news()
        assert found is not None
        assert found.anew
        follower.close()
        follower.close()
