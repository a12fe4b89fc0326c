"""Reads JSON documents from other servers, over TLS: what an identity provider says of itself, and its keys."""

from __future__ import annotations

import ssl
from typing import Any, Final

import aiohttp
import orjson

from kroute.webhook import authorities, client, gofailures, sessions

TIMEOUT: Final = 30.0
LARGEST: Final = 4 * 1024 * 1024
REDIRECTS: Final = 5


class FetchError(Exception):
    """A document can't be read; the text says why."""


class Fetcher(sessions.Caller):
    """Reads documents from servers that one bundle of authorities vouches for; an async context manager, which ends the
    connections.

    `bundle` is PEM, empty for the system's authorities.  Raises authorities.BundleError."""

    def __init__(self, bundle: bytes = b"", *, timeout: float = TIMEOUT) -> None:
        self._context: ssl.SSLContext = authorities.made(bundle)
        self._timeout = timeout

    async def get(self, url: str) -> Any:
        """The document at a URL.  Raises FetchError."""
        try:
            async with self.connected().get(url, max_redirects=REDIRECTS) as response:
                body = await read(response)
                if response.status != 200:
                    shown = body[:200].decode("utf-8", "replace").strip()
                    raise FetchError(f"{url}: {response.status} {response.reason}: {shown}")
                return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise FetchError(f"{url}: the answer is no JSON: {error}") from error
        except TimeoutError as error:
            raise FetchError(f"{url}: {gofailures.DEADLINE}") from error
        except (aiohttp.ClientError, OSError, ssl.SSLError, ValueError) as error:
            address = url.partition("://")[2].partition("/")[0]
            raise FetchError(f"{url}: {gofailures.text(error, address) or type(error).__name__}") from error

    def session(self) -> aiohttp.ClientSession:
        """A new session."""
        return aiohttp.ClientSession(
            headers={"Accept": "application/json", "User-Agent": client.USER_AGENT},
            connector=aiohttp.TCPConnector(ssl=self._context),
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
        )


async def read(response: aiohttp.ClientResponse) -> bytes:
    """A body of bearable size.  Raises FetchError."""
    parts, size = [], 0
    async for part in response.content.iter_any():
        size += len(part)
        if size > LARGEST:
            raise FetchError(f"{response.url}: the answer is longer than {LARGEST} bytes")
        parts.append(part)
    return b"".join(parts)
