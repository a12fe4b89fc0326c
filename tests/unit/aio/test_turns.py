"""Few at a time, and one new one in every few rounds of the event loop."""

from __future__ import annotations

import asyncio

from kroute.aio import turns


async def test_few_are_inside_at_once_and_all_get_in() -> None:
    gate, inside, most, done = turns.Turns(2), 0, 0, 0

    async def work() -> None:
        nonlocal inside, most, done
        await gate.enter()
        inside += 1
        most = max(most, inside)
        for _ in range(5):
            await asyncio.sleep(0)
        inside -= 1
        done += 1
        gate.leave()

    await asyncio.gather(*[work() for _ in range(20)])
    assert (most, done, len(gate)) == (2, 20, 0)


async def test_two_never_begin_in_the_same_round() -> None:
    gate, rounds, begun = turns.Turns(100), 0, list[int]()
    stop = asyncio.Event()

    async def count() -> None:
        nonlocal rounds
        while not stop.is_set():
            rounds += 1
            await asyncio.sleep(0)

    async def work() -> None:
        await gate.enter()
        begun.append(rounds)
        gate.leave()

    counting = asyncio.ensure_future(count())
    await asyncio.gather(*[work() for _ in range(10)])
    stop.set()
    await counting
    assert len(set(begun)) == 10


async def test_who_leaves_the_queue_holds_up_nobody() -> None:
    gate = turns.Turns(1)
    await gate.enter()
    first, second = (asyncio.ensure_future(gate.enter()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    gate.leave()
    await second
    gate.leave()
    await gate.enter()


async def test_who_is_cancelled_just_when_it_is_their_turn_passes_it_on() -> None:
    gate = turns.Turns(1, rounds=1)
    await gate.enter()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first, second = (asyncio.ensure_future(gate.enter()) for _ in range(2))
    await asyncio.sleep(0)
    gate.leave()
    first.cancel()
    await second
    assert len(gate) == 0
