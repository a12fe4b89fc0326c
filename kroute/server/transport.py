"""aiohttp's low-level server, made ours: what is per connection, the headers that every answer has, size limits.

All that touches aiohttp's inner hooks is here.  The transport knows nothing of the chain but the one handler it calls.
A plain answer (whole body known, nothing to compress, HTTP/1.1), which nearly every one is, is written at once by
`Connection.write_plain`; everything else takes aiohttp's own way.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from email.utils import formatdate
from time import time
from typing import Any, TypeAlias, cast

import multidict
from aiohttp import HttpVersion10, HttpVersion11, hdrs, http_exceptions, http_parser, streams, web
from aiohttp.abc import AbstractStreamWriter

from kroute.actions import answers
from kroute.auth import bounded, certificates
from kroute.server import exchange

MAX_BODY = 3 * 1024 * 1024
"""How many bytes of a request's body are read; kube-apiserver's limit."""

MAX_HEADER = 64 * 1024
"""How many bytes a request line or a header may have."""

MAX_HEAD = 1024 * 1024
"""How many bytes all headers of a request may have together; Go's limit."""

TOO_MUCH = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Connection: close\r\n\r\n431 Request Header Fields Too Large"
)

CLOSING = 0.5
"""Seconds between such a refusal and the end of the connection."""

KEEPALIVE = 90.0
"""Seconds after which a connection without a request is closed."""

SENDING = 60.0
"""Seconds that a client may take to receive an answer; kube-apiserver's time for a request as a whole."""

CACHE_CONTROL = "no-cache, private"
CACHE_CONTROL_LINE = f"Cache-Control: {CACHE_CONTROL}"
MOST_WARNINGS, LONGEST_WARNING = 4096, 256
Whole: TypeAlias = web.Response | answers.Answer
WHOLE = frozenset((web.Response, answers.Answer))
PLAIN_BODIES = frozenset((bytes, type(None)))
BODILESS = frozenset((204, 304))
REMEMBERED, FEW = 16_384, 64
"""Of how many client certificates it is remembered who signed them, and of how many authorities who they are."""

DER = 2
"""The form of a certificate, as the ssl module numbers them."""
LAPS = 3
"""How many rounds of the event loop an aborted connection needs to be gone."""
PIECE = 256 * 1024
"""How much of a body is written at once; more only when the client has taken that."""
JOINED = 16 * 1024
"""A smaller body is sent in one piece with its headers."""

log = logging.getLogger("kroute.server")

Serve = Callable[[exchange.Exchange], Awaitable[web.StreamResponse]]
Finished = Callable[[exchange.Exchange, int, int], None]
"""Is told of an exchange, its status code, and how many bytes its body had."""


class Request(web.BaseRequest):
    """A request whose answer gets the headers that all answers have, just before they go out."""

    def change_headers(self, changed: Mapping[str, str | None]) -> None:
        """Put other values in the place of headers; None takes one away."""
        headers = self._headers.copy()
        for name, value in changed.items():
            if value is not None:
                headers[name] = value
            elif name in headers:
                del headers[name]
        self._headers = multidict.CIMultiDictProxy(headers)

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        connection = self._protocol
        headers = response.headers
        headers.popall(hdrs.SERVER, None)
        if isinstance(connection, Connection) and connection.exchange is not None:
            connection.exchange.response = response
            if hdrs.CACHE_CONTROL not in headers:
                headers[hdrs.CACHE_CONTROL] = CACHE_CONTROL
            headers["Audit-Id"] = connection.exchange.audit_id
            for line in connection.exchange.flow.splitlines():
                name, _, value = line.partition(": ")
                headers[name] = value
            if connection.exchange.long_running:
                connection.exchange.release()
            if hdrs.WARNING not in headers:
                for value in warning_headers(connection.exchange.warnings):
                    headers.add(hdrs.WARNING, value)
            trail = connection.exchange.trail
            if trail is not None and trail.started is not None and connection.exchange.long_running:
                await trail.started(response.status)


