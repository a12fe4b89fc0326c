"""Servers of Kubernetes' own kinds for the tests of controllers, over a store of their own or a shared one."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from kroute.controllers import choosing, discovering, running
from kroute.coreapi import server as coreapi
from kroute.coreapi.quotas import controller as quotas
from kroute.machinery import errors, gvk, objects
from kroute.server import assembling, generic, loopback
from kroute.storage import caches
from kroute.storage.backend import base
from kroute.storage.backend.memory import backend as memory
from tests.unit.server import harness

CONFIGMAPS = gvk.GroupVersionResource("", "v1", "configmaps")
LEASES = gvk.GroupVersionResource("coordination.k8s.io", "v1", "leases")
NAMESPACES = gvk.GroupVersionResource("", "v1", "namespaces")
SECRETS = gvk.GroupVersionResource("", "v1", "secrets")


class Served:
    """A running server, from the inside."""

    def __init__(self, server: generic.GenericAPIServer, shelves: caches.Caches) -> None:
        self.server, self.caches = server, shelves
        self.client: loopback.Client = server.loopback
        self.resources = discovering.Resources(self.client, shelves)

    async def ready(self) -> bool:
        """Whether everything has been done that a server does before it is ready."""
        try:
            await self.client.request("GET", "/readyz")
        except errors.APIError:
            return False
        return True

    async def create(
        self, resource: gvk.GroupVersionResource, name: str, namespace: str = "", **rest: Any
    ) -> objects.Object:
        metadata = {"name": name, **rest.pop("metadata", {})}
        return await self.client.create(resource, {"metadata": metadata, **rest}, namespace=namespace)

    async def is_there(self, resource: gvk.GroupVersionResource, name: str, namespace: str = "") -> bool:
        try:
            await self.client.get(resource, name, namespace=namespace)
        except errors.NotFound:
            return False
        return True

    async def gone(self, resource: gvk.GroupVersionResource, name: str, namespace: str = "") -> None:
        """Wait until the object isn't there."""

        async def check() -> bool:
            return not await self.is_there(resource, name, namespace)

        await eventually(check)


async def eventually(check: Callable[[], Awaitable[bool]], seconds: float = 30.0) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not await check():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def served(
    names: Sequence[str] | None = None,
    *,
    backend: base.Backend | None = None,
    controllers: Sequence[str] = (),
    sources: assembling.Sources | None = None,
    beside: Sequence[assembling.Companion] = (),
) -> AsyncIterator[Served]:
    """A server of the named kinds, with controllers by their names."""
    seen: list[caches.Caches] = []

    def see(server: generic.GenericAPIServer, shelves: caches.Caches) -> None:
        seen.append(shelves)

    content = assembling.Content((), admission=(), title="test", version="1")
    given = sources or assembling.Sources(main=coreapi.CoreAPI(names=names))
    found = running.Controllers(choosing.choose(controllers, known()))
    given = dataclasses.replace(given, beside=[see, *beside, found])
    async with contextlib.AsyncExitStack() as stack:
        store = backend or await stack.enter_async_context(memory.MemoryBackend())
        server = await stack.enter_async_context(content.assembled(store, sources=given))
        await stack.enter_async_context(harness.serving(server))
        yield Served(server, seen[0])


def known() -> Mapping[str, choosing.Entry]:
    return {**running.known(lambda: "the authority"), "resourcequota-controller": choosing.Entry(quotas.start)}
