"""Connections taken over: what the other server may answer, and what comes of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from kroute.actions import model
from kroute.server import tunnels
from tests.unit.server import harness

ITEM = f"{harness.WIDGETS}/{{name}}"
PATH = "/apis/toys.example.org/v1/namespaces/default/widgets/a"
ASK = (
    f"GET {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer admintoken\r\n"
    "Connection: Upgrade\r\nUpgrade: spam\r\n\r\n"
).encode()
AGREED = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: spam\r\n\r\n"
PATIENCE = 20


class Far:
    """Another server: says something whenever a head has come, and then echoes; `heads` came."""

    def __init__(self, answer: bytes) -> None:
        self.answer, self.heads, self.port = answer, list[bytes](), 0
        self.left = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(self.answer)
            if not self.answer.startswith(AGREED):
                writer.write_eof()
            while part := await reader.read(1 << 16):
                writer.write(part.upper())
                await writer.drain()
        self.left.set()
        writer.close()


@contextlib.asynccontextmanager
async def running(
    answer: bytes, ask: bytes = ASK
) -> AsyncIterator[tuple[Far, asyncio.StreamReader, asyncio.StreamWriter]]:
    """A client of a server that relays to the other one."""
    far = Far(answer)

    async def relay(call: model.Call) -> web.StreamResponse:
        place = tunnels.Far(host="127.0.0.1", port=far.port)
        try:
            return await tunnels.relay(call.request, place, "/far", [("Upgrade", "spam")])
        except tunnels.TunnelError as error:
            return web.Response(status=503, text=str(error))

    listener = await asyncio.start_server(far, "127.0.0.1", 0)
    far.port = listener.sockets[0].getsockname()[1]
    routes = [harness.route(ITEM, relay, method, verb=model.Verb.CONNECT) for method in ("GET", "POST")]
    async with listener, asyncio.timeout(PATIENCE), harness.serving(harness.complete(*routes)) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(ask)
        try:
            yield far, reader, writer
        finally:
            writer.close()


async def test_bytes_go_both_ways_once_the_other_server_agrees() -> None:
    async with running(AGREED + b"at once") as (far, reader, writer):
        assert await reader.readexactly(len(AGREED)) == AGREED
        assert await reader.readexactly(7) == b"at once"
        for size in (1, 10, 1_000_000):
            writer.write(b"x" * size)
            assert await reader.readexactly(size) == b"X" * size
    assert far.heads == [b"GET /far HTTP/1.1\r\nUpgrade: spam\r\n\r\n"]


async def test_the_other_server_hears_when_the_client_leaves() -> None:
    async with running(AGREED) as (far, reader, writer):
        await reader.readexactly(len(AGREED))
        writer.close()
        await far.left.wait()


@pytest.mark.parametrize(
    "answer, status, text",
    [
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno!more", 403, "no!"),
        (b"HTTP/1.1 500 Oops\r\n\r\nuntil the end", 500, "until the end"),
        (b"HTTP/1.1 200 OK\r\n\r\n", 503, "invalid upgrade response: status code 200"),
        (b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", 503, "invalid upgrade response: status code 302"),
        (b"spam and eggs\r\n\r\n", 503, "malformed HTTP response"),
        (b"HTTP/1.1 abc OK\r\n\r\n", 503, "malformed HTTP response"),
        (b"HTTP/1.1 101 Swi", 503, "unexpected EOF"),
        (b"", 503, "EOF"),
        (b"HTTP/1.1 101 X\r\nA: " + b"a" * 200_000 + b"\r\n\r\n", 503, "the answer's headers are too long"),
    ],
)
async def test_whatever_else_it_says_is_an_answer(answer: bytes, status: int, text: str) -> None:
    async with running(answer) as (_, reader, _writer):
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(f"HTTP/1.1 {status} ".encode())
        assert await reader.readexactly(len(text)) == text.encode()


async def test_a_body_of_known_length_is_sent() -> None:
    ask = ASK.replace(b"GET ", b"POST ").replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\nhello")
    async with running(AGREED, ask) as (far, reader, _):
        assert await reader.readexactly(len(AGREED)) == AGREED
        assert await reader.readexactly(5) == b"HELLO"
    assert far.heads == [b"POST /far HTTP/1.1\r\nUpgrade: spam\r\nContent-Length: 5\r\n\r\n"]


async def test_a_body_can_not_pass_for_another_request() -> None:
    hidden = b"GET /secret HTTP/1.1\r\nX-Remote-Group: system:masters\r\n\r\n"
    chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(hidden), hidden)
    ask = ASK.replace(b"GET ", b"POST ").replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n") + chunk
    async with running(AGREED, ask) as (far, reader, _):
        assert (await reader.readline()).startswith(b"HTTP/1.1 503 ")
    assert far.heads == []


def test_a_header_can_not_break_the_head() -> None:
    with pytest.raises(tunnels.TunnelError, match="line break"):
        tunnels.head_of("GET", "/", [("X-Remote-User", "ann\r\nX-Remote-Group: system:masters")])


@pytest.mark.parametrize(
    "headers, wanted",
    [
        ({"Connection": "Upgrade", "Upgrade": "x"}, True),
        ({"Connection": "keep-alive, upgrade", "Upgrade": "x"}, True),
        ({"Connection": "keep-alive", "Upgrade": "x"}, False),
        ({"Connection": "Upgrade"}, False),
        ({"Connection": "Upgrade", "Upgrade": "h2c"}, False),
        ({"Connection": "Upgrade", "Upgrade": "websocket, HTTP/2.0"}, False),
        ({"Connection": "Upgrade", "Upgrade": "TLS/1.2"}, False),
        ({}, False),
    ],
)
async def test_who_asks_for_another_protocol(headers: dict[str, str], wanted: bool) -> None:
    found: list[bool] = []

    async def look(call: model.Call) -> web.StreamResponse:
        found.append(tunnels.is_upgrade(call.request))
        return web.Response()

    async with harness.serving(harness.complete(harness.route(ITEM, look))) as client:
        await client.get(PATH, {**harness.ADMIN, **headers})
    assert found == [wanted]