class Connection(web.RequestHandler):
    """One connection of one client: who its certificate says it is, and the request that is being answered."""

    __slots__ = ("certificate", "exchange", "head_size", "refused", "server", "wire")

    def __init__(self, server: Server, **options: Any) -> None:
        super().__init__(server, **options)
        self.server = server
        self.exchange: exchange.Exchange | None = None
        self.certificate: certificates.ClientCertificate | None = None
        self.head_size = 0
        """How many bytes there are of a request that isn't whole yet."""
        self.refused = False
        self.wire: asyncio.Transport | None = None
        """The transport until it is lost; aiohttp forgets its own as soon as it is being closed."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.certificate = self.server.verified.certificate(transport)
        self.wire = cast(asyncio.Transport, transport)
        full = self.server.full
        self.server.opened(self)
        super().connection_made(transport)
        if full:
            self.wire.abort()

    def data_received(self, data: bytes) -> None:
        waiter = self._waiter
        if waiter is None or waiter.done():
            super().data_received(data)
            return
        self.head_size += len(data)  # nothing but the head of a request is waited for
        if self.head_size <= MAX_HEAD:
            super().data_received(data)
            if waiter.done():
                self.head_size = 0
        elif self.wire is not None and not self.refused:
            self.refused = True
            self.wire.write(TOO_MUCH)
            # what is closed with something unread is reset, and then the client would not see the answer
            asyncio.get_running_loop().call_later(CLOSING, self.close_wire)

    def close_wire(self) -> None:
        if self.wire is not None:
            self.wire.close()

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        self.wire = None
        self.server.lost(self)
        current = self.exchange
        if current is not None and (current.long_running or current.idle) and current.task is not None:
            self.exchange, current.ending = None, exchange.LEFT  # nobody reads the stream any more
            current.task.cancel()
            if current.response is not None:
                self.server.finished(current, current.response.status, current.response.body_length)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """aiohttp calls this to have an answer written; whether the client has left meanwhile is the second result."""
        current = self.exchange
        if current is None or self._upgraded or not plain(request, resp):
            try:
                return await super().finish_response(request, resp, start_time)
            finally:
                if current is not None:
                    current.release()
        try:
            size = self.write_plain(current, request, cast(Whole, resp))
            self.exchange = None
            if size < 0:
                return resp, True
            self.server.finished(current, resp.status, size)
            if size <= PIECE and not self._paused:
                return resp, False
            return resp, not await self.sent(request, cast(bytes, cast(Whole, resp).body or b""))
        except ValueError as error:
            return await super().finish_response(request, self.handle_error(request, 500, error), start_time)
        finally:
            current.release()
            if type(resp) is answers.Answer:
                resp.body = b""  # aiohttp keeps the answer until the next request comes

    async def sent(self, request: web.BaseRequest, body: bytes) -> bool:
        """Write what is left of an answer as the client takes it; False when it has left, or is too slow and cut off.

        TLS buffers whatever it is given at once, so that only who writes in pieces hears of a client that is slow."""
        try:
            async with asyncio.timeout(SENDING):
                await request.writer.drain()
                for start in range(PIECE, len(body), PIECE):
                    if self.transport is None:
                        return False
                    self.transport.write(memoryview(body)[start : start + PIECE])
                    await request.writer.drain()
        except ConnectionError:
            return False
        except TimeoutError:
            if self.wire is not None:
                self.wire.abort()
            return False
        return True

    def write_plain(self, current: exchange.Exchange, request: web.BaseRequest, response: Whole) -> int:
        """Write a plain answer, of a long one the first piece; the size of its body, or -1 when the client has left."""
        transport = self.transport
        if transport is None or transport.is_closing():
            return -1
        body = response.body or b""
        assert isinstance(body, bytes)
        keep = response.keep_alive is not False and request.keep_alive
        response._keep_alive = keep
        headers = response.headers
        lines = [
            f"HTTP/1.1 {response.status} {response.reason}",
            *[f"{key}: {value}" for key, value in headers.items()],
        ]
        if hdrs.CACHE_CONTROL not in headers:
            lines.append(CACHE_CONTROL_LINE)
        if current.warnings and hdrs.WARNING not in headers:
            lines += [f"Warning: {value}" for value in warning_headers(current.warnings)]
        if not keep and hdrs.CONNECTION not in headers:
            lines.append("Connection: close")
        flow, date = current.flow, self.server.date_line()
        lines.append(f"Audit-Id: {current.audit_id}\r\n{flow}{date}\r\nContent-Length: {len(body)}\r\n\r\n")
        head = "\r\n".join(lines)
        if head.count("\n") != len(lines) + 3 + flow.count("\n"):
            raise ValueError("a header with a line break in it")
        if len(body) < JOINED:
            transport.write(head.encode() + body)
        else:
            transport.writelines((head.encode(), body if len(body) <= PIECE else memoryview(body)[:PIECE]))
        return len(body)

    def log_access(self, request: web.BaseRequest, response: web.StreamResponse, start: float | None) -> None:
        """aiohttp calls this when it has written an answer."""
        current, self.exchange = self.exchange, None
        if current is not None:
            self.server.finished(current, response.status, response.body_length)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to what isn't HTTP, said as Go's server says it."""
        if isinstance(exc, ConnectionError):
            log.debug("a client left before its request was whole: %s", exc)
        elif status == 500:
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

    `finished` is told of every exchange when its answer has been written.  What connects above `max_connections` (0:
    no limit) is cut off at once."""

    def __init__(self, serve: Serve, *, finished: Finished, max_body: int = MAX_BODY, max_connections: int = 0) -> None:
        super().__init__(self.handle, request_factory=self.make_request)
        self.serve, self.finished, self.max_body = serve, finished, max_body
        self.max_connections = max_connections
        self._second, self._date = 0, ""
        self.verified = Verified()
        self._open: set[Connection] = set()
        self._all_lost = asyncio.Event()
        self._options: dict[str, Any] = {
            "loop": self._loop,
            "access_log": None,
            "auto_decompress": False,  # kube-apiserver reads bodies as they are, too
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

    @property
    def full(self) -> bool:
        """Whether there are as many connections as there may be."""
        return 0 < self.max_connections <= len(self._open)

    def opened(self, connection: Connection) -> None:
        self._open.add(connection)

    def lost(self, connection: Connection) -> None:
        self._open.discard(connection)
        if not self._open:
            self._all_lost.set()

    async def close(self, timeout: float) -> None:
        """Close all connections, those with a request after a while; what isn't closed in time is cut."""
        self.pre_shutdown()
        await self.shutdown(timeout)
        if self._open:
            self._all_lost.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await self._all_lost.wait()
        for connection in list(self._open):
            if connection.wire is not None:
                connection.wire.abort()
        for _ in range(LAPS):
            await asyncio.sleep(0)

    def date_line(self) -> str:
        """The Date header; made anew each second."""
        now = int(time())
        if now != self._second:
            self._second, self._date = now, f"Date: {formatdate(now, usegmt=True)}"
        return self._date

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.version < HttpVersion10:
            raise web.HTTPBadRequest(text="400 Bad Request")
        connection = request.protocol
        assert isinstance(connection, Connection)
        current = connection.exchange = exchange.Exchange(request, connection.certificate)
        return await self.serve(current)


