"""Broadcasting: every reader gets every item once and in order, or is told that it doesn't."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.aio import broadcast


def test_a_window_holds_at_least_one_item():
    with pytest.raises(ValueError, match="at least one"):
        broadcast.Broadcast(window=0)


async def test_nothing_is_sent_after_closing():
    channel = broadcast.Broadcast[int](window=4)
    channel.close()
    channel.close()
    with pytest.raises(RuntimeError, match="closing"):
        channel.send(1)


async def test_a_position_that_left_the_window_is_refused():
    channel = broadcast.Broadcast[int](window=2)
    for number in range(8):
        channel.send(number)
    with pytest.raises(broadcast.Overrun):
        channel.read(channel.first - 1)
    assert channel.read(channel.first).take()[-1] == 7


async def test_a_position_in_the_future_is_refused():
    with pytest.raises(ValueError, match="future"):
        broadcast.Broadcast[int](window=2).read(1)


async def test_a_slow_reader_is_ended_and_told_while_the_others_go_on():
    channel = broadcast.Broadcast[int](window=3)
    told = []
    slow = channel.read(on_overrun=lambda: told.append("slow"))
    quick = channel.read()
    got = []
    for number in range(6):
        channel.send(number)
        got += quick.take()
    assert told == ["slow"]
    assert got == list(range(6))
    assert channel.readers == 1
    for _ in range(2):
        with pytest.raises(broadcast.Overrun):
            await slow.batch()


async def test_a_reader_one_window_behind_loses_nothing():
    channel = broadcast.Broadcast[int](window=5)
    reader = channel.read()
    for number in range(5):
        channel.send(number)
    assert reader.take() == list(range(5))


async def test_closing_ends_readers_after_the_last_item():
    channel = broadcast.Broadcast[int](window=5)
    reader = channel.read()
    channel.send(1)
    channel.close()
    assert await reader.batch() == [1]
    with pytest.raises(broadcast.Closed):
        await reader.batch()


async def test_closing_wakes_a_waiting_reader():
    channel = broadcast.Broadcast[int](window=5)
    waiting = asyncio.ensure_future(channel.read().batch())
    await asyncio.sleep(0)
    channel.close()
    with pytest.raises(broadcast.Ended):
        await waiting


async def test_waiting_in_vain_gives_an_empty_batch():
    channel = broadcast.Broadcast[int](window=5)
    reader = channel.read()
    assert await reader.batch(timeout=0) == []
    channel.send(1)
    assert await reader.batch(timeout=0) == [1]


async def test_a_waiting_reader_gets_all_that_one_turn_sent_in_one_batch():
    channel = broadcast.Broadcast[int](window=5)
    waiting = asyncio.ensure_future(channel.read().batch())
    await asyncio.sleep(0)
    for number in range(3):
        channel.send(number)
    assert await waiting == [0, 1, 2]


async def test_a_reader_whose_waiting_was_cancelled_loses_nothing():
    channel = broadcast.Broadcast[int](window=5)
    reader = channel.read()
    waiting = asyncio.ensure_future(reader.batch())
    await asyncio.sleep(0)
    channel.send(1)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert await reader.batch() == [1]


async def test_a_reader_starts_at_a_position_of_the_window():
    channel = broadcast.Broadcast[str](window=5)
    for item in "abc":
        channel.send(item)
    assert channel.read(1).take() == ["b", "c"]
    assert channel.read().take() == []


async def test_leaving_ends_the_membership():
    channel = broadcast.Broadcast[int](window=5)
    with channel.read():
        assert channel.readers == 1
    assert channel.readers == 0


async def test_every_reader_gets_the_same_object():
    channel = broadcast.Broadcast[dict[str, int]](window=5)
    readers = [channel.read() for _ in range(200)]
    waiting = [asyncio.ensure_future(reader.batch()) for reader in readers]
    await asyncio.sleep(0)
    item = {"a": 1}
    channel.send(item)
    assert all(got[0] is item for got in await asyncio.gather(*waiting))


@given(window=st.integers(1, 6), steps=st.lists(st.sampled_from(["send", "join", *"01234"]), max_size=60))
def test_what_a_reader_gets_is_one_unbroken_run_of_what_was_sent(window: int, steps: list[str]):
    async def play() -> None:
        channel = broadcast.Broadcast[int](window=window)
        readers: list[broadcast.Reader[int]] = []
        expected: list[int] = []
        sent = 0
        for step in steps:
            if step == "send":
                channel.send(sent)
                sent += 1
            elif step == "join":
                readers.append(channel.read())
                expected.append(sent)
            elif int(step) < len(readers):
                which = int(step)
                try:
                    got = readers[which].take()
                except broadcast.Overrun:
                    assert sent - expected[which] > window
                    continue
                assert got == list(range(expected[which], sent))
                expected[which] = sent
        assert channel.end - channel.first < 2 * window

    asyncio.run(play())
