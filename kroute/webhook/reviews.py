"""Reviews by a server that a kubeconfig names: a review is posted, and comes back with its status.

Mirrors `k8s.io/apiserver/pkg/util/webhook` as its authenticators and authorizers use it.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from pathlib import Path
from typing import Any, Final, Self

import aiohttp

from kroute.machinery import codecs, goformat
from kroute.webhook import client, gofailures, kubeconfigs, sessions

TIMEOUT: Final = 30.0
ATTEMPTS, BACKOFF, FACTOR, JITTER = 5, 0.5, 1.5, 0.2
"""How often it is tried, and the pauses (seconds) in between."""


class Reviews(sessions.Caller):
    """Asks one server; an async context manager, which ends its connections."""

    def __init__(self, target: kubeconfigs.Target, *, backoff: float = BACKOFF, timeout: float = TIMEOUT) -> None:
        self._target, self._backoff, self._timeout = target, backoff, timeout

    @classmethod
    def read(cls, path: Path, *, timeout: float = TIMEOUT) -> Self:
        """The server that a kubeconfig names; `timeout` is in seconds.  Raises OSError, KubeconfigError."""
        return cls(kubeconfigs.read(path), timeout=timeout)

    async def post(self, review: Any) -> Any:
        """The object that comes back.  Raises client.CallError."""
        body, pause = codecs.encode(review), self._backoff
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._try(body)
            except Again as error:
                if attempt == ATTEMPTS:
                    raise client.CallError(str(error)) from error
            await asyncio.sleep(pause * (1 + random.random() * JITTER))
            pause *= FACTOR
        raise AssertionError("the last attempt returns or raises")

    async def _try(self, body: bytes) -> Any:
        """Raises client.CallError, and Again where another attempt may help."""
        url = self._target.url
        try:
            async with self.connected().post(url, data=body, allow_redirects=False) as response:
                content = await read(response.content)
                try:
                    return client.answer(response.status, response.content_type.startswith("text/"), content)
                except client.CallError as error:
                    if response.status == 429 or response.status >= 500:
                        raise Again(str(error)) from error
                    raise
        except TimeoutError as error:
            raise Again(f"Post {goformat.quote(url)}: {gofailures.DEADLINE}") from error
        except (aiohttp.ClientError, OSError, ssl.SSLError) as error:
            address = url.partition("://")[2].partition("/")[0]
            raise Again(f"Post {goformat.quote(url)}: {gofailures.text(error, address)}") from error

    def session(self) -> aiohttp.ClientSession:
        """A new session."""
        headers = {"Content-Type": "application/json", "Accept": "application/json, */*", **self._target.headers}
        return aiohttp.ClientSession(
            headers=headers,
            connector=aiohttp.TCPConnector(ssl=self._target.ssl or True),
            timeout=aiohttp.ClientTimeout(total=self._timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
        )


class Again(Exception):
    """A failure that may pass; the text says what it was."""


async def read(content: aiohttp.StreamReader) -> bytes:
    """A body of bearable size.  Raises client.CallError."""
    parts, size = [], 0
    async for part in content.iter_any():
        size += len(part)
        if size > client.LARGEST:
            raise client.CallError(f"the response is longer than {client.LARGEST} bytes")
        parts.append(part)
    return b"".join(parts)
