"""aiohttp's low-level server, made ours: what is per connection, the headers that every answer has, size limits.

All that touches aiohttp's inner hooks is here.  The transport knows nothing of the chain but the one handler it calls.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import http_exceptions, http_parser, streams, web
from aiohttp.abc import AbstractStreamWriter

from kroute.auth import certificates
from kroute.server import exchange

MAX_BODY = 3 * 1024 * 1024
"""How many bytes of a request's body are read; kube-apiserver's limit."""

MAX_HEADER = 64 * 1024
"""How many bytes a request line or a header may have."""

KEEPALIVE = 90.0
"""Seconds after which a connection without a request is closed."""

CACHE_CONTROL = "no-cache, private"

log = logging.getLogger("kroute.server")

Serve = Callable[[exchange.Exchange], Awaitable[web.StreamResponse]]
Finished = Callable[[exchange.Exchange, web.StreamResponse], None]


class Request(web.BaseRequest):
    """A request whose answer gets the headers that all answers have, just before they go out."""

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        connection = self._protocol
        if not isinstance(connection, Connection) or connection.exchange is None:
            return
        current = connection.exchange
        current.response = response
        headers = response.headers
        if "Cache-Control" not in headers:
            headers["Cache-Control"] = CACHE_CONTROL
        headers["Audit-Id"] = current.audit_id
        if current.warnings and "Warning" not in headers:
            for text in current.warnings:
                headers.add("Warning", warning_header(text))


class Connection(web.RequestHandler):
    """One connection of one client: who its certificate says it is, and the request that is being answered."""

    __slots__ = ("certificate", "exchange", "server")

    def __init__(self, server: Server, **options: Any) -> None:
        super().__init__(server, **options)
        self.server = server
        self.exchange: exchange.Exchange | None = None
        self.certificate: certificates.ClientCertificate | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.certificate = client_certificate(transport)
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        current = self.exchange
        if current is not None and current.long_running and current.task is not None:
            self.exchange, current.ending = None, exchange.LEFT  # nobody reads the stream any more
            current.task.cancel()
            if current.response is not None:
                self.server.finished(current, current.response)

    def log_access(self, request: web.BaseRequest, response: web.StreamResponse, time: float | None) -> None:
        """aiohttp calls this when an answer is written."""
        current, self.exchange = self.exchange, None
        if current is not None:
            self.server.finished(current, response)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to what isn't HTTP, said as Go's server says it."""
        if status == 500:
            log.error("a request failed outside the handler chain", exc_info=exc)
        else:
            log.debug("a request can't be understood: %s", exc)
        if request.writer.output_size > 0:
            raise ConnectionError("a part of another answer was sent already")
        text = "400 Bad Request"
        if status == 500:
            text = "500 Internal Server Error"
        elif isinstance(exc, http_exceptions.LineTooLong):
            status, text = 431, "431 Request Header Fields Too Large"
        response = web.Response(status=status, text=text)
        response.force_close()
        return response


class Server(web.Server):
    """Makes connections, and an exchange of each request.

    `finished` is told of every exchange when its answer has been written."""

    def __init__(self, serve: Serve, *, finished: Finished, max_body: int = MAX_BODY) -> None:
        super().__init__(self.handle, request_factory=self.make_request)
        self.serve, self.finished, self.max_body = serve, finished, max_body
        self._options: dict[str, Any] = {
            "loop": self._loop,
            "access_log": None,
            "keepalive_timeout": KEEPALIVE,
            "max_line_size": MAX_HEADER,
            "max_field_size": MAX_HEADER,
        }

    def __call__(self) -> Connection:
        return Connection(self, **self._options)

    def make_request(
        self,
        message: http_parser.RawRequestMessage,
        payload: streams.StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> Request:
        return Request(message, payload, protocol, writer, task, self._loop, client_max_size=self.max_body)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        connection = request.protocol
        assert isinstance(connection, Connection)
        current = connection.exchange = exchange.Exchange(request, connection.certificate)
        return await self.serve(current)


def client_certificate(transport: asyncio.BaseTransport) -> certificates.ClientCertificate | None:
    """The certificate that the TLS handshake verified, if the client sent one."""
    tls = transport.get_extra_info("ssl_object")
    if tls is None:
        return None
    found = tls.getpeercert()
    der = tls.getpeercert(binary_form=True)
    return certificates.read(found.get("subject", ()), der) if found and der else None


def warning_header(text: str) -> str:
    """The value of a Warning header."""
    safe = "".join(char if char.isprintable() else " " for char in text)
    quoted = safe.replace("\\", "\\\\").replace('"', '\\"')
    return f'299 - "{quoted}"'
