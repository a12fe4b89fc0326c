"""A whole answer as one write: status line, headers and body in a single piece.

aiohttp's own Response spends more time on headers than our handlers on the request; this one knows that the body is
bytes and complete.  Everything of aiohttp's inner workings that handlers need is here.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from aiohttp import hdrs, helpers, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_writer import HttpVersion11, _serialize_headers

SEPARATELY = 64 * 1024
"""From this size on the body is written after the headers instead of being copied behind them."""

COMPRESS_FROM = 128 * 1024
"""Smaller bodies are not worth compressing; kube-apiserver's threshold."""

Headers: TypeAlias = Mapping[str, str]


class Answer(web.StreamResponse):
    """An answer with a complete body.  `headers` may be changed until it is sent."""

    def __init__(self, status: int, headers: Headers, body: bytes) -> None:
        super().__init__(status=status, headers=headers)
        self.body = body

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """aiohttp calls this, then `write_eof`."""
        if self._req is not None or self._eof_sent:
            return self._payload_writer
        self._req = request
        self._payload_writer = request._payload_writer
        await request._prepare_hook(self)
        headers, keep_alive = self._headers, self._keep_alive
        if keep_alive is None:
            keep_alive = self._keep_alive = request.keep_alive
        if hdrs.DATE not in headers:
            headers[hdrs.DATE] = helpers.rfc822_formatted_time()
        headers[hdrs.CONTENT_LENGTH] = str(len(self.body))
        if not keep_alive:
            headers[hdrs.CONNECTION] = "close"
        elif request.version < HttpVersion11:
            headers[hdrs.CONNECTION] = "keep-alive"
        return self._payload_writer

    async def write_eof(self, data: bytes = b"") -> None:
        if self._eof_sent:
            return
        request, writer = self._req, self._payload_writer
        assert request is not None
        assert writer is not None
        version = request.version
        head = _serialize_headers(f"HTTP/{version.major}.{version.minor} {self._status} {self._reason}", self._headers)
        body = self.body if request.method != "HEAD" else b""
        if len(body) < SEPARATELY:
            await writer.write(head + body)
        else:
            await writer.write(head)
            await writer.write(body)
        self._eof_sent, self._body_length = True, len(body)
        self._req = self._payload_writer = None


def accepts_gzip(request: web.BaseRequest) -> bool:
    """Whether the client asks for gzip by its plain name, as kube-apiserver reads the header."""
    accepted = request.headers.get(hdrs.ACCEPT_ENCODING)
    return accepted is not None and any(token.strip() == "gzip" for token in accepted.split(","))


async def compressed(body: bytes) -> bytes:
    """The body as gzip, made in a thread as it takes milliseconds."""
    return await asyncio.to_thread(_gzip, body)


def _gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()


async def whole(
    request: web.BaseRequest, status: int, headers: Headers, body: bytes, *, more: Iterable[tuple[str, str]] = ()
) -> web.StreamResponse:
    """The answer with this body, compressed when that is wanted and worth it.  `more` headers may repeat."""
    answer: web.StreamResponse
    if len(body) > COMPRESS_FROM and accepts_gzip(request):
        body = await compressed(body)
        headers = {**headers, hdrs.CONTENT_ENCODING: "gzip", hdrs.VARY: hdrs.ACCEPT_ENCODING}
    if isinstance(request, web.Request):  # an application of somebody's: their middlewares may expect aiohttp's own
        answer = web.Response(status=status, headers=headers, body=body)
    else:
        answer = Answer(status, headers, body)
    for name, value in more:
        answer.headers.add(name, value)
    return answer
