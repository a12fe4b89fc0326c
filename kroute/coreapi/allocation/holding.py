"""Which service holds what: whether a claim still has its service."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kroute.coreapi import environment, networks
from kroute.coreapi.allocation import claims
from kroute.machinery import objects
from kroute.storage import core, failures


class Holding:
    """Looks services up; `has` says whether a service has a number."""

    def __init__(self, made_with: environment.Environment, has: Callable[[objects.Object, int], bool]) -> None:
        self._environment, self._has = made_with, has

    async def is_held(self, owner: claims.Owner, number: int) -> bool:
        """Whether the owner has the number; where services aren't served, nobody knows better than the claim."""
        at = self._environment.core("services")
        if at is None:
            return True
        key = f"{owner.namespace}/{owner.name}"
        found = at.cached(key)
        if found is None or not self._has(found.obj, number):
            found = await at.fetch(key)
        return found is not None and self._has(found.obj, number)


def has_address(obj: objects.Object, number: int) -> bool:
    return any(number == int(found) for found in map(networks.parse, addresses(obj)) if found is not None)


def has_port(obj: objects.Object, number: int) -> bool:
    return number in node_ports(obj) or number == health_port(obj)


def addresses(obj: objects.Object) -> list[str]:
    """The addresses of a service, without the word that says that it has none."""
    return [text for text in obj["spec"].get("clusterIPs") or () if networks.parse(text) is not None]


def node_ports(obj: objects.Object) -> list[int]:
    return [port["nodePort"] for port in obj["spec"].get("ports") or () if port.get("nodePort")]


def health_port(obj: objects.Object) -> int:
    return int(obj["spec"].get("healthCheckNodePort") or 0)


async def all_objects(at: core.Core) -> Iterator[objects.Object]:
    """The objects of a resource, as the watch cache has them."""
    with failures.reported(at.resource, "list"):
        cache = await at.cache.cacher()
        await cache.ready()
    return (found.obj for found in at.opened_all(cache.snapshot("").entries))
