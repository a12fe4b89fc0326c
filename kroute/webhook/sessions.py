"""What callers of other servers have in common: a session that is made at the first use, and ends with the caller."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import aiohttp


class Caller:
    """An async context manager, which ends the connections; a subclass says how its session is made."""

    _session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def connected(self) -> aiohttp.ClientSession:
        """The session."""
        if self._session is None:
            self._session = self.session()
        return self._session

    def session(self) -> aiohttp.ClientSession:
        """A new session."""
        raise NotImplementedError
