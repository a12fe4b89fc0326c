"""The controllers as part of a server: a companion that starts those that are chosen, in one of the processes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from kroute.aio import clocks, tasks
from kroute.controllers import choosing, discovering, leading, pernamespace, protection, roleaggregation, room
from kroute.controllers.garbage import controller as garbage
from kroute.controllers.namespaces import controller as namespaces
from kroute.server import generic
from kroute.storage import caches

log = logging.getLogger("kroute.controllers")

HOOK, LEASE, MANAGER = "start-controllers", "kroute-controllers", "kube-controller-manager"
PAUSE = 1.0
"""Seconds before a controller that could not be started is tried again."""


def known(authority: Callable[[], str] = str) -> Mapping[str, choosing.Entry]:
    """Every controller that needs no more than a room; `authority` gives that of the server's certificate (PEM)."""
    published = pernamespace.authority(authority)
    return {
        "namespace-controller": choosing.Entry(namespaces.start, "namespace"),
        "garbage-collector-controller": choosing.Entry(garbage.start, "garbagecollector"),
        "serviceaccount-controller": choosing.Entry(pernamespace.accounts, "serviceaccount"),
        "clusterrole-aggregation-controller": choosing.Entry(roleaggregation.start, "clusterrole-aggregation"),
        "root-ca-certificate-publisher-controller": choosing.Entry(published, "root-ca-cert-publisher"),
        "persistentvolumeclaim-protection-controller": choosing.Entry(protection.claims, "pvc-protection"),
        "persistentvolume-protection-controller": choosing.Entry(protection.volumes, "pv-protection"),
    }


class Controllers:
    """A companion of a server: call it with the server that is to have the hook."""

    def __init__(self, chosen: Mapping[str, room.Controller], *, clock: clocks.Clock | None = None) -> None:
        self._chosen, self._clock = chosen, clock or clocks.SystemClock()

    def __call__(self, server: generic.GenericAPIServer, shelves: caches.Caches) -> None:
        client = server.loopback.named(MANAGER)
        made = room.Room(
            client=client,
            caches=shelves,
            resources=discovering.Resources(client, shelves, clock=self._clock),
            clock=self._clock,
        )

        async def work(scope: tasks.Scope) -> None:
            for name, start in self._chosen.items():
                scope.spawn(self._run(name, start, made), name=name, eternal=True)

        async def hook(scope: tasks.Scope) -> None:
            scope.spawn(leading.alone(client, shelves, LEASE, work, scope), name="controllers")

        server.add_post_start_hook(HOOK, hook)

    async def _run(self, name: str, start: room.Controller, made: room.Room) -> None:
        """Run one controller for ever; one that can't start doesn't stop the others."""
        while True:
            try:
                async with tasks.Scope(name) as scope:
                    await start(made, scope)
                    await asyncio.Event().wait()
            except Exception:
                log.exception("%s could not start, tried again", name)
                await self._clock.sleep(PAUSE)
