"""Pools: numbers to be claimed, by name or whichever is free.

A free number is found by chance, which needs no look at the others until a range is crowded.  A claim whose service
never came to be, because its process ended in between, is taken back by those who need the number.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Container, Iterator, Sequence
from typing import TypeAlias

from kroute.aio import clocks
from kroute.coreapi.allocation import claims, ranges

ATTEMPTS = 8
"""How many numbers of a band are tried by chance before its claims are listed."""

GRACE = 60.0
"""Seconds that a write of a service may take; a claim without a service is left alone that long."""

TIDY_INTERVAL = 10.0

IsHeld: TypeAlias = Callable[[claims.Owner, int], Awaitable[bool]]
"""Whether a service exists and has the number."""


class Pool:
    """The numbers of one kind."""

    def __init__(
        self, book: claims.Book, is_held: IsHeld, *, clock: clocks.Clock, chance: random.Random | None = None
    ) -> None:
        self.book = book
        self.is_held, self._clock = is_held, clock
        self._chance = chance or random.Random()
        self._tidied = float("-inf")

    async def claim(self, number: int, owner: claims.Owner) -> bool:
        """Claim a number; False when another service has it."""
        if await self.book.claim(number, owner):
            return True
        found = await self.book.find(number)
        if found is not None and not (
            await self._is_abandoned(number, found) and await self.book.remove(number, found)
        ):
            return False
        return await self.book.claim(number, owner)

    async def take(self, spans: Sequence[ranges.Span], owner: claims.Owner) -> int | None:
        """Claim any number of the first range that has one left; None when there is none."""
        number = await self._take(spans, owner)
        if number is None and await self._tidy():
            number = await self._take(spans, owner)
        return number

    async def release(self, number: int, owner: claims.Owner) -> None:
        await self.book.release(number, owner)

    async def _take(self, spans: Sequence[ranges.Span], owner: claims.Owner) -> int | None:
        for span in spans:
            for band in span.bands():
                number = await self._take_by_chance(band, owner)
                if number is None:
                    number = await self._take_from_rest(band, owner)
                if number is not None:
                    return number
        return None

    async def _take_by_chance(self, band: range, owner: claims.Owner) -> int | None:
        for _ in range(ATTEMPTS):
            number = self._chance.randrange(band.start, band.stop)
            if not self.book.is_known(number) and await self.book.claim(number, owner):
                return number
        return None

    async def _take_from_rest(self, band: range, owner: claims.Owner) -> int | None:
        taken = await self.book.all()
        start = self._chance.randrange(band.start, band.stop)
        for number in free(band, start, taken):
            if await self.book.claim(number, owner):
                return number
        return None

    async def _is_abandoned(self, number: int, claim: claims.Claim) -> bool:
        if claim.owner is None or claim.made > self._clock.now() - GRACE:
            return False
        return not await self.is_held(claim.owner, number)

    async def _tidy(self) -> bool:
        """As `tidy`, but not too often."""
        now = self._clock.monotonic()
        if now - self._tidied < TIDY_INTERVAL:
            return False
        self._tidied = now
        return await self.tidy()

    async def tidy(self) -> bool:
        """Take back all claims without a service; whether there were any."""
        freed = False
        for number, claim in (await self.book.all()).items():
            if await self._is_abandoned(number, claim):
                freed |= await self.book.remove(number, claim)
        return freed


def free(band: range, start: int, taken: Container[int]) -> Iterator[int]:
    """The numbers of a band that aren't taken, once around from `start`."""
    for part in (range(start, band.stop), range(band.start, start)):
        yield from (number for number in part if number not in taken)
