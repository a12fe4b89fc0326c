"""Leader election: of all processes over one store, one does the work, as long as it renews its Lease.

Others take over when the Lease has not been renewed for its duration by their own clocks, or was given back; what two
leaders might do at once, for a moment, must do no harm.  Mirrors `k8s.io/client-go/tools/leaderelection`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import uuid
from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeAlias

from kroute.aio import clocks, tasks
from kroute.machinery import errors, gvk, objects, times
from kroute.server import loopback
from kroute.storage import caches

log = logging.getLogger("kroute.controllers")

LEASES = gvk.GroupVersionResource("coordination.k8s.io", "v1", "leases")
NAMESPACE = "kube-system"


PART = 0.75
"""The part of its Lease's duration after which a leader that can't renew it stops."""

Lead: TypeAlias = Callable[[tasks.Scope], Awaitable[None]]
"""Starts work in a scope that ends when this process leads no longer."""


class Times(NamedTuple):
    """Seconds: how long a Lease is good for, how often it is renewed, how often others look."""

    duration: int = 5
    renew: float = 1.0
    retry: float = 1.0


class Elector:
    """Runs for a Lease of the given name as `identity`."""

    def __init__(
        self,
        client: loopback.Client,
        *,
        name: str,
        identity: str,
        clock: clocks.Clock | None = None,
        intervals: Times | None = None,
    ) -> None:
        self._client, self._name, self._identity = client, name, identity
        self._clock = clock or clocks.SystemClock()
        self._times = intervals or Times()
        self._seen: objects.Object = {}
        self._since = 0.0
        self._version = ""

    async def run(self, work: Lead) -> None:
        """Whenever this process leads, do the work in a scope that ends when it leads no longer.  For ever."""
        while True:
            if await self._tried():
                log.info("%s leads %s", self._identity, self._name)
                await self._lead(work)
                log.info("%s leads %s no longer", self._identity, self._name)
            await self._clock.sleep(self._times.retry)

    async def _lead(self, work: Lead) -> None:
        try:
            async with tasks.Scope(self._name) as scope:
                scope.spawn(self._work(work, scope), name="start")
                await self._keep()
        finally:
            await self._give_back()

    async def _work(self, work: Lead, scope: tasks.Scope) -> None:
        while True:
            try:
                await work(scope)
            except Exception:
                log.exception("%s could not start, tried again", self._name)
                await self._clock.sleep(self._times.retry)
            else:
                return

    async def _keep(self) -> None:
        """Renew until that fails, in time before others take over."""
        renewed = self._clock.monotonic()
        while True:
            await self._clock.sleep(self._times.renew)
            begun = self._clock.monotonic()
            if await self._tried():
                renewed = begun
            elif self._held_by_other() or self._clock.monotonic() - renewed > self._times.duration * PART:
                return

    async def _tried(self) -> bool:
        """Take or renew the Lease; whether it is ours."""
        try:
            async with asyncio.timeout(self._times.duration / 2):
                return await self._try()
        except (errors.APIError, TimeoutError) as error:
            log.debug("%s: %s", self._name, error)
            return False

    async def _try(self) -> bool:
        try:
            lease = await self._client.get(LEASES, self._name, namespace=NAMESPACE)
        except errors.NotFound:
            new = {"metadata": {"name": self._name}, "spec": self._spec({})}
            self._note(await self._client.create(LEASES, new, namespace=NAMESPACE))
            return True
        self._note(lease)
        if self._held_by_other():
            return False
        lease["spec"] = self._spec(lease.get("spec") or {})
        self._note(await self._client.update(LEASES, lease, namespace=NAMESPACE))
        return True

    def _note(self, lease: objects.Object) -> None:
        version = lease["metadata"]["resourceVersion"]
        if version != self._version:
            self._version, self._since = version, self._clock.monotonic()
        self._seen = lease.get("spec") or {}

    def _held_by_other(self) -> bool:
        """Whether somebody else has the Lease and has renewed it lately."""
        holder = self._seen.get("holderIdentity")
        duration = self._seen.get("leaseDurationSeconds") or self._times.duration
        return bool(holder) and holder != self._identity and self._clock.monotonic() - self._since <= duration

    def _spec(self, old: objects.Object) -> objects.Object:
        now = times.now_micro()
        spec = {**old, "leaseDurationSeconds": self._times.duration, "renewTime": now}
        if old.get("holderIdentity") != self._identity:
            changes = old.get("leaseTransitions")
            spec |= {
                "holderIdentity": self._identity,
                "acquireTime": now,
                "leaseTransitions": 0 if changes is None else changes + 1,
            }
        return spec

    async def _give_back(self) -> None:
        """Let others take over at once, if the Lease is ours."""
        if self._seen.get("holderIdentity") != self._identity:
            return
        try:
            async with asyncio.timeout(self._times.renew):
                lease = await self._client.get(LEASES, self._name, namespace=NAMESPACE)
                if lease["spec"].get("holderIdentity") == self._identity:
                    lease["spec"] |= {"holderIdentity": "", "leaseDurationSeconds": 1, "renewTime": times.now_micro()}
                    await self._client.update(LEASES, lease, namespace=NAMESPACE)
        except (errors.APIError, TimeoutError) as error:
            log.debug("%s could not be given back: %s", self._name, error)


async def alone(client: loopback.Client, shelves: caches.Caches, name: str, work: Lead, scope: tasks.Scope) -> None:
    """Do the work in one of the processes that share the store; here, if nobody shares it or there are no Leases."""
    served = any(shelf.name == str(LEASES.group_resource) for shelf in shelves.all())
    if shelves.backend.shared and served:
        await Elector(client, name=name, identity=own_name()).run(work)
    else:
        await work(scope)


def own_name() -> str:
    """What this process is called among those that may lead."""
    return f"{socket.gethostname()}_{os.getpid()}_{uuid.uuid4().hex[:8]}"
