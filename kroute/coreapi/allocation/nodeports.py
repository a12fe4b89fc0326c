"""Node ports: which there are, and whose they are.  Mirrors `portallocator` of `pkg/registry/core/service`."""

from __future__ import annotations

import random

from kroute.coreapi import environment
from kroute.coreapi.allocation import addresses, claims, holding, pools, ranges

FULL = addresses.FULL
TAKEN = "provided port is already allocated"


class NodePorts:
    """The node ports of one core API."""

    def __init__(self, made_with: environment.Environment, *, chance: random.Random | None = None) -> None:
        first, last = made_with.options.node_ports
        self.span = ranges.of_ports(first, last)
        backend = made_with.caches.backend
        book = claims.Ports(lambda: backend.log(claims.NODE_PORTS))
        is_held = holding.Holding(made_with, holding.has_port).is_held
        self.pool = pools.Pool(book, is_held, clock=made_with.clock, chance=chance)

    async def claim(self, number: int, owner: claims.Owner) -> None:
        """Claim a certain port.  Raises AllocationError."""
        if number not in self.span:
            valid = f"{self.span.first}-{self.span.last}"
            raise addresses.AllocationError(
                f"provided port is not in the valid range. The range of valid ports is {valid}"
            )
        if not await self.pool.claim(number, owner):
            raise addresses.AllocationError(TAKEN)

    async def take(self, owner: claims.Owner) -> int:
        """Claim any port.  Raises AllocationError."""
        number = await self.pool.take([self.span], owner)
        if number is None:
            raise addresses.AllocationError(FULL)
        return number

    async def release(self, number: int, owner: claims.Owner) -> None:
        """Give a port back; it is no error if it isn't the owner's."""
        if number in self.span:
            await self.pool.release(number, owner)

    async def rehearse_claim(self, number: int) -> None:
        """What a dry run knows of a certain port: whether somebody has it.  Raises AllocationError."""
        if number in self.span and await self.pool.book.find(number) is not None:
            raise addresses.AllocationError(TAKEN)
