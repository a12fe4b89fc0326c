"""Requests passed on to the server that an APIService names, and its answers passed back as they are.

Bodies are streamed both ways, watches and other protocols included.  What a client says of who it is doesn't get there:
only the aggregator says that.  Mirrors `handler_proxy.go` of `k8s.io/kube-aggregator`.
"""

from __future__ import annotations

import ssl
from collections.abc import Collection, Iterator
from typing import Final
from urllib import parse

import aiohttp
import multidict
import yarl
from aiohttp import web

from kroute.aggregator import backends, records
from kroute.server import exchange, transport, tunnels
from kroute.webhook import authorities, resolving

UNAVAILABLE: Final = "service unavailable"
REDIRECTED: Final = "the backend attempted to redirect this request, which is not permitted"
WHOLE: Final = 1 << 16
"""An answer of fewer bytes is read whole, and sent in one piece."""

HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
NOT_SENT: Final = HOP_BY_HOP | {"authorization", "host", "content-length", "audit-id", "expect", "x-forwarded-for"}
IDENTITY: Final = ("x-remote-", "impersonate-")
"""What only the aggregator says."""
NOT_PASSED_BACK: Final = HOP_BY_HOP | {"audit-id", "date", "server"}
"""This server says these itself."""
KEPT_IN_PATHS: Final = "/:@!$&'()*+,;=~"


class Proxy:
    """The way to the server of one APIService; a `delegation.Door`."""

    def __init__(self, service: records.APIService, servers: backends.Backends) -> None:
        self.service, self._servers = service, servers

    async def answer(self, current: exchange.Exchange) -> web.StreamResponse:
        """What the server answers; 503 when it isn't available or can't be reached."""
        service, request = self.service, current.request
        current.endpoint = service.path
        if not service.available:
            return failure(503, UNAVAILABLE)
        try:
            place = self._servers.place(service)
        except resolving.ResolveError:
            return failure(503, UNAVAILABLE)
        except (authorities.BundleError, OSError, ssl.SSLError) as error:
            return failure(500, str(error))
        target = target_of(current)
        headers = list(self._headers(current, place))
        if tunnels.is_upgrade(request):
            return await self._tunnel(current, place, target, headers)
        try:
            data = request.content if request.body_exists else None
            length = request.headers.get("Content-Length")
            if data is not None and length is not None and "Transfer-Encoding" not in request.headers:
                headers.append(("Content-Length", length))
            answer = await self._servers.request(request.method, place, target, headers, data)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return failure(503, f"error trying to reach service: {backends.said(error, place)}")
        async with answer:
            return await passed_back(current, answer, place)

    async def _tunnel(
        self, current: exchange.Exchange, place: backends.Place, target: str, headers: list[tuple[str, str]]
    ) -> web.StreamResponse:
        request = current.request
        current.long_running = True
        headers += [("Connection", "Upgrade"), ("Upgrade", request.headers["Upgrade"])]
        far = tunnels.Far(host=place.address.host, port=place.address.port, ssl=place.ssl, hostname=place.hostname)
        try:
            return await tunnels.relay(request, far, target, headers)
        except tunnels.TunnelError as error:
            return failure(503, str(error))
        except (OSError, ssl.SSLError) as error:
            return failure(503, f"error dialing backend: {backends.said(error, place)}")

    def _headers(self, current: exchange.Exchange, place: backends.Place) -> Iterator[tuple[str, str]]:
        """What the server is told: the client's headers but those of this connection, and who asks."""
        request = current.request
        yield "Host", str(place.address)
        hops = named_hops(request.headers.getall("Connection", ()))
        for name, value in request.headers.items():
            low = name.lower().replace("_", "-")
            if low in NOT_SENT or low in hops or low.startswith(IDENTITY):
                continue
            yield name, value
        yield "X-Forwarded-Uri", request.rel_url.raw_path
        yield "X-Forwarded-Host", request.headers.get("Host", "")
        yield "X-Forwarded-Proto", request.scheme
        if request.remote:
            yield "X-Forwarded-For", ", ".join([*request.headers.getall("X-Forwarded-For", ()), request.remote])
        yield "Audit-Id", current.audit_id
        yield from backends.identity(current.user)


def target_of(current: exchange.Exchange) -> str:
    """Path and query as they are sent on: the path was decoded once, and is encoded anew."""
    path = parse.quote(current.info.path, safe=KEPT_IN_PATHS, errors="surrogateescape")
    return f"{path}?{current.query}" if current.query else path


def named_hops(values: Collection[str]) -> frozenset[str]:
    """The headers that a Connection header says are for this connection alone."""
    return frozenset(token.strip().lower() for value in values for token in value.split(",") if token.strip())


async def passed_back(
    current: exchange.Exchange, answer: aiohttp.ClientResponse, place: backends.Place
) -> web.StreamResponse:
    """The server's answer for the client."""
    request, location = current.request, answer.headers.get("Location")
    if 300 <= answer.status <= 399 and location:
        return web.Response(status=502, body=REDIRECTED.encode())
    headers = answer_headers(answer.headers)
    for value in transport.warning_headers(current.warnings) if "Warning" in headers else ():
        headers.add("Warning", value)
    if location:
        headers["Location"] = own_location(location, request, place)
    size = answer.content_length
    if request.method != "HEAD" and size is not None and size < WHOLE:
        headers.popall("Content-Length", None)
        try:
            body = await answer.read()
        except aiohttp.ClientError as error:
            return failure(503, f"error trying to reach service: {backends.said(error, place)}")
        return web.Response(status=answer.status, reason=answer.reason, headers=headers, body=body)
    response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=headers)
    await response.prepare(request)
    try:
        async for part in answer.content.iter_any():
            await response.write(part)
    except aiohttp.ClientError:
        if request.transport is not None:  # only the end of the connection says that the rest does not come
            request.transport.abort()
        return response
    await response.write_eof()
    return response


def answer_headers(given: multidict.CIMultiDictProxy[str]) -> multidict.CIMultiDict[str]:
    hops = named_hops(given.getall("Connection", ()))
    return multidict.CIMultiDict(
        (name, value)
        for name, value in given.items()
        if (low := name.lower()) not in NOT_PASSED_BACK and low not in hops
    )


def own_location(location: str, request: web.BaseRequest, place: backends.Place) -> str:
    """A place of the server as clients get there."""
    try:
        url = yarl.URL(location)
    except ValueError:
        return location
    if url.absolute and url.authority == str(place.address):
        query = f"?{url.raw_query_string}" if url.raw_query_string else ""
        return f"{request.scheme}://{request.host}{url.raw_path}{query}"
    return location


def failure(status: int, text: str) -> web.Response:
    """An error in plain text, as Go's server says it."""
    headers = {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}
    shown = " ".join(text.splitlines())
    return web.Response(status=status, body=f"{shown}\n".encode(), headers=headers)
