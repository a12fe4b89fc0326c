"""Connections taken over whole: bytes between a client and another server, once both have left HTTP behind.

A client asks for another protocol (WebSocket, SPDY); its request is sent on as it is, and when the other server agrees,
neither is listened to any more.  Mirrors `tryUpgrade` of `pkg/util/proxy` of k8s.io/apimachinery.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, cast

from aiohttp import web

from kroute.aio import tasks

DIAL_SECONDS: Final = 30.0
ANSWER_SECONDS: Final = 30.0
CHUNK: Final = 1 << 16
LARGEST_HEAD: Final = 1 << 16
LARGEST_REFUSAL: Final = 1 << 20
SWITCHED: Final = 101
HTTP: Final = ("h2", "http", "tls")
"""Protocols in which a client could ask for things in other clients' names, once nobody listens any more."""


class TunnelError(Exception):
    """The other server gave no answer that can be passed on; the text says why."""


class Relayed(asyncio.StreamReaderProtocol):
    """Takes a connection from the server's own protocol, which is told when it is lost."""

    def __init__(self, reader: asyncio.StreamReader, before: asyncio.Protocol) -> None:
        super().__init__(reader)
        self._before = before

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._before.connection_lost(exc)


class Taken(web.Response):
    """The answer of a request whose connection is no longer the server's: nothing is to be written."""

    async def prepare(self, request: web.BaseRequest) -> None:
        raise ConnectionResetError("the connection was taken over")


@dataclass(frozen=True, slots=True, kw_only=True)
class Far:
    """The other server; `ssl` None is plain TCP, `hostname` what its certificate must be for."""

    host: str
    port: int
    ssl: ssl.SSLContext | None = None
    hostname: str | None = None


def is_upgrade(request: web.BaseRequest) -> bool:
    """Whether a client asks for another protocol than HTTP."""
    tokens = request.headers.get("Connection", "").lower().split(",")
    if "upgrade" not in (token.strip() for token in tokens) or "Upgrade" not in request.headers:
        return False
    wanted = [name.strip().lower() for value in request.headers.getall("Upgrade") for name in value.split(",")]
    return not any(name.startswith(HTTP) for name in wanted)


async def relay(
    request: web.BaseRequest, far: Far, target: str, headers: Iterable[tuple[str, str]]
) -> web.StreamResponse:
    """Send a request on, and then whatever both sides say, until one of them ends; or the refusal as an answer.

    `target` is path and query; `headers` are all that are sent but the length of the body.
    Raises TunnelError, OSError, ssl.SSLError."""
    # bytes that the other server took for another request would come from whom it believes
    if request.body_exists and ("Transfer-Encoding" in request.headers or "Content-Length" not in request.headers):
        raise TunnelError("a request for another protocol can't have a body of unknown length")
    if request.body_exists:
        headers = [*headers, ("Content-Length", request.headers["Content-Length"])]
    async with asyncio.timeout(DIAL_SECONDS):
        reader, writer = await asyncio.open_connection(
            far.host, far.port, ssl=far.ssl, server_hostname=far.hostname if far.ssl else None, limit=LARGEST_HEAD
        )
    try:
        writer.write(head_of(request.method, target, headers))
        if request.body_exists:
            async for part in request.content.iter_any():
                writer.write(part)
        await writer.drain()
        async with asyncio.timeout(ANSWER_SECONDS):
            head = await read_head(reader)
        status = status_of(head)
        if status != SWITCHED:
            if status < 400:
                raise TunnelError(f"invalid upgrade response: status code {status}")
            return await refusal(status, head, reader)
        await joined(request, head, reader, writer)
        return Taken(status=SWITCHED)
    finally:
        writer.close()


def head_of(method: str, target: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """The head of a request.  Raises TunnelError for a header that would break it."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    if any("\r" in line or "\n" in line for line in lines):
        raise TunnelError("a header with a line break in it")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


async def read_head(reader: asyncio.StreamReader) -> bytes:
    """The head of an answer, with its empty line.  Raises TunnelError."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        raise TunnelError("unexpected EOF" if error.partial else "EOF") from error
    except asyncio.LimitOverrunError as error:
        raise TunnelError("the answer's headers are too long") from error


def status_of(head: bytes) -> int:
    """The status code of an answer.  Raises TunnelError."""
    line = head.split(b"\r\n", 1)[0].split(b" ", 2)
    if len(line) < 2 or not line[0].startswith(b"HTTP/1.") or not (line[1].isdigit() and len(line[1]) == 3):
        raise TunnelError("malformed HTTP response")
    return int(line[1])


async def refusal(status: int, head: bytes, reader: asyncio.StreamReader) -> web.Response:
    """The answer of a server that doesn't agree."""
    kind, length = "text/plain; charset=utf-8", LARGEST_REFUSAL
    for line in head.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "content-type":
            kind = value.strip()
        elif name.lower() == "content-length" and value.strip().isdigit():
            length = min(int(value.strip()), LARGEST_REFUSAL)
    body = b""
    with contextlib.suppress(TimeoutError, OSError):
        async with asyncio.timeout(ANSWER_SECONDS):
            while len(body) < length:
                part = await reader.read(length - len(body))
                if not part:
                    break
                body += part
    return web.Response(status=status, body=body, headers={"Content-Type": kind})


async def joined(
    request: web.BaseRequest, head: bytes, far_reader: asyncio.StreamReader, far_writer: asyncio.StreamWriter
) -> None:
    """Take the client's connection, say that the other server agrees, and pass bytes both ways until one side ends."""
    reader, writer = take(request)
    try:
        writer.write(head)
        await writer.drain()
        async with tasks.Scope("tunnel") as scope:
            there = scope.spawn(copied(reader, far_writer), name="to the server")
            back = scope.spawn(copied(far_reader, writer), name="to the client")
            await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
    finally:
        writer.close()


def take(request: web.BaseRequest) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The client's connection, which the server lets alone from now on.  Raises ConnectionResetError."""
    wire = request.transport
    if wire is None or wire.is_closing():
        raise ConnectionResetError("the client has left")
    loop = asyncio.get_running_loop()
    before = cast(asyncio.Protocol, request.protocol)
    reader = asyncio.StreamReader(limit=CHUNK, loop=loop)
    protocol = Relayed(reader, before)
    early = bytes(getattr(before, "_message_tail", b""))
    wire.set_protocol(protocol)
    protocol.connection_made(wire)
    wire.resume_reading()
    if early:
        reader.feed_data(early)
    return reader, asyncio.StreamWriter(wire, protocol, reader, loop)


async def copied(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Pass bytes on until the source ends."""
    with contextlib.suppress(OSError, ssl.SSLError):
        while part := await source.read(CHUNK):
            target.write(part)
            await target.drain()
