"""Which servers live: each has a Lease in kube-system that it renews, and that names the address it is reached at.

Servers that share an address and a port, as workers do, share the Lease.  Mirrors the apiserver identity Leases of
`k8s.io/kubernetes/pkg/controlplane` and their garbage collector; the time after which a server's address is no longer
believed in is that of its lease endpoint reconciler.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import socket
import uuid
from collections.abc import Iterable, Iterator

import orjson

from kroute.aio import clocks, tasks
from kroute.machinery import errors, gvk, objects, times
from kroute.server import loopback
from kroute.storage import caches
from kroute.storage.backend.cacher import model

log = logging.getLogger("kroute.bootstrap")

LEASES = gvk.GroupVersionResource("coordination.k8s.io", "v1", "leases")
NAMESPACE = "kube-system"
LABEL, VALUE = "apiserver.kubernetes.io/identity", "kube-apiserver"
ADDRESS = "kroute/advertised-address"
RENEW, BELIEVED, DURATION = 5.0, 15.0, 3600
"""Seconds: how often a Lease is renewed, how long its address is believed in, and when the Lease itself may go."""


class Identity:
    """The Lease of this server.  `address` is where it is reached, "" for nowhere."""

    def __init__(self, client: loopback.Client, *, address: str, port: int, clock: clocks.Clock | None = None) -> None:
        host = socket.gethostname()
        digest = hashlib.sha256(f"{host} {address} {port}".encode()).digest()
        self.name = "apiserver-" + base64.b32encode(digest)[:26].decode().lower()
        self._client, self._address, self._host = client, address, host.lower()
        self._holder = f"{self.name}_{uuid.uuid4()}"
        self._clock = clock or clocks.SystemClock()

    async def renew(self) -> None:
        """Say that this server lives."""
        spec = {"holderIdentity": self._holder, "leaseDurationSeconds": DURATION, "renewTime": times.now_micro()}
        try:
            await self._client.patch(LEASES, self.name, {"spec": spec}, namespace=NAMESPACE)
        except errors.NotFound:
            metadata: objects.Object = {
                "name": self.name,
                "labels": {LABEL: VALUE, "kubernetes.io/hostname": self._host},
            }
            if self._address:
                metadata["annotations"] = {ADDRESS: self._address}
            try:
                await self._client.create(LEASES, {"metadata": metadata, "spec": spec}, namespace=NAMESPACE)
            except errors.AlreadyExists:
                return  # another worker was faster

    async def start(self, scope: tasks.Scope) -> None:
        """Renew the Lease as long as the scope lasts."""
        await self.renew()
        scope.spawn(self._go_on(), name="identity", eternal=True)

    async def _go_on(self) -> None:
        while True:
            await self._clock.sleep(RENEW)
            try:
                await self.renew()
            except errors.APIError as error:
                log.warning("the Lease of this server could not be renewed: %s", error)

    async def leave(self, scope: tasks.Scope) -> None:
        """Say that this server ends; other workers at the same address say otherwise soon."""
        try:
            await self._client.delete(LEASES, self.name, namespace=NAMESPACE)
        except errors.APIError as error:
            log.debug("the Lease of this server stays: %s", error)


class Known:
    """The Leases of all servers, as the watch cache has them."""

    def __init__(self, shelf: caches.Shelf, *, clock: clocks.Clock | None = None) -> None:
        self._shelf, self._clock = shelf, clock or clocks.SystemClock()

    async def addresses(self) -> list[str]:
        """Where servers are reached that have been heard of lately."""
        found = set()
        for lease in await self._all():
            address = (lease["metadata"].get("annotations") or {}).get(ADDRESS)
            if address and self._age(lease) <= BELIEVED:
                found.add(address)
        return sorted(found)

    async def remove_expired(self, client: loopback.Client) -> None:
        """Remove the Leases of servers that are long gone."""
        for lease in await self._all():
            if self._age(lease) > (lease["spec"].get("leaseDurationSeconds") or DURATION):
                metadata = lease["metadata"]
                try:
                    await client.delete(
                        LEASES,
                        metadata["name"],
                        namespace=NAMESPACE,
                        uid=metadata["uid"],
                        resource_version=metadata["resourceVersion"],
                    )
                except (errors.NotFound, errors.Conflict):
                    continue

    async def clean(self, client: loopback.Client, scope: tasks.Scope) -> None:
        """Remove expired Leases now and then, as long as the scope lasts."""

        async def run() -> None:
            while True:
                try:
                    await self.remove_expired(client)
                except errors.APIError as error:
                    log.warning("expired Leases could not be removed: %s", error)
                await self._clock.sleep(DURATION)

        scope.spawn(run(), name="expired identities", eternal=True)

    async def _all(self) -> list[objects.Object]:
        cache = await self._shelf.cacher()
        return list(_identities(cache.snapshot(f"{NAMESPACE}/").entries))

    def _age(self, lease: objects.Object) -> float:
        try:
            renewed = times.parse_micro((lease.get("spec") or {}).get("renewTime") or "")
        except times.TimeError:
            return float("inf")
        return self._clock.now() - renewed.timestamp()


def _identities(entries: Iterable[model.Entry]) -> Iterator[objects.Object]:
    for entry in entries:
        if entry.labels.get(LABEL) == VALUE:
            yield orjson.loads(entry.value)
