"""The repair loop of addresses: each address of a service is claimed by it, each claim is of a service that has it.

What is leaked or missing is repaired, what can't be is told in Events.  As claims are atomic, several processes may
do the same.  Mirrors `ipallocator/controller/repairip.go` of `pkg/registry/core/service`.
"""

from __future__ import annotations

import orjson

from kroute.aio import tasks
from kroute.controllers import events, following, queueing
from kroute.coreapi import environment, networks
from kroute.coreapi.allocation import addresses, claims, holding, pools, repairingports
from kroute.machinery import gvk, objects
from kroute.server import loopback
from kroute.storage import core
from kroute.storage.backend.cacher import model

SERVICES, IP_ADDRESSES = claims.SERVICES, claims.IP_ADDRESSES
HOOK = "start-service-ip-repair-controllers"
KINDS = {
    SERVICES: gvk.GroupVersionKind("", "v1", "Service"),
    IP_ADDRESSES: claims.IP_ADDRESS,
}


class Repair:
    """The loops of one core API; `run` is a post-start hook."""

    def __init__(self, made_with: environment.Environment, client: loopback.Client) -> None:
        self._environment = made_with
        self._addresses = addresses.Addresses(made_with)
        self._events = events.Recorder(client, "ipallocator-repair-controller")
        self._services = queueing.WorkQueue(self._sync_service, name="addresses of services", clock=made_with.clock)
        self._claims = queueing.WorkQueue(self._sync_claim, name="claims of addresses", clock=made_with.clock)
        self._ports = repairingports.Ports(made_with, events.Recorder(client, "portallocator-repair-controller"))

    async def run(self, scope: tasks.Scope) -> None:
        """Go on in the scope."""
        services = self._environment.core("services")
        if services is None:
            return
        self._ports.run(scope)
        served = self._environment.core("ipaddresses", "networking.k8s.io")
        if served is None:
            return
        for at, queue in ((services, self._services), (served, self._claims)):
            queue.run(scope)
            follower = following.Follower(at.cache, following.Keys(queue, lambda entry: (entry.key,)))
            scope.spawn(follower.run(), name=f"follow {at.resource}", eternal=True)
        for at, handler in ((served, Lost(self._services)), (services, following.Keys(self._claims, addresses_in))):
            follower = following.Follower(at.cache, handler)
            scope.spawn(follower.run(), name=f"follow {at.resource} for the others", eternal=True)

    async def _sync_service(self, key: str) -> None:
        """See to it that a service has its addresses."""
        at = self._environment.core("services")
        found = None if at is None else at.cached(key)
        if at is None or found is None:
            return
        obj = found.obj
        if obj["spec"].get("type") == "ExternalName":
            return
        for text in holding.addresses(obj):
            if await self._addresses.network_of(text) is None:
                told = f"Cluster IP [{family(text)}]: {text} is not within any configured Service CIDR"
                await self._warn(SERVICES, obj, "ClusterIPOutOfRange", f"{told}; please recreate service")
            else:
                await self._sync_address(at, key, obj, text)

    async def _sync_address(self, at: core.Core, key: str, obj: objects.Object, text: str) -> None:
        pool, number = self._addresses.pool(text)
        owner = claims.Owner(obj["metadata"]["namespace"], obj["metadata"]["name"])
        found = await pool.book.find(number)
        if found is not None and found.owner == owner:
            return
        if found is not None and found.owner is not None and await pool.is_held(found.owner, number):
            told = f"Cluster IP [{family(text)}]:{text} was assigned to multiple services; please recreate service"
            await self._warn(SERVICES, obj, "ClusterIPAlreadyAllocated", told)
            return
        live = await at.fetch(key)
        if live is None or not holding.has_address(live.obj, number):
            return  # it was given up, and the cache hasn't heard of it yet
        if found is None:
            told = f"Cluster IP [{family(text)}]: {text} is not allocated; repairing"
        else:
            whose = f"{owner.namespace}/{owner.name}"
            told = f"the ClusterIP [{family(text)}]: {text} for Service {whose} has a wrong reference; repairing"
            if not await pool.book.remove(number, found):
                return
        if await pool.book.claim(number, owner):
            await self._warn(SERVICES, obj, "ClusterIPNotAllocated", told)

    async def _sync_claim(self, key: str) -> float | None:
        """See to it that an address that was handed out is used; after how many seconds to look again."""
        at = self._environment.core("ipaddresses", "networking.k8s.io")
        found = None if at is None else at.cached(key)
        if found is None or networks.parse(key) is None:
            return None
        obj = found.obj
        if (obj["metadata"].get("labels") or {}).get(claims.MANAGER_LABEL) != claims.MANAGER:
            return None
        pool, number = self._addresses.pool(key)
        claim = claims.Claim(claims.owner_of(obj), found.revision)
        if claim.owner is None:
            told = f"IPAddress {key} appears to have been modified, not referencing a Service: cleaning up"
            await self._clean(pool, obj, number, claim, "IPAddressNotAllocated", told)
            return None
        if await pool.is_held(claim.owner, number):
            return None
        left = claim.made + pools.GRACE - self._environment.clock.now()
        if left > 0:
            return left + 1.0
        whose = f"IPAddress: {key} for Service {claim.owner.namespace}/{claim.owner.name}"
        services = self._environment.core("services")
        there = None if services is None else services.cached(f"{claim.owner.namespace}/{claim.owner.name}")
        if there is None:
            reason, told = "IPAddressNotAllocated", f"{whose} appears to have leaked: cleaning up"
        else:
            reason, told = "IPAddressWrongReference", f"{whose} has a wrong reference; cleaning up"
        await self._clean(pool, obj, number, claim, reason, told)
        return None

    async def _clean(
        self, pool: pools.Pool, obj: objects.Object, number: int, claim: claims.Claim, reason: str, told: str
    ) -> None:
        if await pool.book.remove(number, claim):
            await self._warn(IP_ADDRESSES, obj, reason, told)

    async def _warn(self, resource: gvk.GroupResource, obj: objects.Object, reason: str, message: str) -> None:
        kind = KINDS[resource]
        await self._events.warn({**obj, "kind": kind.kind, "apiVersion": kind.api_version}, reason, message)


class Lost:
    """A Handler of addresses: has the service looked at whose address somebody deletes or changes."""

    def __init__(self, queue: queueing.WorkQueue[str]) -> None:
        self._queue = queue

    def begin(self) -> None:
        """Services are looked at by themselves."""

    def added(self, entry: model.Entry) -> None:
        """That is fine."""

    def changed(self, change: model.Change) -> None:
        if change.type == "ADDED" or change.previous is None:
            return
        owner = claims.owner_of(orjson.loads(change.previous.value))
        if owner is not None:
            self._queue.add(f"{owner.namespace}/{owner.name}")


def addresses_in(entry: model.Entry) -> list[str]:
    """The keys of a service's addresses."""
    return holding.addresses(orjson.loads(entry.value))


def family(text: str) -> str:
    found = networks.parse(text)
    return "" if found is None else networks.family_of(found)
