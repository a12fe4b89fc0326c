"""How a server ends: what it waits for, what it ends, and what clients see of it."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp import web

from kroute.actions import model
from kroute.aio import tasks
from kroute.server import generic, listening
from tests.unit.server import harness

PATH = harness.WIDGETS.format(namespace="default")


class Watch:
    """A handler that streams one event and then waits."""

    def __init__(self) -> None:
        self.opened, self.ended = asyncio.Event(), asyncio.Event()

    async def __call__(self, call: model.Call) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(call.request)
        await response.write(b'{"type":"ADDED"}\n')
        self.opened.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.set()
        return response


async def test_watches_are_ended_whole_when_the_server_stops() -> None:
    watch = Watch()
    server = harness.complete(harness.route(harness.WIDGETS, watch, verb=model.Verb.LIST))
    sockets = listening.bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}{PATH}?watch=1"
    async with aiohttp.ClientSession() as session:
        async with generic.run(server, guard=harness.guard(), sockets=sockets):
            response = await session.get(url, headers=harness.ADMIN)
            await watch.opened.wait()
        assert await response.read() == b'{"type":"ADDED"}\n'  # a cut stream would raise
        assert watch.ended.is_set()


async def test_requests_are_finished_before_the_server_stops() -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(call: model.Call) -> web.StreamResponse:
        entered.set()
        await leave.wait()
        return web.Response(text="done")

    async def hook(scope: tasks.Scope) -> None:
        leave.set()

    server = harness.complete(harness.route(harness.WIDGETS, slow))
    server.add_pre_shutdown_hook("let go", hook)
    sockets = listening.bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}{PATH}"
    async with aiohttp.ClientSession() as session:
        async with generic.run(server, guard=harness.guard(), sockets=sockets):
            waiting = asyncio.ensure_future(session.get(url, headers=harness.ADMIN))
            await entered.wait()
        response = await waiting
        assert await response.text() == "done"


async def test_a_request_that_never_finishes_does_not_hold_up_the_end() -> None:
    entered = asyncio.Event()

    async def stuck(call: model.Call) -> web.StreamResponse:
        entered.set()
        await asyncio.Event().wait()
        raise AssertionError

    server = harness.complete(harness.route(harness.WIDGETS, stuck))
    sockets = listening.bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}{PATH}"
    async with aiohttp.ClientSession() as session:
        async with generic.run(server, guard=harness.guard(shutdown_timeout=0.01), sockets=sockets):
            waiting = asyncio.ensure_future(session.get(url, headers=harness.ADMIN))
            await entered.wait()
        with pytest.raises(aiohttp.ClientError):
            await waiting


async def test_after_the_end_nobody_listens() -> None:
    server = harness.complete()
    sockets = listening.bind("127.0.0.1", 0)
    port = sockets[0].getsockname()[1]
    async with generic.run(server, guard=harness.guard(), sockets=sockets):
        pass
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_watch_ends_when_its_client_leaves() -> None:
    watch = Watch()
    server = harness.complete(harness.route(harness.WIDGETS, watch, verb=model.Verb.LIST))
    async with harness.serving(server) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(f"GET {PATH}?watch=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admintoken\r\n\r\n".encode())
        await watch.opened.wait()
        await reader.readuntil(b"ADDED")
        writer.close()
        await watch.ended.wait()
        counted = (await client.get("/metrics")).text
    assert 'code="200"' in counted
    assert 'verb="WATCH"' in counted


async def test_a_write_is_not_cut_off_when_its_client_leaves() -> None:
    entered, leave, finished = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def write(call: model.Call) -> web.StreamResponse:
        entered.set()
        await leave.wait()
        finished.set()
        return web.Response(text="done")

    server = harness.complete(harness.route(harness.WIDGETS, write, "POST", model.Verb.POST))
    async with harness.serving(server) as client:
        _, writer = await asyncio.open_connection("127.0.0.1", client.port)
        head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admintoken\r\nContent-Length: 0\r\n\r\n"
        writer.write(head.encode())
        await entered.wait()
        writer.close()
        await writer.wait_closed()
        assert (await client.get("/livez")).status == 200
        leave.set()
        await finished.wait()


async def test_background_work_ends_with_the_server() -> None:
    ended = asyncio.Event()

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def hook(scope: tasks.Scope) -> None:
        scope.spawn(forever(), name="forever")

    server = harness.complete()
    server.add_post_start_hook("work", hook)
    async with harness.serving(server) as client:
        while (await client.get("/readyz")).status != 200:
            pass
    assert ended.is_set()


async def test_a_server_that_leaves_is_not_ready_but_serves_until_its_hooks_are_done() -> None:
    asked, seen = asyncio.Event(), asyncio.Event()

    async def hook(scope: tasks.Scope) -> None:
        asked.set()
        await seen.wait()

    server = harness.complete()
    server.add_pre_shutdown_hook("wait", hook)
    sockets = listening.bind("127.0.0.1", 0)
    url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"

    async def look() -> tuple[int, int]:
        await asked.wait()
        async with (
            aiohttp.ClientSession(url, headers=harness.ADMIN) as session,
            session.get("/readyz") as ready,
            session.get("/livez") as alive,
        ):
            seen.set()
            return ready.status, alive.status

    async with generic.run(server, guard=harness.guard(shutdown_delay=0.01), sockets=sockets):
        looking = asyncio.ensure_future(look())
    assert await looking == (500, 200)
