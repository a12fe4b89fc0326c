"""When answers that go on end."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from kroute.actions import streams


class Transport:
    closing = False

    def is_closing(self) -> bool:
        return self.closing


def request(transport: Any = None) -> Any:
    return SimpleNamespace(transport=transport or Transport())


async def test_a_stream_ends_when_its_time_is_up() -> None:
    known = streams.Streams()
    async with known.opened(request(), 0.001):
        await asyncio.Event().wait()
        raise AssertionError
    assert len(known) == 0


async def test_a_stream_may_end_by_itself() -> None:
    known = streams.Streams()
    async with known.opened(request(), None):
        assert len(known) == 1
    assert len(known) == 0


async def test_all_streams_end_when_told_to() -> None:
    known = streams.Streams()
    begun, ended = [], []

    async def stream(number: int) -> None:
        async with known.opened(request(), None):
            begun.append(number)
            if len(begun) == 3:
                known.end_all()
            await asyncio.Event().wait()
        ended.append(number)

    await asyncio.gather(*(stream(number) for number in range(3)))
    assert sorted(ended) == [0, 1, 2]
    await stream(3)
    assert ended[-1] == 3


@pytest.mark.parametrize("gone", [False, True])
async def test_a_stream_ends_when_its_client_has_left(gone: bool) -> None:
    known, transport = streams.Streams(look=0.001), Transport()
    asked = request(transport)
    async with known.opened(asked, None):
        if gone:
            asked.transport = None
        else:
            transport.closing = True
        await asyncio.Event().wait()
        raise AssertionError
    assert len(known) == 0


async def test_a_stream_can_be_ended_from_within() -> None:
    async with streams.Streams().opened(request(), None) as stream:
        stream.end()
        await asyncio.Event().wait()
        raise AssertionError


async def test_what_goes_wrong_in_a_stream_is_not_hidden() -> None:
    known = streams.Streams()
    with pytest.raises(TimeoutError, match="mine"):
        async with known.opened(request(), 60):
            raise TimeoutError("mine")
    with pytest.raises(asyncio.CancelledError):
        async with known.opened(request(), 60):
            raise asyncio.CancelledError
    assert len(known) == 0
