"""Requests that break off or lie about themselves, over a plain socket."""

from __future__ import annotations

import asyncio

import pytest

from tests.fixtures import serving, widgets

HEAD = f"POST {serving.ITEMS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


async def exchange(client: serving.Client, data: bytes, *, end: bool = True) -> bytes:
    """Send bytes and read what comes back until the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(client.base.rpartition(":")[2]))
    writer.write(data)
    if end:
        writer.write_eof()
    found = await reader.read()
    writer.close()
    await writer.wait_closed()
    return found


async def test_a_body_in_broken_pieces_is_a_bad_request(client: serving.Client, storage: widgets.Widgets) -> None:
    body = b'2\r\n{"\r\nzz\r\nmore\r\n0\r\n\r\n'
    found = await exchange(client, HEAD.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + body, end=False)
    assert found.split()[1] == b"400"
    assert not storage.found


async def test_a_body_that_is_not_packed_as_it_says_is_a_bad_request(
    client: serving.Client, storage: widgets.Widgets
) -> None:
    found = await client.send("POST", serving.ITEMS, raw=b"nonsense", content_encoding="gzip")
    assert (found.status, found.body["reason"]) == (400, "BadRequest")
    assert not storage.found


@pytest.mark.parametrize("body", [b"", b'{"kind"'])
async def test_a_body_that_never_comes_does_nothing(
    client: serving.Client, storage: widgets.Widgets, body: bytes
) -> None:
    await exchange(client, HEAD.encode() + b"Content-Length: 100\r\n\r\n" + body)
    assert not storage.found
    assert (await client.get(serving.ITEMS)).status == 200


async def test_a_length_beyond_the_limit_is_refused_before_the_body_comes(client: serving.Client) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(client.base.rpartition(":")[2]))
    writer.write(HEAD.encode() + b"Content-Length: 3145729\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
    writer.close()
    await writer.wait_closed()
