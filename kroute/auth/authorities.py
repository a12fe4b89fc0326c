"""Whose client certificates count: authorities in files, which may change while the server runs.

TLS lets in whatever any authority signed that it has known since the start; here is who counts at present, so that an
authority which is taken out of its file is believed no more.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from kroute.aio import clocks, tasks
from kroute.auth import certificates

INTERVAL = 60.0
"""Seconds between two looks at the files."""

log = logging.getLogger("kroute.auth")


class Trusted(Protocol):
    @property
    def identities(self) -> frozenset[bytes]:
        """The authorities, as `certificates.identity` tells them."""
        ...


class Fixed(NamedTuple):
    """Authorities that stay."""

    identities: frozenset[bytes]


class Files:
    """Authorities in PEM files; an async context manager, while it is open the files are looked at again."""

    def __init__(self, files: Sequence[Path], *, clock: clocks.Clock | None = None) -> None:
        """Raises OSError, and ValueError for a file that holds no certificate."""
        self._files, self._clock = tuple(files), clock or clocks.SystemClock()
        self._seen = self._stamps()
        self.identities = read(self._files)
        self._scope = tasks.Scope("client authorities")

    async def __aenter__(self) -> Self:
        await self._scope.__aenter__()
        self._scope.spawn(self._watch(), name="look at client authorities", eternal=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._scope.__aexit__(kind, error, trace)

    async def _watch(self) -> None:
        while True:
            await self._clock.sleep(INTERVAL)
            stamps = self._stamps()
            if stamps != self._seen:
                self._seen = stamps
                self._look()

    def _look(self) -> None:
        try:
            self.identities = read(self._files)
        except (OSError, ValueError) as error:
            log.warning("the authorities of clients can't be read, the former ones go on: %s", error)

    def _stamps(self) -> list[int]:
        return [file.stat().st_mtime_ns if file.exists() else 0 for file in self._files]


def read(files: Iterable[Path]) -> frozenset[bytes]:
    """The identities of the authorities in PEM files.  Raises OSError, ValueError."""
    found = set()
    for file in files:
        for certificate in x509.load_pem_x509_certificates(file.read_bytes()):
            found.add(certificates.identity(certificate.public_bytes(serialization.Encoding.DER)))
    return frozenset(found)
