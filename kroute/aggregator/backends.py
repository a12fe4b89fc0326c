"""Connections to the servers that APIServices name: whom to trust, how to prove oneself, for whom one speaks.

Connections are kept.  Whatever a client said of who it is has been taken from a request before it comes here, and what
is said instead is believed because of the front-proxy certificate.
Mirrors the transports of `pkg/apiserver` of `k8s.io/kube-aggregator`, and `k8s.io/client-go/transport`.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import aiohttp
import yarl

from kroute.aggregator import records
from kroute.machinery import context
from kroute.server import frontproxy
from kroute.webhook import authorities, gofailures, resolving, sessions

USER, UID, GROUP, EXTRA = "X-Remote-User", "X-Remote-Uid", "X-Remote-Group", "X-Remote-Extra-"
DIAL_SECONDS: Final = 30.0
IDLE_SECONDS: Final = 90.0
LARGEST: Final = 64 * 1024 * 1024
"""Bytes that a document may have which is fetched for this server's own use."""

HEADER_CHARACTERS = frozenset("!#$&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
SYSTEM = context.User("system:kube-aggregator", groups=("system:masters",))
"""Who asks when the aggregator itself wants to know something."""


class BackendError(Exception):
    """The server can't be reached, or gives no answer that can be understood; the text is Go's."""


class Fetched(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0].strip()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server is: an address, and how to speak TLS there."""

    address: resolving.Address
    ssl: ssl.SSLContext
    hostname: str

    def url(self, target: str) -> yarl.URL:
        """`target` is an encoded path with its query."""
        return yarl.URL(f"https://{self.address}{target}", encoded=True)


class Backends(sessions.Caller):
    """Connections to any number of servers; an async context manager, which ends them."""

    def __init__(self, resolver: resolving.Resolver, proxy: frontproxy.Pair | None = None) -> None:
        self._resolver, self._proxy = resolver, proxy
        self._contexts: dict[tuple[object, ...], ssl.SSLContext] = {}

    def place(self, service: records.APIService) -> Place:
        """Where an APIService's server is now.  Raises resolving.ResolveError, authorities.BundleError, OSError."""
        named = service.service
        assert named is not None
        address = self._resolver.resolve(named.namespace, named.name, named.port)
        return Place(address, self._context(service), named.hostname)

    async def request(
        self, method: str, place: Place, target: str, headers: Iterable[tuple[str, str]], data: Any = None
    ) -> aiohttp.ClientResponse:
        """Send a request; the answer, to be closed.  Raises aiohttp.ClientError, OSError, TimeoutError."""
        return await self.connected().request(
            method,
            place.url(target),
            headers=list(headers),
            data=data,
            ssl=place.ssl,
            server_hostname=place.hostname,
            allow_redirects=False,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        )

    async def fetch(
        self, service: records.APIService, target: str, headers: Mapping[str, str] | None = None, *, timeout: float
    ) -> Fetched:
        """A whole answer, for the aggregator itself; `timeout` is in seconds.  Raises BackendError."""
        sent = [*identity(SYSTEM), *(headers or {}).items()]
        try:
            place = self.place(service)
        except (resolving.ResolveError, authorities.BundleError, OSError) as error:
            raise BackendError(str(error)) from error
        try:
            async with asyncio.timeout(timeout), await self.request("GET", place, target, sent) as answer:
                return Fetched(answer.status, dict(answer.headers), await whole(answer.content))
        except TimeoutError as error:
            raise BackendError(f"{gofailures.DEADLINE} (Client.Timeout exceeded while awaiting headers)") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise BackendError(said(error, place)) from error

    def session(self) -> aiohttp.ClientSession:
        """A new session."""
        return aiohttp.ClientSession(
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            connector=aiohttp.TCPConnector(limit=0, limit_per_host=0, keepalive_timeout=IDLE_SECONDS),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=DIAL_SECONDS),
            max_line_size=1 << 16,
            max_field_size=1 << 16,
        )

    def _context(self, service: records.APIService) -> ssl.SSLContext:
        """Raises authorities.BundleError, OSError."""
        stamp = None if self._proxy is None else self._proxy.stamp()
        key = (service.ca_bundle, service.insecure, stamp)
        found = self._contexts.get(key)
        if found is None:
            found = authorities.made(service.ca_bundle)
            if service.insecure:
                found.check_hostname, found.verify_mode = False, ssl.CERT_NONE
            if self._proxy is not None:
                found.load_cert_chain(self._proxy.certificate, self._proxy.key)
            self._contexts = {each: made for each, made in self._contexts.items() if each[-1] == stamp}
            self._contexts[key] = found
        return found


def identity(user: context.User) -> Iterator[tuple[str, str]]:
    """The headers that say who asks."""
    yield USER, user.name
    if user.uid:
        yield UID, user.uid
    for group in user.groups:
        yield GROUP, group
    for key, values in user.extra.items():
        name = EXTRA + escaped(key)
        for value in values:
            yield name, value


def escaped(key: str) -> str:
    """A key with what can't be in a header's name percent-encoded."""
    return "".join(
        chr(byte) if chr(byte) in HEADER_CHARACTERS else f"%{byte:02X}" for byte in key.encode("utf-8", "replace")
    )


async def whole(content: aiohttp.StreamReader) -> bytes:
    """A body of bearable size.  Raises ValueError."""
    parts, size = [], 0
    async for part in content.iter_any():
        size += len(part)
        if size > LARGEST:
            raise ValueError(f"the answer is longer than {LARGEST} bytes")
        parts.append(part)
    return b"".join(parts)


def said(error: Exception, place: Place) -> str:
    """Why a server can't be reached, as Go says it."""
    if isinstance(error, aiohttp.ClientResponseError | aiohttp.http_exceptions.HttpProcessingError):
        return f"net/http: HTTP/1.x transport connection broken: malformed HTTP response: {error.message}"
    return gofailures.text(error, str(place.address))
