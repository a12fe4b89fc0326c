"""Clients that begin something and don't go on: they don't hold a connection, nor the server, for ever."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from aiohttp import web

from kroute.actions import model
from kroute.server import transport
from tests.unit.server import harness

PATH = harness.WIDGETS.format(namespace="default")
HEAD = f"{PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer admintoken\r\n"


@pytest.mark.parametrize("begun", ["", "GET /livez HTT", "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n"])
async def test_a_connection_without_a_whole_request_is_closed(begun: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "KEEPALIVE", 0.05)
    async with harness.serving(harness.complete()) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(begun.encode())
        assert await reader.read() == b""
        writer.close()


async def test_a_connection_is_kept_for_a_while_between_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    async with harness.serving(harness.complete()) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        for _ in range(3):
            writer.write(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert b"200 OK" in await reader.readuntil(b"\r\n\r\nok")
        writer.close()


async def test_connections_above_the_limit_are_cut_off() -> None:
    async with harness.serving(harness.complete(), max_connections=2) as client:
        kept = [await asyncio.open_connection("127.0.0.1", client.port) for _ in range(2)]
        for reader, writer in kept:
            writer.write(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            await reader.readuntil(b"\r\n\r\nok")
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()
        for _, kept_writer in kept:
            kept_writer.close()


async def test_a_client_that_takes_an_answer_too_slowly_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "SENDING", 0.0)

    async def big(call: model.Call) -> web.StreamResponse:
        return web.Response(body=b"x" * 30_000_000)

    server = harness.complete(harness.route(harness.WIDGETS, big))
    async with harness.serving(server) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(f"GET {HEAD}\r\n".encode())
        found = b""
        with contextlib.suppress(ConnectionResetError):
            found = await reader.read()
        assert len(found) < 30_000_000
        writer.close()
        with contextlib.suppress(ConnectionResetError):
            await writer.wait_closed()


async def test_a_body_that_does_not_come_ends_in_a_timeout() -> None:
    async def read(call: model.Call) -> web.StreamResponse:
        await call.request.read()
        raise AssertionError

    server = harness.complete(harness.route(harness.WIDGETS, read, "POST", model.Verb.POST))
    async with harness.serving(server, request_timeout=0.01) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(f"POST {HEAD}Content-Length: 10\r\n\r\nhal".encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 504 ")
        writer.close()
        assert (await client.get("/livez")).status == 200


async def test_a_client_that_reads_nothing_holds_up_nobody_else() -> None:
    async def big(call: model.Call) -> web.StreamResponse:
        return web.Response(body=b"x" * 20_000_000)

    server = harness.complete(harness.route(harness.WIDGETS, big))
    async with harness.serving(server) as client:
        _, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(f"GET {HEAD}\r\n".encode() * 3)
        await writer.drain()
        for _ in range(5):
            assert (await client.get("/livez")).status == 200
        writer.close()
