"""EncryptedBackend: another backend, with the values of some resources sealed."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from kroute.storage.backend import base
from kroute.storage.backend.encrypted import configuration, log


class EncryptedBackend:
    """`base.Backend` over another.  Logs that the configuration doesn't name are the other's own."""

    def __init__(self, inner: base.Backend, chosen: configuration.Configuration) -> None:
        self.shared = inner.shared
        self._inner, self._chosen = inner, chosen
        self._logs: dict[str, base.Log] = {}

    async def __aenter__(self) -> Self:
        await self._inner.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._inner.__aexit__(kind, error, trace)

    def log(self, name: str) -> base.Log:
        found = self._logs.get(name)
        if found is None:
            keys, inner = self._chosen.keys_of(name), self._inner.log(name)
            found = self._logs[name] = inner if keys is None else log.EncryptedLog(inner, keys)
        return found

    async def check(self) -> None:
        await self._inner.check()

    def warnings(self) -> Sequence[str]:
        return self._inner.warnings()
