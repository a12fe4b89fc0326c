"""Addresses of services: which there are, as flags and ServiceCIDRs say, and whose they are.

Mirrors `ipallocator` of `pkg/registry/core/service`.
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Mapping

from kroute.coreapi import environment, networks
from kroute.coreapi.allocation import claims, holding, pools, ranges
from kroute.machinery import objects
from kroute.storage import core

DEFAULT = "kubernetes"
"""The ServiceCIDR that is made of the flag."""

FULL = "range is full"
TAKEN = "provided IP is already allocated"
ELSEWHERE = "the provided network does not match the current range"


class AllocationError(Exception):
    """Why an address or port can't be had, in kube-apiserver's words."""


class Addresses:
    """The addresses of one core API."""

    def __init__(self, made_with: environment.Environment, *, chance: random.Random | None = None) -> None:
        self._environment = made_with
        self._given = [ipaddress.ip_network(text, strict=False) for text in made_with.options.service_ranges]
        self.families = [networks.family_of(network) for network in self._given]
        """The families that services can have addresses of, the default one first."""
        is_held = holding.Holding(made_with, holding.has_address).is_held
        self._pools = {
            family: pools.Pool(self._book(family), is_held, clock=made_with.clock, chance=chance)
            for family in self.families
        }

    def _book(self, family: str) -> claims.Addresses:
        backend = self._environment.caches.backend
        return claims.Addresses(
            lambda: backend.log(str(claims.IP_ADDRESSES)), family, served=self._served, clock=self._environment.clock
        )

    def _served(self) -> core.Core | None:
        return self._environment.core("ipaddresses", "networking.k8s.io")

    async def claim(self, text: str, owner: claims.Owner) -> None:
        """Claim a certain address.  Raises AllocationError."""
        family, number = place(text)
        await self._span_of(family, number)
        if not await self._pools[family].claim(number, owner):
            raise AllocationError(TAKEN)

    async def take(self, family: str, owner: claims.Owner) -> str:
        """Claim any address of a family.  Raises AllocationError."""
        spans = [span for _, span in await self._spans(family)]
        number = await self._pools[family].take(spans, owner)
        if number is None:
            raise AllocationError(FULL)
        return ranges.address(number, family)

    async def release(self, text: str, owner: claims.Owner) -> None:
        """Give an address back; it is no error if it isn't the owner's."""
        family, number = place(text)
        if family in self._pools:
            await self._pools[family].release(number, owner)

    async def reclaim(self, text: str, owner: claims.Owner) -> None:
        """Claim an address that the owner has already, if nobody else has done so."""
        family, number = place(text)
        if family in self._pools:
            await self._pools[family].claim(number, owner)

    async def rehearse_claim(self, text: str) -> None:
        """What a dry run knows of a certain address: whether there is one.  Raises AllocationError."""
        family, number = place(text)
        spans = await self._spans(family)
        if spans and not any(number in span for _, span in spans):
            network = spans[0][0]
            raise AllocationError(
                f"the provided IP ({networks.canonical(text)}) is not in the valid range. "
                f"The range of valid IPs is {network}"
            )

    async def rehearse_take(self, family: str) -> str:
        """The address that a dry run shows: that of the network, which nobody will get."""
        spans = await self._spans(family)
        if not spans:
            raise AllocationError(FULL)
        return str(spans[0][0].network_address)

    def pool(self, text: str) -> tuple[pools.Pool, int]:
        """The pool that an address is of, and its number there.  Raises KeyError for a family that isn't served."""
        family, number = place(text)
        return self._pools[family], number

    async def network_of(self, text: str) -> networks.Network | None:
        """The network that an address is handed out from; None for none."""
        family, number = place(text)
        for network, span in await self._spans(family):
            if number in span:
                return network
        return None

    async def _span_of(self, family: str, number: int) -> ranges.Span:
        for _, span in await self._spans(family):
            if number in span:
                return span
        raise AllocationError(ELSEWHERE)

    async def _spans(self, family: str) -> list[tuple[networks.Network, ranges.Span]]:
        """The networks of a family that are in use, each with its addresses."""
        found = [network for network in await self._networks() if networks.family_of(network) == family]
        return [(network, ranges.of_network(network)) for network in found]

    async def _networks(self) -> list[networks.Network]:
        at = self._environment.core("servicecidrs", "networking.k8s.io")
        if at is None:
            return self._given
        known = {each["metadata"]["name"]: each for each in await holding.all_objects(at)}
        found = [] if DEFAULT in known else list(self._given)
        for obj in known.values():
            if is_ready(obj):
                parsed = map(networks.parse_network, (obj.get("spec") or {}).get("cidrs") or ())
                found += [each.network for each in parsed if each is not None and each.network not in found]
        return found


def place(text: str) -> tuple[str, int]:
    """The family of an address, and which one it is."""
    found = networks.parse(text)
    return ("", -1) if found is None else (networks.family_of(found), int(found))


def is_ready(obj: Mapping[str, objects.Object]) -> bool:
    """Whether addresses come from a ServiceCIDR: nobody has said no, and it isn't being deleted."""
    if obj["metadata"].get("deletionTimestamp"):
        return False
    for condition in (obj.get("status") or {}).get("conditions") or ():
        if condition.get("type") == "Ready":
            return bool(condition.get("status") == "True")
    return True
