"""Passing a request on to a pod, node or service, and the answer back: what is behind the `proxy` subresources.

Mirrors `pkg/util/proxy` of k8s.io/apimachinery, without changes of protocol and without links of pages rewritten.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import aiohttp
import multidict
import yarl
from aiohttp import web

from kroute.machinery import errors

DIAL_SECONDS = 30.0
CHUNK = 1 << 16
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
NOT_SENT = HOP_BY_HOP | {"authorization", "host", "content-length"}
REFUSED = {
    errno.ECONNREFUSED: "connection refused",
    errno.EHOSTUNREACH: "no route to host",
    errno.ENETUNREACH: "network is unreachable",
    errno.ECONNRESET: "connection reset by peer",
}


class Target(NamedTuple):
    """Where to; `port` "" is the scheme's own."""

    scheme: str
    host: str
    port: str = ""

    def url(self, path: str, query: str) -> yarl.URL:
        """Raises BadRequest for a port that is none."""
        if self.port and not (self.port.isdecimal() and int(self.port) < 65536):
            raise errors.BadRequest(f"address {self.address()}: unknown port")
        port = int(self.port) if self.port else None
        found = yarl.URL.build(scheme=self.scheme or "http", host=self.host, port=port, path=path or "/")
        return found.with_query(yarl.URL(f"?{query}", encoded=True).query) if query else found

    def address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port or (443 if self.scheme == 'https' else 80)}"


async def forward(request: web.BaseRequest, target: Target, path: str) -> web.StreamResponse:
    """The target's answer.  Raises ServiceUnavailable when it can't be reached, BadRequest."""
    if not path:
        # what is below a path without a slash at its end could not name itself by relative links
        query = f"?{request.query_string}" if request.query_string else ""
        return web.Response(status=301, headers={"Location": f"{request.path}/{query}"})
    if "Upgrade" in request.headers:
        raise errors.BadRequest("connections that change their protocol can't be proxied")
    url = target.url(path, request.rel_url.raw_query_string)
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=DIAL_SECONDS)
    async with aiohttp.ClientSession(
        auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar(), timeout=timeout
    ) as session:
        try:
            answer = await session.request(
                request.method,
                url,
                headers=headers_of(request),
                data=request.content if request.body_exists else None,
                allow_redirects=False,
                ssl=False,
            )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise errors.ServiceUnavailable(
                f"error trying to reach service: {show(error, target)}", details=None
            ) from error
        async with answer:
            return await passed_back(request, answer, prefix=request.path.removesuffix(path), target=target)


def headers_of(request: web.BaseRequest) -> multidict.CIMultiDict[str]:
    """The request's headers, as far as they are for whoever answers."""
    found = multidict.CIMultiDict(kept(request.headers, NOT_SENT))
    found["X-Forwarded-Uri"] = request.path
    found["X-Forwarded-Host"] = request.host
    found["X-Forwarded-Proto"] = request.scheme
    return found


def kept(headers: Mapping[str, str], without: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers.items() if name.lower() not in without]


async def passed_back(
    request: web.BaseRequest, answer: aiohttp.ClientResponse, *, prefix: str, target: Target
) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, reason=answer.reason)
    for name, value in kept(answer.headers, HOP_BY_HOP):
        if not name.lower().startswith("access-control-"):
            response.headers.add(name, value)
    if "Location" in response.headers:
        response.headers["Location"] = rewritten(response.headers["Location"], prefix, target)
    await response.prepare(request)
    async for chunk in answer.content.iter_chunked(CHUNK):
        await response.write(chunk)
    await response.write_eof()
    return response


def rewritten(location: str, prefix: str, target: Target) -> str:
    """A place of the target as clients get there."""
    url = yarl.URL(location)
    if url.absolute and (url.host != target.host or str(url.explicit_port or "") != target.port):
        return location
    return f"{prefix}{url.raw_path}" + (f"?{url.raw_query_string}" if url.raw_query_string else "")


def show_dial(error: OSError | TimeoutError, target: Target) -> str:
    """Why nobody answers at a target's address, as Go says it."""
    dial = f"dial tcp {target.address()}:"
    if isinstance(error, TimeoutError) and error.errno is None:
        return f"{dial} i/o timeout"
    return f"{dial} connect: {REFUSED.get(error.errno or 0) or error.strerror or error}"


def show(error: Exception, target: Target) -> str:
    """Why a target can't be reached, as Go says it."""
    if isinstance(error, TimeoutError):
        return show_dial(error, target)
    if isinstance(error, aiohttp.ClientConnectorError):
        return show_dial(error.os_error, target)
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "EOF"
    return str(error)