class Verified:
    """Remembers what certificates were verified with.

    A client that takes up an earlier TLS session shows its certificate no more, and nothing is verified again."""

    def __init__(self) -> None:
        self._known: bounded.Cache[bytes, frozenset[bytes]] = bounded.Cache(REMEMBERED)
        self._identities: bounded.Cache[bytes, bytes] = bounded.Cache(FEW)

    def certificate(self, transport: asyncio.BaseTransport) -> certificates.ClientCertificate | None:
        """The certificate that the TLS handshake, or an earlier one, verified, if the client sent one."""
        tls = transport.get_extra_info("ssl_object")
        if tls is None:
            return None
        found, der = tls.getpeercert(), tls.getpeercert(binary_form=True)
        if not found or not der:
            return None
        expires = float(ssl.cert_time_to_seconds(found["notAfter"]))
        authorities = self._authorities(tls, der)
        return certificates.read(found.get("subject", ()), der, authorities=authorities, expires=expires)

    def _authorities(self, tls: Any, der: bytes) -> frozenset[bytes]:
        """The identities of the authorities that the client's certificate was verified with."""
        own = hashlib.sha256(der).digest()
        chain = tls._sslobj.get_verified_chain()  # public only since Python 3.13
        if not chain:
            return self._known.get(own) or frozenset()
        found = frozenset(self._identity(bytes(each.public_bytes(DER))) for each in chain[1:] or chain)
        self._known.put(own, found)
        return found

    def _identity(self, authority: bytes) -> bytes:
        found = self._identities.get(authority)
        if found is None:
            found = certificates.identity(authority)
            self._identities.put(authority, found)
        return found


def plain(request: web.BaseRequest, response: web.StreamResponse) -> bool:
    """Whether an answer can be written as it stands."""
    return (
        type(response) in WHOLE
        and type(cast(Whole, response).body) in PLAIN_BODIES
        and request.version == HttpVersion11
        and request.method != hdrs.METH_HEAD
        and 200 <= response.status < 600
        and response.status not in BODILESS
        and not (response.prepared or response.chunked or response.compression or response._cookies)
        and hdrs.CONTENT_LENGTH not in response.headers
    )


def warning_headers(texts: Sequence[str]) -> Iterator[str]:
    """The values of the Warning headers for some texts; long ones are cut when all together are too long."""
    cut = sum(map(len, texts)) > MOST_WARNINGS
    left = MOST_WARNINGS
    for text in texts:
        if not text or not text.isprintable() or left <= 0:
            continue
        shown = text[:LONGEST_WARNING] if cut else text
        left -= len(shown)
        quoted = shown.replace("\\", "\\\\").replace('"', '\\"')
        yield f'299 - "{quoted}"'
