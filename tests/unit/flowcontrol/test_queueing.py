"""Seats and queues of one level: who is next, who is refused, and that nobody's seats are lost."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence

import pytest

from kroute.flowcontrol import dealing, queueing

PATIENCE = 1000.0


SMALL = queueing.Queuing(8, 2, 10)


HAND = (0, 1)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def made(limit: int, queuing: queueing.Queuing | None = SMALL, clock: Clock | None = None) -> queueing.Queues:
    return queueing.Queues(limit, queuing, clock=clock or Clock())


async def laps() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def waiting(
    queues: queueing.Queues, work: queueing.Work, hand: Sequence[int] = HAND, patience: float = PATIENCE
) -> asyncio.Task[None]:
    return asyncio.ensure_future(queues.wait(work, hand, patience))


def test_seats_are_taken_at_once_while_there_are_any() -> None:
    queues = made(3)
    first, second = queueing.Work(2), queueing.Work(1)
    assert queues.begin(first, HAND)
    assert queues.begin(second, HAND)
    assert not queues.begin(queueing.Work(1), HAND)
    queues.end(first)
    assert queues.seats_in_use == 1
    assert queues.begin(queueing.Work(2), HAND)


def test_a_request_wider_than_the_limit_gets_all_there_is() -> None:
    queues = made(2)
    wide = queueing.Work(5)
    assert queues.begin(wide, HAND)
    assert not queues.begin(queueing.Work(1), HAND)
    queues.end(wide)
    assert queues.idle
    small = queueing.Work(1)
    assert queues.begin(small, HAND)
    assert not queues.begin(queueing.Work(5), HAND)


async def test_without_queues_nobody_waits() -> None:
    queues = made(1, None)
    assert queues.begin(queueing.Work(1), ())
    with pytest.raises(queueing.Rejected) as caught:
        await queues.wait(queueing.Work(1), (), PATIENCE)
    assert caught.value.reason == queueing.NO_SEAT


async def test_who_waits_gets_the_seats_of_who_ends() -> None:
    queues = made(1)
    first, second = queueing.Work(1), queueing.Work(1)
    queues.begin(first, HAND)
    task = waiting(queues, second)
    await laps()
    assert not task.done()
    assert (queues.waiting, queues.seats_waiting) == (1, 1)
    queues.end(first)
    await task
    assert (queues.waiting, queues.seats_waiting, queues.seats_in_use) == (0, 0, 1)
    queues.end(second)
    assert queues.idle
    assert queues.seats_in_use == 0


async def test_who_waits_too_long_is_refused() -> None:
    queues = made(1)
    queues.begin(queueing.Work(1), HAND)
    with pytest.raises(queueing.Rejected) as caught:
        await queues.wait(queueing.Work(1), HAND, 0.0)
    assert caught.value.reason == queueing.TIMED_OUT
    assert queues.waiting == 0


async def test_a_full_queue_refuses() -> None:
    queues = made(1, queueing.Queuing(1, 1, 2))
    held = queueing.Work(1)
    queues.begin(held, (0,))
    tasks = [waiting(queues, queueing.Work(1), (0,)) for _ in range(2)]
    await laps()
    with pytest.raises(queueing.Rejected) as caught:
        await queues.wait(queueing.Work(1), (0,), PATIENCE)
    assert caught.value.reason == queueing.QUEUE_FULL
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert queues.waiting == 0
    queues.end(held)
    assert queues.idle


async def test_a_request_that_is_cancelled_just_when_it_gets_seats_gives_them_back() -> None:
    queues = made(1)
    first = queueing.Work(1)
    queues.begin(first, HAND)
    task = waiting(queues, queueing.Work(1))
    await laps()
    queues.end(first)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert queues.idle
    assert queues.seats_in_use == 0


class Service:
    """Requests that take three milliseconds each, and the order in which they are served."""

    def __init__(self, limit: int, queuing: queueing.Queuing) -> None:
        self.clock = Clock()
        self.queues = made(limit, queuing, self.clock)
        self.order: list[str] = []

    async def request(self, name: str, hand: Sequence[int], seats: int = 1) -> None:
        work = queueing.Work(seats)
        if not self.queues.begin(work, hand):
            await self.queues.wait(work, hand, PATIENCE)
        self.order.append(name)
        await asyncio.sleep(0)
        self.clock.now += queueing.SERVICE_SECONDS
        self.queues.end(work)

    def many(self, count: int, name: str, hand: Sequence[int], seats: int = 1) -> list[asyncio.Task[None]]:
        return [asyncio.ensure_future(self.request(name, hand, seats)) for _ in range(count)]


async def test_a_flood_of_one_flow_does_not_keep_another_waiting() -> None:
    service = Service(1, queueing.Queuing(64, 4, 100))
    hands = [service.queues.hand(dealing.flow_hash("s", name)) for name in "ab"]
    flood = service.many(100, "flood", hands[0])
    while len(service.order) < 30:  # noqa: ASYNC110 - it counts rounds
        await asyncio.sleep(0)
    begun = len(service.order)
    others = service.many(3, "other", hands[1])
    await asyncio.gather(*flood, *others)
    assert [place for place, name in enumerate(service.order[begun:]) if name == "other"][-1] < 20


async def test_wide_requests_count_for_more() -> None:
    service = Service(10, queueing.Queuing(2, 1, 100))
    tasks = service.many(8, "wide", (0,), 10) + service.many(40, "narrow", (1,))
    await asyncio.gather(*tasks)
    assert Counter(service.order) == {"wide": 8, "narrow": 40}
    assert Counter(service.order[:26])["narrow"] >= 15


async def test_seats_that_are_kept_for_a_while_come_back() -> None:
    queues = made(2)
    work = queueing.Work(2, extra=0.001)
    queues.begin(work, HAND)
    queues.end(work)
    assert (queues.executing, queues.seats_in_use) == (0, 2)
    second = queueing.Work(1)
    await queues.wait(second, HAND, PATIENCE)
    assert queues.seats_in_use == 1


async def test_a_higher_limit_lets_more_through_at_once() -> None:
    queues = made(1)
    queues.begin(queueing.Work(1), HAND)
    task = waiting(queues, queueing.Work(1))
    await laps()
    queues.set_limit(2)
    await task


async def test_those_who_wait_go_on_waiting_when_queues_are_taken_away() -> None:
    queues = made(1)
    held = queueing.Work(1)
    queues.begin(held, HAND)
    task = waiting(queues, queueing.Work(1))
    await laps()
    queues.reconfigure(None)
    queues.end(held)
    await task


@pytest.mark.parametrize("seed", range(8))
async def test_after_any_history_all_seats_are_free(seed: int) -> None:
    chance = random.Random(seed)
    queues = made(chance.randint(1, 5), queueing.Queuing(4, 2, 5))
    most = 0

    async def request() -> None:
        nonlocal most
        work = queueing.Work(chance.randint(1, 6))
        hand = queues.hand(chance.getrandbits(64))
        if not queues.begin(work, hand):
            await queues.wait(work, hand, chance.choice((0.0, 0.001, PATIENCE)))
        most = max(most, queues.seats_in_use if queues.executing > 1 else 0)
        try:
            for _ in range(chance.randint(0, 5)):
                await asyncio.sleep(0)
        finally:
            queues.end(work)

    tasks = [asyncio.ensure_future(request()) for _ in range(100)]
    await laps()
    for task in chance.sample(tasks, 20):
        task.cancel()
    queues.set_limit(queues.limit + 1)
    found = await asyncio.gather(*tasks, return_exceptions=True)
    unexpected = [one for one in found if one and not isinstance(one, (queueing.Rejected, asyncio.CancelledError))]
    assert not unexpected
    assert most <= queues.limit
    assert (queues.seats_in_use, queues.executing, queues.waiting, queues.seats_waiting) == (0, 0, 0, 0)
    assert not queues.lengths()


def test_a_hand_has_different_queues() -> None:
    for number in range(200):
        found = dealing.hand(dealing.flow_hash("schema", str(number)), 16, 6)
        assert len(set(found)) == 6
        assert all(0 <= one < 16 for one in found)


def test_hands_are_spread_over_all_queues() -> None:
    counts = Counter(card for n in range(2000) for card in dealing.hand(dealing.flow_hash("s", str(n)), 16, 4))
    assert min(counts.values()) > 350
    assert max(counts.values()) < 650
