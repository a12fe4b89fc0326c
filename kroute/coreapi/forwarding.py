"""Passing a request on to a pod, node or service, and the answer back: what is behind the `proxy` subresources.

Mirrors `pkg/util/proxy` of k8s.io/apimachinery, without changes of protocol and without links of pages rewritten.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Collection, Mapping
from typing import NamedTuple
from urllib import parse

import aiohttp
import multidict
import yarl
from aiohttp import web

from kroute.machinery import errors

DIAL_SECONDS = 30.0
CHUNK = 1 << 16
DIGITS = re.compile(r"[0-9]{1,5}")
KEPT_IN_PATHS = "/:@!$&'()*+,;="
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
NOT_SENT = HOP_BY_HOP | {"authorization"}
IDENTITY = ("impersonate-", "x-remote-")
NOT_ADDED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
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
        if self.port and not (DIGITS.fullmatch(self.port) and int(self.port) < 65536):
            raise errors.BadRequest(f"address {self.address()}: unknown port")
        return yarl.URL.build(
            scheme=self.scheme or "http",
            authority=self.authority(),
            path=parse.quote(path or "/", safe=KEPT_IN_PATHS),
            query_string=query,
            encoded=True,
        )

    def address(self) -> str:
        """Host and port, also the scheme's own."""
        return f"{self._shown()}:{self.port or (443 if self.scheme == 'https' else 80)}"

    def authority(self) -> str:
        """Host and port as URLs have them."""
        return f"{self._shown()}:{self.port}" if self.port else self._shown()

    def _shown(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


async def forward(request: web.BaseRequest, target: Target, path: str) -> web.StreamResponse:
    """The target's answer.  Raises ServiceUnavailable when it can't be reached, BadRequest."""
    if not path and request.method in ("GET", "HEAD"):
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
                skip_auto_headers=NOT_ADDED,
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
    """The request's headers, as far as they are for whoever answers: nothing of who the client is here."""
    found = multidict.CIMultiDict(kept(request.headers, NOT_SENT, IDENTITY))
    found["X-Forwarded-Uri"] = request.rel_url.raw_path
    found["X-Forwarded-Host"] = request.host
    found["X-Forwarded-Proto"] = request.scheme
    if request.remote:
        found["X-Forwarded-For"] = ", ".join([*request.headers.getall("X-Forwarded-For", ()), request.remote])
    return found


def kept(headers: Mapping[str, str], without: Collection[str], prefixes: tuple[str, ...]) -> list[tuple[str, str]]:
    pairs = ((name, value, name.lower()) for name, value in headers.items())
    return [(name, value) for name, value, low in pairs if low not in without and not low.startswith(prefixes)]


async def passed_back(
    request: web.BaseRequest, answer: aiohttp.ClientResponse, *, prefix: str, target: Target
) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, reason=answer.reason)
    response.headers.extend(kept(answer.headers, HOP_BY_HOP, ("access-control-",)))
    if "Location" in response.headers:
        response.headers["Location"] = rewritten(response.headers["Location"], request, prefix, target)
    await response.prepare(request)
    try:
        async for chunk in answer.content.iter_chunked(CHUNK):
            await response.write(chunk)
    except aiohttp.ClientError:
        # a part is sent: only the end of the connection says that the rest does not come
        if request.transport is not None:
            request.transport.abort()
        return response
    await response.write_eof()
    return response


def rewritten(location: str, request: web.BaseRequest, prefix: str, target: Target) -> str:
    """A place of the target as clients get there."""
    url = yarl.URL(location)
    elsewhere = url.absolute and url.authority not in (target.authority(), request.host)
    if elsewhere or not url.raw_path.startswith("/"):
        return location
    path = url.raw_path if url.raw_path.startswith(prefix) else f"{prefix}{url.raw_path}"
    query = f"?{url.raw_query_string}" if url.raw_query_string else ""
    fragment = f"#{url.raw_fragment}" if url.raw_fragment else ""
    return f"{request.scheme}://{request.host}{path}{query}{fragment}"


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
