"""Where audit events go, and what is counted of that."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

log = logging.getLogger("kroute.audit")


class Sink(Protocol):
    """Takes events; an async context manager, and leaving it delivers what is still there."""

    name: str
    strict: bool
    """Whether a request must not go on when it can't be recorded."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def put(self, event: bytes) -> bool:
        """Take an event; False, with everything said in the log and counted, when it is lost."""
        ...


class Carrier(Protocol):
    """Delivers events at once: to a file, to a webhook."""

    async def open(self) -> None:
        """Get ready.  Raises OSError."""
        ...

    async def carry(self, events: Sequence[bytes]) -> None:
        """Deliver events.  Raises OSError, CannotDeliver."""
        ...

    async def close(self) -> None: ...


class CannotDeliver(Exception):
    """Events were not delivered; the text says why."""


@dataclass(slots=True)
class Counts:
    """What is counted of auditing: for metrics."""

    events: int = 0
    rejected: int = 0
    levels: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def lost(self, sink: str, count: int, why: object) -> None:
        """Count lost events, and say so."""
        self.errors[sink] += count
        log.error("%d audit events are lost to %s: %s", count, sink, why)


class Immediate:
    """The modes `blocking` and `blocking-strict`: an event is delivered before the request goes on."""

    def __init__(self, name: str, carrier: Carrier, counts: Counts, *, strict: bool = False) -> None:
        self.name, self.strict = name, strict
        self._carrier, self._counts = carrier, counts

    async def __aenter__(self) -> Self:
        await self._carrier.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._carrier.close()

    async def put(self, event: bytes) -> bool:
        try:
            await self._carrier.carry((event,))
        except (OSError, CannotDeliver) as error:
            self._counts.lost(self.name, 1, error)
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncation:
    """Sizes in bytes that an event, and events delivered together, may have."""

    event: int = 102_400
    batch: int = 10_485_760
