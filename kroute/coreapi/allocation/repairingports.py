"""The repair loop of node ports, which has nothing to follow and so looks at all services now and then.

Mirrors `portallocator/controller/repair.go` of `pkg/registry/core/service`.
"""

from __future__ import annotations

import logging

from kroute.aio import tasks
from kroute.controllers import events
from kroute.coreapi import environment
from kroute.coreapi.allocation import claims, holding, nodeports
from kroute.machinery import errors, objects

log = logging.getLogger("kroute.coreapi")

INTERVAL = 180.0
"""Seconds between two looks."""


class Ports:
    """The loop of one core API."""

    def __init__(self, made_with: environment.Environment, recorder: events.Recorder) -> None:
        self._environment, self._events = made_with, recorder
        self._ports = nodeports.NodePorts(made_with)

    def run(self, scope: tasks.Scope) -> None:
        scope.spawn(self._go_on(), name="repair of node ports", eternal=True)

    async def _go_on(self) -> None:
        while True:
            try:
                await self.once()
            except errors.APIError as error:
                log.warning("the node ports of services could not be looked at: %s", error)
            await self._environment.clock.sleep(INTERVAL)

    async def once(self) -> None:
        """Look at all services and all claims."""
        at = self._environment.core("services")
        if at is None:
            return
        known = await self._ports.pool.book.all()
        for obj in list(await holding.all_objects(at)):
            for number in sorted({*holding.node_ports(obj), holding.health_port(obj)} - {0}):
                await self._look(obj, number, known.get(number))
        await self._ports.pool.tidy()

    async def _look(self, obj: objects.Object, number: int, claim: claims.Claim | None) -> None:
        owner = claims.Owner(obj["metadata"]["namespace"], obj["metadata"]["name"])
        if claim is not None and claim.owner == owner:
            return
        pool, span = self._ports.pool, self._ports.span
        if number not in span:
            told = f"Port {number} is not within the port range {span.first}-{span.last}; please recreate service"
            await self._warn(obj, "PortOutOfRange", told)
            return
        if not await pool.is_held(owner, number):
            return  # it was given up, and the cache hadn't heard of it yet
        if await pool.book.claim(number, owner):
            await self._warn(obj, "PortNotAllocated", f"Port {number} is not allocated; repairing")
            return
        found = await pool.book.find(number)
        if found is None or found.owner == owner or found.owner is None:
            return
        if await pool.is_held(found.owner, number):
            told = f"Port {number} was assigned to multiple services; please recreate service"
            await self._warn(obj, "PortAlreadyAllocated", told)

    async def _warn(self, obj: objects.Object, reason: str, message: str) -> None:
        await self._events.warn({**obj, "kind": "Service", "apiVersion": "v1"}, reason, message)
