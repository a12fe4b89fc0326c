"""What there is to hand out: ranges of addresses and of ports, as whole numbers.

The lower part of a range is for those who ask for a number by name; others get one of it only when the rest is gone.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from kroute.coreapi import networks

SMALLEST = 16
"""How many numbers are kept for those who ask by name, at least; a range that has no more keeps none."""


@dataclass(frozen=True, slots=True)
class Span:
    """The numbers from `first` to `last`, of which the first `reserved` ones are handed out last."""

    first: int
    last: int
    reserved: int = 0

    def __contains__(self, number: int) -> bool:
        return self.first <= number <= self.last

    def bands(self) -> list[range]:
        """The parts of the range, in the order in which they are used; none of them empty."""
        middle = self.first + self.reserved
        return [band for band in (range(middle, self.last + 1), range(self.first, middle)) if band.start < band.stop]


def of_network(network: networks.Network) -> Span:
    """The addresses that services can have: not the network's own, nor where all its hosts would listen."""
    first, last = int(network.network_address) + 1, int(network.broadcast_address)
    if network.version == 4:
        last -= 1
    size = network.num_addresses
    return Span(first, last, kept(size, 16, 256) if size > SMALLEST else 0)


def of_ports(first: int, last: int) -> Span:
    size = last - first + 1
    return Span(first, last, kept(size, 32, 128) if size > SMALLEST else 0)


def kept(size: int, part: int, most: int) -> int:
    return min(max(SMALLEST, size // part), most)


def address(number: int, family: str) -> str:
    """The address that a number stands for."""
    return str(ipaddress.IPv4Address(number) if family == networks.IPV4 else ipaddress.IPv6Address(number))
