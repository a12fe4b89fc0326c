"""Audit events to a webhook: EventLists, posted to the server that a kubeconfig names.

Mirrors `k8s.io/apiserver/plugin/pkg/audit/webhook`.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from kroute.audit import policy, sinks
from kroute.webhook import kubeconfigs

ATTEMPTS, FACTOR, JITTER = 5, 1.5, 0.2
TIMEOUT = 30.0
"""Seconds for one attempt."""


class Webhook:
    """A carrier.  `backoff` is the pause, in seconds, before the second attempt; later ones are longer."""

    def __init__(self, target: kubeconfigs.Target, *, backoff: float) -> None:
        self._target, self._backoff = target, backoff
        self._session: aiohttp.ClientSession | None = None

    @classmethod
    def read(cls, path: Path, *, backoff: float) -> Webhook:
        """Raises OSError, KubeconfigError."""
        return cls(kubeconfigs.read(path), backoff=backoff)

    async def open(self) -> None:
        headers = {"Content-Type": "application/json", "Accept": "application/json", **self._target.headers}
        self._session = aiohttp.ClientSession(
            headers=headers,
            connector=aiohttp.TCPConnector(ssl=self._target.ssl or True),
            timeout=aiohttp.ClientTimeout(total=TIMEOUT),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def carry(self, events: Sequence[bytes]) -> None:
        head = b'{"kind":"EventList","apiVersion":"%b","metadata":{},"items":[' % policy.VERSION.encode()
        body = head + b",".join(events) + b"]}"
        pause = self._backoff
        for attempt in range(1, ATTEMPTS + 1):
            problem, again = await self._post(body)
            if not problem:
                return
            if not again or attempt == ATTEMPTS:
                raise sinks.CannotDeliver(f"{self._target.url}: {problem}")
            await asyncio.sleep(pause * (1 + random.random() * JITTER))
            pause *= FACTOR

    async def _post(self, body: bytes) -> tuple[str, bool]:
        """What went wrong, "" for nothing, and whether another attempt may help."""
        assert self._session is not None
        try:
            async with self._session.post(self._target.url, data=body, allow_redirects=False) as response:
                await response.read()
                if response.status < 300:
                    return "", False
                return f"answered {response.status}", response.status == 429 or response.status >= 500
        except TimeoutError:
            return "no answer in time", True
        except (aiohttp.ClientError, OSError, ssl.SSLError) as error:
            return str(error) or type(error).__name__, True

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
