"""Priority and fairness around real requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from aiohttp import web

from kroute.actions import answers, model
from kroute.flowcontrol import controller
from tests.unit.server import harness

PATH = harness.WIDGETS.format(namespace="play")


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - what it waits for tells nobody
            await asyncio.sleep(0)


class Gate:
    """A handler that waits until it is opened."""

    def __init__(self) -> None:
        self.open, self.inside = asyncio.Event(), 0
        self.entered = asyncio.Condition()

    async def __call__(self, call: model.Call) -> web.StreamResponse:
        self.inside += 1
        async with self.entered:
            self.entered.notify_all()
        await self.open.wait()
        return web.Response(text="done")

    async def has(self, count: int) -> None:
        async with self.entered:
            await self.entered.wait_for(lambda: self.inside >= count)


async def test_requests_wait_for_seats_and_go_on() -> None:
    gate, flow = Gate(), controller.Controller(4)
    server = harness.complete(harness.route(harness.WIDGETS, gate))
    async with harness.serving(server, flow=flow) as client:
        seats = flow.states["global-default"].queues.limit
        tasks = [asyncio.ensure_future(client.get(PATH, harness.ALICE)) for _ in range(seats + 2)]
        await gate.has(seats)
        await until(lambda: flow.states["global-default"].queues.waiting == 2)
        assert (await client.get(PATH.replace("widgets", "none"))).status == 404  # administrators don't wait
        metrics = (await client.get("/metrics")).text
        gate.open.set()
        assert {answer.status for answer in await asyncio.gather(*tasks)} == {200}
        dump = (await client.get("/debug/api_priority_and_fairness/dump_priority_levels")).text
    assert 'apiserver_flowcontrol_current_inqueue_requests{priority_level="global-default"} 2.0' in metrics
    assert "exempt,<none>,<none>,<none>,<none>,<none>" in dump
    assert flow.states["global-default"].queues.idle


async def test_who_waits_too_long_is_told_to_come_back() -> None:
    gate, flow = Gate(), controller.Controller(1)
    server = harness.complete(harness.route(harness.WIDGETS, gate))
    async with harness.serving(server, flow=flow) as client:
        first = asyncio.ensure_future(client.get(PATH, harness.ALICE))
        await gate.has(1)
        answer = await client.get(f"{PATH}?timeout=1ms", harness.ALICE)
        gate.open.set()
        await first
    assert answer.status == 429
    assert answer.headers["Retry-After"] == "1"
    assert answer.json == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": "Too many requests, please try again later.",
        "reason": "TooManyRequests",
        "details": {"retryAfterSeconds": 1},
        "code": 429,
    }
    assert flow.counts.rejected == {("global-default", "global-default", "time-out"): 1}


async def test_who_leaves_while_waiting_is_waited_for_no_longer() -> None:
    gate, flow = Gate(), controller.Controller(1)
    server = harness.complete(harness.route(harness.WIDGETS, gate))
    head = f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer alicetoken\r\n\r\n"
    async with harness.serving(server, flow=flow) as client:
        queues = flow.states["global-default"].queues
        first = asyncio.ensure_future(client.get(PATH, harness.ALICE))
        await gate.has(1)
        _, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(head.encode())
        await until(lambda: queues.waiting == 1)
        writer.close()
        await until(lambda: queues.waiting == 0)
        gate.open.set()
        assert (await first).status == 200
    assert gate.inside == 1
    assert flow.counts.rejected == {("global-default", "global-default", "cancelled"): 1}


async def test_a_watch_gives_its_seat_back_when_it_has_begun() -> None:
    flow, done = controller.Controller(1), asyncio.Event()

    async def watch(call: model.Call) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(call.request)
        await done.wait()
        return response

    server = harness.complete(harness.route(harness.WIDGETS, watch, verb=model.Verb.LIST))
    async with harness.serving(server, flow=flow) as client:
        tasks = [asyncio.ensure_future(client.get(f"{PATH}?watch=1", harness.ALICE)) for _ in range(3)]
        await until(lambda: len(client.running.requests.long_running()) == 3)
        await until(lambda: flow.states["global-default"].queues.idle)
        done.set()
        await asyncio.gather(*tasks)
    assert flow.states["global-default"].queues.seats_in_use == 0


async def test_a_large_answer_keeps_its_seat_until_it_is_sent() -> None:
    flow = controller.Controller(1)

    async def big(call: model.Call) -> web.StreamResponse:
        return answers.Answer(200, {"Content-Type": "text/plain"}, b"x" * 30_000_000)

    server = harness.complete(harness.route(harness.WIDGETS, big))
    head = f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer alicetoken\r\n\r\n"
    async with harness.serving(server, flow=flow) as client:
        queues = flow.states["global-default"].queues
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(head.encode())
        await reader.readuntil(b"\r\n\r\n")
        assert queues.seats_in_use == 1
        writer.close()
        await until(lambda: queues.idle)
        assert len((await client.get(PATH, harness.ALICE)).body) == 30_000_000
        await until(lambda: queues.idle)


@pytest.mark.parametrize("line", ["HEAD {} HTTP/1.1", "GET {} HTTP/1.0"])
async def test_a_large_answer_of_another_form_gives_its_seat_back_too(line: str) -> None:
    flow = controller.Controller(1)

    async def big(call: model.Call) -> web.StreamResponse:
        return answers.Answer(200, {"Content-Type": "text/plain"}, b"x" * 300_000)

    routes = [harness.route(harness.WIDGETS, big, method) for method in ("GET", "HEAD")]
    head = f"{line.format(PATH)}\r\nHost: 127.0.0.1\r\nAuthorization: Bearer alicetoken\r\nConnection: close\r\n\r\n"
    async with harness.serving(harness.complete(*routes), flow=flow) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(head.encode())
        assert b" 200 OK" in (await reader.read())[:20]
        writer.close()
        await until(lambda: flow.states["global-default"].queues.idle)


async def test_a_handler_that_fails_gives_its_seats_back() -> None:
    flow = controller.Controller(1)

    async def bug(call: model.Call) -> web.StreamResponse:
        raise ZeroDivisionError

    server = harness.complete(harness.route(harness.WIDGETS, bug))
    async with harness.serving(server, flow=flow) as client:
        for _ in range(3):
            assert (await client.get(PATH, harness.ALICE)).status == 500
    assert flow.states["global-default"].queues.idle
