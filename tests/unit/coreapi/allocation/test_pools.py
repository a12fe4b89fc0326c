"""Pools: numbers found by chance and from what is left, and claims whose service never came to be."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable

import pytest

from kroute.aio import clocks
from kroute.coreapi.allocation import claims, pools, ranges
from kroute.storage.backend import base
from kroute.storage.backend.memory import backend as memory

OWNER, OTHER = claims.Owner("ns", "a"), claims.Owner("ns", "b")
SPAN = ranges.Span(1, 40, 16)
START = 1_700_000_000.0


class Bench:
    """A pool over a log of its own; `held` are the numbers that services have."""

    def __init__(self, backend: memory.MemoryBackend, clock: clocks.Clock) -> None:
        self.book = claims.Ports(lambda: backend.log(claims.NODE_PORTS))
        self.held: set[int] = set()
        self.pool = pools.Pool(self.book, self.is_held, clock=clock, chance=random.Random(7))

    async def is_held(self, owner: claims.Owner, number: int) -> bool:
        return number in self.held


@pytest.fixture
def clock() -> clocks.ManualClock:
    return clocks.ManualClock(START)


@pytest.fixture
async def bench(clock: clocks.ManualClock) -> AsyncIterator[Bench]:
    ticks: Callable[[], int] = lambda: int(clock.now() * base.TICKS)  # noqa: E731
    async with memory.MemoryBackend(clock=ticks) as backend:
        yield Bench(backend, clock)


async def test_numbers_come_from_the_upper_part_first(bench: Bench) -> None:
    taken = {await bench.pool.take([SPAN], OWNER) for _ in range(24)}
    assert taken == set(range(17, 41))
    assert {await bench.pool.take([SPAN], OWNER) for _ in range(16)} == set(range(1, 17))
    assert await bench.pool.take([SPAN], OWNER) is None


async def test_a_further_range_is_used_once_the_first_is_full(bench: Bench) -> None:
    small, further = ranges.Span(1, 2), ranges.Span(100, 101)
    taken = [await bench.pool.take([small, further], OWNER) for _ in range(4)]
    assert (set(taken[:2]), set(taken[2:])) == ({1, 2}, {100, 101})


async def test_all_who_ask_at_once_get_numbers_of_their_own(bench: Bench) -> None:
    taken = await asyncio.gather(*[bench.pool.take([SPAN], OWNER) for _ in range(40)])
    assert len(taken) == 40
    assert set(taken) == set(range(1, 41))


async def test_only_the_owner_gives_back(bench: Bench) -> None:
    assert await bench.pool.claim(7, OWNER)
    await bench.pool.release(7, OTHER)
    assert not await bench.pool.claim(7, OTHER)
    await bench.pool.release(7, OWNER)
    await bench.pool.release(7, OWNER)
    assert await bench.pool.claim(7, OTHER)


async def test_a_claim_without_a_service_is_left_alone_for_a_while(bench: Bench, clock: clocks.ManualClock) -> None:
    assert await bench.pool.claim(7, OWNER)
    await clock.advance(pools.GRACE / 2)
    assert not await bench.pool.claim(7, OTHER)
    await clock.advance(pools.GRACE)
    assert await bench.pool.claim(7, OTHER)


async def test_stores_and_pools_go_by_the_same_clock() -> None:
    async with memory.MemoryBackend() as backend:
        bench = Bench(backend, clocks.SystemClock())
        assert await bench.pool.claim(7, OWNER)
        assert not await bench.pool.claim(7, OTHER)


async def test_a_claim_of_a_service_is_never_taken_back(bench: Bench, clock: clocks.ManualClock) -> None:
    assert await bench.pool.claim(7, OWNER)
    bench.held.add(7)
    await clock.advance(pools.GRACE * 100)
    assert not await bench.pool.claim(7, OTHER)


async def test_a_full_range_is_tidied(bench: Bench, clock: clocks.ManualClock) -> None:
    span = ranges.Span(1, 10)
    for number in range(1, 11):
        assert await bench.pool.claim(number, OWNER)
    bench.held.update(range(1, 10))
    assert await bench.pool.take([span], OTHER) is None
    await clock.advance(pools.GRACE * 2)
    assert await bench.pool.take([span], OTHER) == 10


def test_free_numbers_once_around() -> None:
    assert list(pools.free(range(1, 8), 5, {2, 6})) == [5, 7, 1, 3, 4]
