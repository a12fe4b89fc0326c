"""An identity provider: what it says of itself, and the keys that it signs with, fetched when they are needed.

It need not be there when the server starts: it is looked for until it is found.  Keys are read again when a token names
one that isn't known, but not all the time, whatever tokens come.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Protocol, Self

from joserfc import errors as jose
from joserfc import jwk

from kroute.aio import clocks, tasks
from kroute.auth import keys
from kroute.webhook import fetching

WELL_KNOWN = "/.well-known/openid-configuration"
RETRY, PAUSE = 10.0, 5.0
"""Seconds until a provider that isn't there is looked for again, and between two looks for new keys."""

log = logging.getLogger("kroute.auth")


class Documents(Protocol):
    """Reads JSON documents."""

    async def get(self, url: str) -> Any:
        """Raises fetching.FetchError."""
        ...


class Provider:
    """One issuer; an async context manager: it is looked for as long as that is open."""

    def __init__(
        self,
        issuer: str,
        documents: Documents,
        *,
        discovery_url: str = "",
        clock: clocks.Clock | None = None,
    ) -> None:
        self.issuer = issuer
        self._documents = documents
        self._discovery = discovery_url or issuer.removesuffix("/") + WELL_KNOWN
        self._clock = clock or clocks.SystemClock()
        self._keys: list[keys.Key] | None = None
        self._key_set, self._looked = "", 0.0
        self._lock, self._ready = asyncio.Lock(), asyncio.Event()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        if isinstance(self._documents, fetching.Fetcher):
            await self._stack.enter_async_context(self._documents)
        scope = await self._stack.enter_async_context(tasks.Scope(f"issuer {self.issuer}"))
        scope.spawn(self._find(), name="discovery")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def found(self) -> bool:
        """Whether the provider has been found."""
        return self._keys is not None

    async def ready(self) -> None:
        """Wait until the provider has been found."""
        await self._ready.wait()

    async def keys(self, key_id: str) -> list[keys.Key]:
        """The keys that may have signed a token which names this one ("": any).

        They are fetched again if none of that name is known."""
        known = named(self._keys or (), key_id)
        if known or not self.found:
            return known
        async with self._lock:
            known = named(self._keys or (), key_id)
            if not known and self._clock.monotonic() - self._looked >= PAUSE:
                try:
                    await self._look()
                except (fetching.FetchError, ValueError) as error:
                    log.warning("the keys of %s can't be fetched: %s", self.issuer, error)
                known = named(self._keys or (), key_id)
        return known

    async def _find(self) -> None:
        while not self.found:
            try:
                await self._discover()
            except (fetching.FetchError, ValueError) as error:
                log.warning("the issuer %s can't be used yet: %s", self.issuer, error)
                await self._clock.sleep(RETRY)

    async def _discover(self) -> None:
        """Raises FetchError, ValueError."""
        document = await self._documents.get(self._discovery)
        told = document if isinstance(document, dict) else {}
        if told.get("issuer") != self.issuer:
            raise ValueError(f"it calls itself {told.get('issuer')!r}")
        key_set = told.get("jwks_uri")
        if not isinstance(key_set, str) or not key_set.startswith("https://"):
            raise ValueError("it doesn't say where its keys are")
        self._key_set = key_set
        await self._look()

    async def _look(self) -> None:
        """Raises FetchError, ValueError."""
        self._looked = self._clock.monotonic()
        self._keys = list(read(await self._documents.get(self._key_set)))
        self._ready.set()


def named(known: Iterable[keys.Key], key_id: str) -> list[keys.Key]:
    return [key for key in known if not key_id or key.id == key_id]


def read(document: Any) -> Iterable[keys.Key]:
    """The keys of a JSON Web Key Set that tokens can be verified with.  Raises ValueError for what is none."""
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("the answer is no key set")
    for entry in listed:
        if not isinstance(entry, dict) or entry.get("use", "sig") != "sig" or entry.get("kty") not in ("RSA", "EC"):
            continue
        if entry["kty"] == "RSA" and len(str(entry.get("n"))) * 6 < keys.SMALLEST:
            log.warning("a key of a key set has less than %d bits", keys.SMALLEST)
            continue
        try:
            public = jwk.import_key(entry).public_key
            found = keys.key(public)
        except (jose.JoseError, ValueError, TypeError, KeyError) as error:
            log.warning("a key of a key set can't be used: %s", error)
            continue
        yield keys.Key(str(entry.get("kid") or ""), algorithms(found, entry.get("alg")), found.jose)


def algorithms(key: keys.Key, said: Any) -> tuple[str, ...]:
    """The algorithms of a key: the one that it is said to be for, else all of its own."""
    return (said,) if said in key.algorithms else key.algorithms
