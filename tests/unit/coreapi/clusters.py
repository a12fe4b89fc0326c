"""The core API over a store, without HTTP: for tests of what strategies and allocators do around writes."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from kroute.coreapi import environment, server
from kroute.kinds import build
from kroute.machinery import context, objects
from kroute.schema import godecoding, gotypes
from kroute.storage import caches, options, store, stored
from kroute.storage.backend import base
from tests.unit.coreapi import harness

KINDS = {
    "services": "v1/Service",
    "endpoints": "v1/Endpoints",
    "ipaddresses": "networking.k8s.io/v1/IPAddress",
    "servicecidrs": "networking.k8s.io/v1/ServiceCIDR",
    "endpointslices": "discovery.k8s.io/v1/EndpointSlice",
}
NAMES = ("services", "endpoints", "ipaddresses", "servicecidrs", "endpointslices", "namespaces")


async def allow(obj: objects.Object, old: objects.Object | None = None) -> None:
    """Admission that allows everything."""


class Cluster:
    """Stores by resource; methods take objects as clients write them, and give them as clients get them."""

    def __init__(self, stores: dict[str, store.Store], make: harness.Maker) -> None:
        self._stores, self._make = stores, make
        self.warnings: list[str] = []

    def context(self, namespace: str) -> context.RequestContext:
        return context.RequestContext(namespace=namespace, warnings=self.warnings)

    async def create(self, plural: str, body: Any, *, namespace: str = "ns", dry_run: bool = False) -> Any:
        made = await self._stores[plural].create(
            self.context(self._place(plural, namespace)),
            self._make(KINDS[plural], body),
            validate=allow,
            options=options.WriteOptions(dry_run=dry_run),
        )
        return stored.decoded(made)

    async def patch(self, plural: str, name: str, patch: Any, *, namespace: str = "ns", dry_run: bool = False) -> Any:
        """Write a merge of what is there and the patch."""
        return await self.update(plural, name, Patch(self._make, patch), namespace=namespace, dry_run=dry_run)

    async def put(self, plural: str, name: str, body: Any, *, namespace: str = "ns") -> Any:
        """Replace what is there, whatever its version."""
        return await self.update(plural, name, Patch(self._make, None, self._make(KINDS[plural], body)), namespace)

    async def update(self, plural: str, name: str, info: Any, namespace: str = "ns", *, dry_run: bool = False) -> Any:
        result = await self._stores[plural].update(
            self.context(self._place(plural, namespace)),
            name,
            info,
            validate=allow,
            options=options.WriteOptions(dry_run=dry_run),
        )
        return stored.decoded(result.obj)

    async def delete(self, plural: str, name: str, *, namespace: str = "ns", dry_run: bool = False) -> None:
        await self._stores[plural].delete(
            self.context(self._place(plural, namespace)),
            name,
            validate=allow,
            options=options.DeleteOptions(dry_run=dry_run),
        )

    async def all(self, plural: str) -> list[Any]:
        found = await self._stores[plural].list(self.context(""), options.ListOptions())
        return [stored.decoded(each) for each in found.items]

    async def addresses(self) -> dict[str, str]:
        """Who has which address: `namespace/name` by IPAddress."""
        parents = {each["metadata"]["name"]: each["spec"]["parentRef"] for each in await self.all("ipaddresses")}
        return {name: f"{parent['namespace']}/{parent['name']}" for name, parent in parents.items()}

    def _place(self, plural: str, namespace: str) -> str:
        return namespace if self._stores[plural].namespaced else ""


class Patch:
    """An update as a merge patch or a PUT makes it."""

    def __init__(self, make: harness.Maker, patch: Any, whole: Any = None) -> None:
        self._make, self._patch, self._whole = make, patch, whole
        self.preconditions = options.Preconditions()

    async def updated(self, ctx: context.RequestContext, old: objects.Object | None) -> objects.Object:
        if self._whole is not None or old is None:
            return objects.copy(self._whole)  # type: ignore[no-any-return]
        return self._make.changed(old, self._patch)


@contextlib.asynccontextmanager
async def cluster(
    backend: base.Backend,
    make: harness.Maker,
    *,
    ranges: Sequence[str] = ("10.96.0.0/16",),
    ports: tuple[int, int] = (30000, 32767),
    names: Sequence[str] = NAMES,
) -> AsyncIterator[Cluster]:
    """A core API of these resources over an open backend."""
    decoder = godecoding.Decoder(gotypes.Types.load())
    shelves = caches.Caches(backend)
    chosen = environment.Options(service_ranges=ranges, node_ports=ports)
    source = server.CoreAPI(names=names, options=chosen)
    mounted = source.mounted(shelves, build.Builder(shelves, decoder=decoder), decoder)
    stores = {path: mount.storage for group in mounted.groups for path, mount in group.mounts.items()}
    async with shelves:
        await shelves.ready()
        await mounted.start()
        yield Cluster(stores, make)


def service(name: str = "web", **spec: Any) -> Any:
    """A service as clients write it."""
    return {"metadata": {"name": name}, "spec": {"ports": [{"port": 80}], "selector": {"app": "web"}, **spec}}
