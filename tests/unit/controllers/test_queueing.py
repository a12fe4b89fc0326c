"""The work queue: nothing lost, nothing worked on twice at once."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kroute.aio import clocks, tasks
from kroute.controllers import queueing
from kroute.machinery import errors

NO_PAUSE = queueing.Pauses(0.0, 0.0, 0.0)


async def test_a_key_added_twice_is_worked_on_once() -> None:
    done: list[str] = []

    async def work(key: str) -> None:
        done.append(key)

    queue = queueing.WorkQueue(work, name="test")
    for key in "abab":
        queue.add(key)
    async with tasks.Scope("test") as scope:
        queue.run(scope)
        await queue.idle()
    assert sorted(done) == ["a", "b"]


async def test_a_key_added_while_it_is_worked_on_is_worked_on_again_and_never_at_once() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    active = most = count = 0

    async def work(key: str) -> None:
        nonlocal active, most, count
        active, count = active + 1, count + 1
        most = max(most, active)
        begun.set()
        await go_on.wait()
        active -= 1

    queue = queueing.WorkQueue(work, name="test", workers=3)
    async with tasks.Scope("test") as scope:
        queue.run(scope)
        queue.add("a")
        await begun.wait()
        queue.add("a")
        queue.add("a")
        go_on.set()
        await queue.idle()
    assert (count, most) == (2, 1)


async def test_what_fails_is_tried_again_later_each_time(caplog: pytest.LogCaptureFixture) -> None:
    clock, hours = clocks.ManualClock(), list[float]()

    async def work(key: str) -> None:
        hours.append(clock.monotonic())
        if len(hours) < 5:
            raise RuntimeError("not yet")

    queue = queueing.WorkQueue(work, name="test", clock=clock, pauses=queueing.Pauses(1.0, 4.0, 0.0))
    async with tasks.Scope("test") as scope:
        queue.run(scope)
        queue.add("a")
        await clock.advance(60)
        await queue.idle()
    assert hours == [0, 1, 3, 7, 11]
    assert "not yet" in caplog.text


async def test_pauses_start_anew_after_success() -> None:
    clock, hours = clocks.ManualClock(), list[float]()

    async def work(key: str) -> None:
        hours.append(clock.monotonic())
        if len(hours) in (1, 2, 4):
            raise errors.NotFound("gone")

    queue = queueing.WorkQueue(work, name="test", clock=clock, pauses=queueing.Pauses(1.0, 60.0, 0.0))
    async with tasks.Scope("test") as scope:
        queue.run(scope)
        queue.add("a")
        await clock.advance(10)
        queue.add("a")
        await clock.advance(10)
    assert hours == [0, 1, 3, 10, 11]


async def test_conflicts_are_not_told_the_log(caplog: pytest.LogCaptureFixture) -> None:
    tries = 0

    async def work(key: str) -> None:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise errors.Conflict("somebody was faster")

    queue = queueing.WorkQueue(work, name="test", pauses=NO_PAUSE)
    with caplog.at_level(logging.INFO, "kroute"):
        async with tasks.Scope("test") as scope:
            queue.run(scope)
            queue.add("a")
            await queue.idle()
    assert tries == 4
    assert not caplog.records


async def test_work_can_ask_to_be_done_again_and_an_add_comes_before() -> None:
    clock, hours = clocks.ManualClock(), list[float]()

    async def work(key: str) -> float | None:
        hours.append(clock.monotonic())
        return 10.0 if len(hours) < 3 else None

    queue = queueing.WorkQueue(work, name="test", clock=clock)
    async with tasks.Scope("test") as scope:
        queue.run(scope)
        queue.add("a")
        await clock.advance(5)
        queue.add("a")
        await clock.advance(60)
        await queue.idle()
    assert hours == [0, 5, 15]


async def test_leaving_the_scope_ends_work_and_waiting() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def work(key: str) -> float | None:
        if key == "later":
            return 3600.0
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return None

    queue = queueing.WorkQueue(work, name="test")
    async with tasks.Scope("test") as scope:
        queue.run(scope)
        queue.add("later")
        queue.add("now")
        await begun.wait()
    assert ended.is_set()


@settings(max_examples=60, deadline=None)
@given(
    adds=st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 3)), max_size=40),
    failing=st.dictionaries(st.sampled_from("abcde"), st.integers(0, 3)),
    workers=st.integers(1, 4),
)
def test_every_add_is_followed_by_work_whatever_comes_in_between(
    adds: list[tuple[str, int]], failing: dict[str, int], workers: int
) -> None:
    async def main() -> None:
        left, seen, wanted, at_work = Counter(failing), dict[str, int](), dict[str, int](), set[str]()

        async def work(key: str) -> None:
            assert key not in at_work
            at_work.add(key)
            found = wanted[key]
            await asyncio.sleep(0)
            at_work.discard(key)
            if left[key] > 0:
                left[key] -= 1
                raise errors.Conflict("again")
            seen[key] = found

        queue = queueing.WorkQueue(work, name="test", workers=workers, pauses=NO_PAUSE)
        async with tasks.Scope("test") as scope:
            queue.run(scope)
            for number, (key, turns) in enumerate(adds):
                wanted[key] = number
                queue.add(key)
                for _ in range(turns):
                    await asyncio.sleep(0)
            await queue.idle()
        assert seen == wanted

    asyncio.run(main())
