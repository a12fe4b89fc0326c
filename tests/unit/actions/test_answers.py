"""The slim answer, as it is on the wire."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import test_utils, web

from kroute.actions import answers

HEADERS = {"Content-Type": "application/json"}


@asynccontextmanager
async def served(
    handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
) -> AsyncIterator[Callable[[bytes], Awaitable[bytes]]]:
    """A function that sends bytes and gives all that comes back."""

    async def send(data: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(data)
        found = await reader.read()
        writer.close()
        await writer.wait_closed()
        return found

    async with test_utils.RawTestServer(handler) as server:
        yield send


def split(data: bytes) -> tuple[str, dict[str, str], bytes]:
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return first, dict(line.split(": ", 1) for line in lines), body


async def small(request: web.BaseRequest) -> web.StreamResponse:
    return answers.Answer(200, HEADERS, b'{"a":1}\n')


async def test_an_answer_is_whole() -> None:
    async with served(small) as send:
        found = await send(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    first, headers, body = split(found)
    assert (first, body) == ("HTTP/1.1 200 OK", b'{"a":1}\n')
    assert "Date" in headers
    del headers["Date"]
    assert headers == {"Content-Type": "application/json", "Content-Length": "8", "Connection": "close"}


async def test_a_connection_serves_several_requests() -> None:
    async with served(small) as send:
        found = await send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert found.count(b"HTTP/1.1 200 OK\r\n") == 2
    assert found.count(b'{"a":1}\n') == 2
    assert found.count(b"Connection: close") == 1


@pytest.mark.parametrize("keep, connection", [(b"", "close"), (b"Connection: keep-alive\r\n", "keep-alive")])
async def test_old_clients_are_answered_in_their_version(keep: bytes, connection: str) -> None:
    last = b"GET / HTTP/1.0\r\n\r\n" if keep else b""
    async with served(small) as send:
        found = await send(b"GET / HTTP/1.0\r\n" + keep + b"\r\n" + last)
    first, headers, _ = split(found)
    assert first == "HTTP/1.0 200 OK"
    assert headers.get("Connection", "close") == connection


async def test_a_head_has_no_body_but_its_length() -> None:
    async with served(small) as send:
        first, headers, body = split(await send(b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
    assert (first, headers["Content-Length"], body) == ("HTTP/1.1 200 OK", "8", b"")


@pytest.mark.parametrize("size", [0, answers.SEPARATELY - 1, answers.SEPARATELY, answers.COMPRESS_FROM + 1])
@pytest.mark.parametrize("encoding", [b"", b"Accept-Encoding: br, gzip\r\n", b"Accept-Encoding: gzip;q=0\r\n"])
async def test_bodies_of_all_sizes_arrive(size: int, encoding: bytes) -> None:
    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        return await answers.whole(request, 201, HEADERS, b"x" * size, more=[("Warning", "a"), ("Warning", "b")])

    async with served(handler) as send:
        found = await send(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + encoding + b"\r\n")
    first, headers, body = split(found)
    assert first == "HTTP/1.1 201 Created"
    assert found.count(b"Warning: ") == 2
    assert int(headers["Content-Length"]) == len(body)
    packed = size > answers.COMPRESS_FROM and b", gzip" in encoding
    assert (headers.get("Content-Encoding") == "gzip") is packed
    assert (gzip.decompress(body) if packed else body) == b"x" * size


async def test_headers_can_not_be_smuggled_in() -> None:
    async def handler(request: web.BaseRequest) -> web.StreamResponse:
        return answers.Answer(200, {"X-Given": "a\r\nX-Other: b"}, b"")

    async with served(handler) as send:
        found = await send(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"\r\nX-Other" not in found
