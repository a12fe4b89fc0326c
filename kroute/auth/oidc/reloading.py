"""Identity providers of a file that may change while the server runs: others take their place, without a restart.

What can't be used is told of in the log, and what was said before goes on.  Only the providers are looked at again, not
what is said of anonymous requests.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self, TypeAlias

from kroute.aio import clocks, tasks
from kroute.auth.oidc import configuration, provider, tokens
from kroute.machinery import context
from kroute.webhook import fetching

INTERVAL, PATIENCE = 60.0, 60.0
"""Seconds between two looks at the file, and for which new providers may be looked for before they are used."""

log = logging.getLogger("kroute.auth")


class Issued(NamedTuple):
    """A provider and the authenticator of its tokens."""

    provider: provider.Provider
    tokens: tokens.ProviderTokens


Make: TypeAlias = Callable[[configuration.Issuer], Issued]


def issued(issuer: configuration.Issuer) -> Issued:
    """Raises BundleError, a ValueError."""
    documents = fetching.Fetcher(issuer.authority)
    found = provider.Provider(issuer.url, documents, discovery_url=issuer.discovery_url)
    known = tokens.ProviderTokens(found, issuer.users, audiences=issuer.audiences, algorithms=issuer.algorithms)
    return Issued(found, known)


class Reloaded:
    """Knows the owners of tokens of all providers in a file; an async context manager."""

    def __init__(
        self,
        file: Path,
        first: configuration.Configuration,
        *,
        disallowed: Collection[str] = (),
        make: Make = issued,
        clock: clocks.Clock | None = None,
    ) -> None:
        """Raises ValueError for authorities that are none."""
        self._file, self._disallowed, self._make = file, disallowed, make
        self._clock = clock or clocks.SystemClock()
        self._present = self._made(first)
        self._seen = self._stamp()
        self._running = AsyncExitStack()
        self._scope = tasks.Scope("identity providers")

    async def __aenter__(self) -> Self:
        for each in self._present:
            await self._running.enter_async_context(each.provider)
        await self._scope.__aenter__()
        self._scope.spawn(self._watch(), name="authentication configuration", eternal=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._scope.__aexit__(kind, error, trace)
        await self._running.aclose()

    async def owner(self, token: str) -> context.User | None:
        """Whose token it is.  Raises Rejected."""
        for each in self._present:
            found = await each.tokens.owner(token)
            if found is not None:
                return found
        return None

    async def _watch(self) -> None:
        while True:
            await self._clock.sleep(INTERVAL)
            stamp = self._stamp()
            if stamp != self._seen:
                self._seen = stamp
                await self._renew()

    async def _renew(self) -> None:
        try:
            found = self._made(configuration.read(self._file, disallowed=self._disallowed))
        except (OSError, ValueError) as error:
            log.warning("the authentication configuration can't be used, what it said before goes on: %s", error)
            return
        async with AsyncExitStack() as stack:
            for each in found:
                await stack.enter_async_context(each.provider)
            try:
                async with asyncio.timeout(PATIENCE):
                    for each in found:
                        await each.provider.ready()
            except TimeoutError:
                log.warning("not all identity providers of the new authentication configuration are there")
            former, self._running = self._running, stack.pop_all()
            self._present = found
        await former.aclose()
        log.info("the authentication configuration has been read again")

    def _made(self, said: configuration.Configuration) -> Sequence[Issued]:
        return [self._make(issuer) for issuer in said.issuers]

    def _stamp(self) -> tuple[int, int]:
        try:
            found = self._file.stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_size
