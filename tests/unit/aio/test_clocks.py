"""The real clock and the one that tests move by hand."""

import asyncio

import pytest

from kroute.aio import clocks


def both() -> list[clocks.Clock]:
    return [clocks.SystemClock(), clocks.ManualClock()]


@pytest.mark.parametrize("clock", both(), ids=["system", "manual"])
async def test_sleeping_no_time_or_less_only_passes_a_turn(clock: clocks.Clock):
    await clock.sleep(0)
    await clock.sleep(-1)


@pytest.mark.parametrize("clock", both(), ids=["system", "manual"])
def test_monotonic_time_never_goes_back(clock: clocks.Clock):
    first = clock.monotonic()
    assert clock.monotonic() >= first
    assert clock.now() > 1_600_000_000


async def test_a_manual_clock_is_not_moved_back():
    with pytest.raises(ValueError, match="back"):
        await clocks.ManualClock().advance(-1)


async def test_jumping_moves_the_wall_clock_alone():
    clock = clocks.ManualClock(now=1000)
    clock.jump(-400)
    assert clock.now() == 600
    assert clock.monotonic() == 0


async def test_sleepers_wake_in_order_and_at_their_hours():
    clock = clocks.ManualClock(now=100)
    woken = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((name, clock.now()))

    async with asyncio.TaskGroup() as group:
        for name, seconds in (("late", 30), ("early", 10), ("twin", 10)):
            group.create_task(sleeper(name, seconds))
        await clock.advance(9)
        assert (woken, clock.sleepers) == ([], 3)
        await clock.advance(21)
    assert woken == [("early", 110), ("twin", 110), ("late", 130)]
    assert clock.monotonic() == 30


async def test_who_sleeps_again_is_woken_again_within_one_advance():
    clock = clocks.ManualClock()
    ticks = []

    async def ticker() -> None:
        while True:
            await clock.sleep(10)
            ticks.append(clock.monotonic())

    task = asyncio.ensure_future(ticker())
    await clock.advance(35)
    task.cancel()
    assert ticks == [10, 20, 30]


async def test_a_cancelled_sleeper_is_forgotten():
    clock = clocks.ManualClock()
    task = asyncio.ensure_future(clock.sleep(5))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert clock.sleepers == 0
    await clock.advance(10)
    assert clock.monotonic() == 10
