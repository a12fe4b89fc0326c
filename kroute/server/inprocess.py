"""Requests that come over no connection, and what is answered to them: aiohttp's side of the loopback client.

All of aiohttp's inner workings that this takes is here, as it is in `transport` for requests from outside.
"""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple, cast

import multidict
import yarl
from aiohttp import HttpVersion11, base_protocol, http_parser, streams, web
from aiohttp.abc import AbstractStreamWriter

LIMIT = 1 << 30
"""A body is there as a whole, so that nobody has to be told to send slower."""


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    headers: multidict.CIMultiDict[str]
    body: bytes


class NoConnection(base_protocol.BaseProtocol):
    """What a request has in the place of a connection."""

    ssl_context = None
    peername = None
    sockname = None


class Collector(AbstractStreamWriter):
    """Keeps what a handler writes in pieces."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    async def write(self, chunk: bytes | bytearray | memoryview) -> None:
        self.pieces.append(bytes(chunk))

    async def write_eof(self, chunk: bytes = b"") -> None:
        self.pieces.append(chunk)

    async def drain(self) -> None:
        """Nothing waits here."""

    def enable_compression(self, encoding: str = "deflate", strategy: int | None = None) -> None:
        """Left out: nobody is saved anything."""

    def enable_chunking(self) -> None:
        """Left out, likewise."""

    async def write_headers(self, status_line: str, headers: multidict.CIMultiDict[str]) -> None:
        """They are read from the response."""


class Request(web.BaseRequest):
    """A request of this process to itself."""

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        """Nothing is added to the headers of an answer in pieces."""


def request(method: str, target: str, headers: dict[str, str], body: bytes | None) -> Request:
    """A request for `target`, a path with its query, both encoded.  To be made in the event loop."""
    loop = asyncio.get_running_loop()
    protocol = NoConnection(loop)
    payload: streams.StreamReader = streams.EMPTY_PAYLOAD
    if body is not None:
        payload = streams.StreamReader(protocol, LIMIT, loop=loop)
        payload.feed_data(body)
        payload.feed_eof()
    message = http_parser.RawRequestMessage(
        method,
        target,
        HttpVersion11,
        multidict.CIMultiDictProxy(multidict.CIMultiDict(headers)),
        (),
        False,
        None,
        False,
        False,
        yarl.URL(target, encoded=True),
    )
    task = cast(asyncio.Task[None], asyncio.current_task())
    return Request(message, payload, cast(Any, protocol), Collector(), task, loop, client_max_size=LIMIT)


def answer(to: Request, response: web.StreamResponse) -> Answer:
    """What was answered, in one piece or in several."""
    writer = to._payload_writer
    assert isinstance(writer, Collector)
    body = getattr(response, "body", None)
    if response.prepared or not isinstance(body, bytes):
        body = b"".join(writer.pieces)
    return Answer(response.status, response.headers, body)
