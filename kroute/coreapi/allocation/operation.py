"""What one write of a service claims and gives up.

Claims are made at once, so that the service can be written with them, and taken back when it isn't written.  What the
service had before is given back only once it is written without.  A dry run claims nothing.
"""

from __future__ import annotations

from contextlib import suppress

from kroute.coreapi.allocation import addresses, claims, nodeports
from kroute.machinery import errors

AFTER_PORTS = 32768
"""The ports that a dry run shows begin behind this one: no port that anybody gets."""


class Operation:
    """One write, for one service."""

    def __init__(
        self, known: addresses.Addresses, ports: nodeports.NodePorts, owner: claims.Owner, *, dry_run: bool
    ) -> None:
        self._addresses, self._ports, self._owner, self._dry_run = known, ports, owner, dry_run
        self._claimed_addresses: list[str] = []
        self._claimed_ports: list[int] = []
        self._leaving_addresses: list[str] = []
        self._leaving_ports: set[int] = set()

    async def claim_address(self, text: str) -> None:
        """Raises AllocationError."""
        if self._dry_run:
            await self._addresses.rehearse_claim(text)
            return
        await self._addresses.claim(text, self._owner)
        self._claimed_addresses.append(text)

    async def take_address(self, family: str) -> str:
        """Raises AllocationError."""
        if self._dry_run:
            return await self._addresses.rehearse_take(family)
        text = await self._addresses.take(family, self._owner)
        self._claimed_addresses.append(text)
        return text

    async def claim_port(self, number: int) -> None:
        """Raises AllocationError."""
        if not self._dry_run:
            await self._ports.claim(number, self._owner)
        elif number in self._claimed_ports:
            raise addresses.AllocationError(nodeports.TAKEN)
        else:
            await self._ports.rehearse_claim(number)
        self._claimed_ports.append(number)

    async def take_port(self) -> int:
        """Raises AllocationError."""
        if self._dry_run:
            number = max(self._claimed_ports, default=AFTER_PORTS) + 1
        else:
            number = await self._ports.take(self._owner)
        self._claimed_ports.append(number)
        return number

    def leave_addresses(self, *texts: str) -> None:
        self._leaving_addresses += texts

    def leave_ports(self, *numbers: int) -> None:
        self._leaving_ports.update(number for number in numbers if number)

    async def commit(self) -> None:
        """The service is written."""
        await self._release(self._leaving_addresses, self._leaving_ports)

    async def revert(self) -> None:
        """The service is not written."""
        await self._release(self._claimed_addresses, set(self._claimed_ports))

    async def _release(self, texts: list[str], numbers: set[int]) -> None:
        if self._dry_run:
            return
        with suppress(errors.APIError):  # what stays claimed is taken back by those who need it
            for text in texts:
                await self._addresses.release(text, self._owner)
            for number in sorted(numbers):
                await self._ports.release(number, self._owner)
