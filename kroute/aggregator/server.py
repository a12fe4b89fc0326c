"""The aggregator as part of a chain of servers: the outermost one, with its controllers at work.

Mirrors `pkg/apiserver` of `k8s.io/kube-aggregator`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import TypeAlias

from kroute import installer
from kroute.aggregator import (
    availability,
    backends,
    catalog,
    discovery,
    documents,
    handling,
    known,
    registering,
)
from kroute.aio import clocks, tasks
from kroute.controllers import following
from kroute.kinds import build
from kroute.schema import builtin, godecoding
from kroute.server import assembling, exposition, frontproxy, generic, health, onekind, publishing, services
from kroute.storage import caches
from kroute.storage.backend.cacher import model
from kroute.webhook import resolving

NamesOf: TypeAlias = Callable[[model.Entry], Iterator[tuple[str, str]]]
"""Namespaces and names of the Services that something is about."""

PRIORITY = 20000
"""The aggregator's own group comes before all others."""


class Aggregator(onekind.OneKind):
    """A source of resources for a server: APIServices, and the way to the servers that they name.

    `proxy` is what it proves itself with there; None: nothing."""

    name = "kube-aggregator"

    def __init__(
        self,
        definitions: builtin.Definitions,
        *,
        proxy: frontproxy.Pair | None = None,
        clock: clocks.Clock | None = None,
    ) -> None:
        super().__init__(catalog.OWN, definitions, priority=PRIORITY, clock=clock)
        self._proxy = proxy

    def mounted(
        self, shelves: caches.Caches, builder: build.Builder, decoder: godecoding.Decoder
    ) -> assembling.Mounted:
        """The APIServices over one set of watch caches."""

        def attach(server: generic.GenericAPIServer, publisher: publishing.Publisher, own: installer.Settings) -> None:
            Running(shelves, server, publisher, self._proxy).install()

        return assembling.Mounted(groups=builder.mounts(self.resource(decoder)), attach=attach)


class Running:
    """The parts of one aggregator."""

    def __init__(
        self,
        shelves: caches.Caches,
        server: generic.GenericAPIServer,
        publisher: publishing.Publisher,
        proxy: frontproxy.Pair | None,
    ) -> None:
        self._shelves, self._server, self._publisher = shelves, server, publisher
        directory = services.Directory(shelves)
        resolver = resolving.ServiceResolver(directory) if directory.has_services else ByName()
        self._services = known.Known()
        self._servers = backends.Backends(resolver, proxy)
        client = server.loopback
        self._handling = handling.Handling(server.director, publisher, self._servers)
        self._discovery = discovery.Discovery(self._services, self._servers, publisher.groups)
        self._documents = documents.Documents(self._services, self._servers, publisher.documents)
        self._registering = registering.Registering(self._services, publisher.groups, client)
        self._availability = availability.Availability(self._services, self._servers, resolver, directory, client)
        self._synced = server.expect("APIServices")
        self._follower = following.Follower(shelves.named(str(catalog.RESOURCE.group_resource)), self._services)

    def install(self) -> None:
        """Add everything to the server, under the names that monitors know."""
        for listener in (
            self._handling.change,
            self._discovery.change,
            self._documents.change,
            self._registering.change,
            self._availability.change,
        ):
            self._services.on_change(listener)
        self._server.add_post_start_hook("apiservice-registration-controller", self._follow)
        self._server.add_post_start_hook("apiservice-status-remote-available-controller", self._watch)
        self._server.add_post_start_hook("apiservice-discovery-controller", self._discover)
        self._server.add_post_start_hook("apiservice-openapiv3-controller", self._document)
        self._server.add_post_start_hook("kube-apiserver-autoregistration", self._register)
        self._server.add_check(health.Check("autoregister-completion", self._registering.complete))
        self._server.add_metric(
            exposition.Source(
                "aggregator_unavailable_apiservice",
                "APIServices that are marked as unavailable.",
                ("name",),
                lambda: [((each.name,), 0 if each.available else 1) for each in self._services.all()],
            )
        )

    async def _follow(self, scope: tasks.Scope) -> None:
        scope.spawn(self._hold(), name="connections to other servers", eternal=True)
        scope.spawn(self._follower.run(), name="follow APIServices", eternal=True)
        await self._follower.ready()
        self._synced()

    async def _hold(self) -> None:
        """Keep the connections until the end."""
        async with self._servers:
            await asyncio.Event().wait()

    async def _watch(self, scope: tasks.Scope) -> None:
        self._availability.queue.run(scope)
        about = ((services.SERVICES, of_object), (services.SLICES, of_slice), (services.ENDPOINTS, of_object))
        for resource, names_of in about:
            try:
                shelf = self._shelves.named(resource)
            except KeyError:
                continue
            follower = following.Follower(shelf, Moves(self._availability, names_of))
            scope.spawn(follower.run(), name=f"follow {resource}", eternal=True)

    async def _discover(self, scope: tasks.Scope) -> None:
        await self._follower.ready()
        self._discovery.queue.run(scope)

    async def _document(self, scope: tasks.Scope) -> None:
        self._documents.queue.run(scope)

    async def _register(self, scope: tasks.Scope) -> None:
        await self._follower.ready()
        await self._server.places.settled()  # else the group-versions of custom resources would seem to be gone
        self._registering.begin()
        self._registering.queue.run(scope)


class ByName:
    """The resolver of an aggregator without Services of its own: the names that they have in a cluster's DNS."""

    def resolve(self, namespace: str, name: str, port: int) -> resolving.Address:
        return resolving.Address(f"{name}.{namespace}.svc", port)


class Moves:
    """A Handler that has servers looked at when something about their Services changes."""

    def __init__(self, looking: availability.Availability, names_of: NamesOf) -> None:
        self._looking, self._names_of = looking, names_of

    def begin(self) -> None:
        """What there is is told one by one."""

    def added(self, entry: model.Entry) -> None:
        for namespace, name in self._names_of(entry):
            self._looking.moved(namespace, name)

    def changed(self, change: model.Change) -> None:
        self.added(change.entry)


def of_object(entry: model.Entry) -> Iterator[tuple[str, str]]:
    """The Service whose own name the object has."""
    namespace, _, name = entry.key.partition("/")
    yield namespace, name


def of_slice(entry: model.Entry) -> Iterator[tuple[str, str]]:
    """The Service that an EndpointSlice is of."""
    name = entry.labels.get(services.SERVICE_NAME)
    if name:
        yield entry.key.partition("/")[0], name
