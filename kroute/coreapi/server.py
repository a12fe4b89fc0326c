"""The core API as part of a server: the chosen resources mounted, with admission and what has to be there at the start.

Mirrors `k8s.io/kubernetes/pkg/controlplane`.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterator, Mapping, Sequence

from kroute import installer
from kroute.actions import decoding, media, protobufs
from kroute.aio import tasks
from kroute.coreapi import catalog, choosing, defaulting, environment, facts, issuing, plugins, rows, scheme, starting
from kroute.coreapi.allocation import repairing
from kroute.coreapi.stateless import registry as stateless
from kroute.kinds import build, mounting
from kroute.machinery import gvk
from kroute.protobuf import descriptors
from kroute.schema import builtin, forgetting, godecoding, gotypes
from kroute.server import assembling, generic, publishing, services
from kroute.storage import caches, store
from kroute.webhook import client, resolving


class CoreAPI:
    """A source of resources for a server: those that are named, or those that `config` (`--runtime-config`) leaves.

    Raises choosing.ChoiceError, and builtin.MissingDefinitions when the optional package is not installed."""

    name = "kube-apiserver"

    def __init__(
        self,
        *,
        names: Sequence[str] | None = None,
        config: Mapping[str, str] | None = None,
        options: environment.Options | None = None,
    ) -> None:
        self.rows = rows.Rows.load()
        self.chosen = (
            choosing.configured(self.rows, config or {}) if names is None else choosing.named(self.rows, names)
        )
        self.options = options or environment.Options()
        self.definitions = builtin.Definitions.kubernetes()
        self.scheme: decoding.Scheme | None = scheme.Scheme(self.rows)
        groups = self.rows.groups.values()
        self.priorities: Mapping[str, int] = {group.name: group.priority for group in groups}
        self.version_priorities: Mapping[gvk.GroupVersion, int] = {
            gvk.GroupVersion(group.name, version): number
            for group in groups
            for version, number in group.versions.items()
        }

    def codecs(self, types: gotypes.Types) -> Sequence[media.Codec]:
        """Protobuf, where its library is installed."""
        try:
            return [protobufs.ProtobufCodec(types)]
        except descriptors.MissingProtobuf:
            return []

    def mounted(
        self, shelves: caches.Caches, builder: build.Builder, decoder: godecoding.Decoder
    ) -> assembling.Mounted:
        """Everything over one set of watch caches."""
        clients = client.Clients(resolving.ServiceResolver(services.Directory(shelves)))
        made_with = environment.Environment(
            caches=shelves,
            clients=clients,
            rows=self.rows,
            facts=facts.AllFacts.load(),
            definitions=self.definitions,
            decoder=decoder,
            forgetter=forgetting.Forgetter(decoder.types),
            defaulter=defaulting.Defaulter(self.definitions),
            options=self.options,
        )
        groups = list(Mounting(self.rows, made_with, builder).groups(self.chosen))
        for each in {id(each): each for each in (self.options.roles, *self.options.attached)}.values():
            each.attach(made_with.core)
        return assembling.Mounted(
            groups=groups,
            admission=list(plugins.chosen(made_with)),
            last_admission=list(plugins.last(made_with)),
            start=starting.Starting(made_with).run,
            attach=functools.partial(self._attach, made_with, clients),
        )

    def _attach(
        self,
        made_with: environment.Environment,
        clients: client.Clients,
        server: generic.GenericAPIServer,
        publisher: publishing.Publisher,
        settings: installer.Settings,
    ) -> None:
        async def hold(scope: tasks.Scope) -> None:
            scope.spawn(held(clients), name="connections to webhooks")

        server.add_pre_shutdown_hook("webhooks", hold)
        if made_with.core("services") is not None:
            server.add_post_start_hook(repairing.HOOK, repairing.Repair(made_with, server.loopback).run)
        if self.options.metadata is not None:
            issuing.install(server.director.paths, self.options.metadata)


async def held(clients: client.Clients) -> None:
    """Goes on until the server has ended, and has the clients closed then."""
    async with clients:
        await asyncio.Event().wait()


class Mounting:
    """Makes the storage objects of rows, each store once."""

    def __init__(self, known: rows.Rows, made_with: environment.Environment, builder: build.Builder) -> None:
        self._rows, self._environment, self._builder = known, made_with, builder
        self._catalog = catalog.Catalog(made_with)
        self._stores: dict[gvk.GroupResource, store.Store] = {}

    def groups(self, chosen: Sequence[rows.Row]) -> Iterator[mounting.GroupVersionStorage]:
        """Everything mounted for the chosen rows; those that share the objects of others come last."""
        sharing = []
        for row in chosen:
            if stateless.is_stateless(row):
                yield from self._catalog.stateless(row)
            elif self._shared(row):
                sharing.append(row)
            else:
                yield from self._stored(row)
        for row in sharing:
            other = self._rows.named(self._shared(row))
            if other.group_resource not in self._stores:
                list(self._stored(other))
            yield from self._catalog.sharing(row, self._stores[other.group_resource])

    def _shared(self, row: rows.Row) -> str:
        return self._environment.facts.of(row.group_resource).shares

    def _stored(self, row: rows.Row) -> Iterator[mounting.GroupVersionStorage]:
        """A resource with a store of its own, in each version."""
        for each in self._builder.mounts(self._catalog.resource(row)):
            mount = each.mounts[row.plural]
            assert isinstance(mount.storage, store.Store)
            assert mount.representation is not None
            self._stores[row.group_resource] = mount.storage
            self._environment.cores[row.group_resource] = mount.storage.core
            for path, each_mount in each.mounts.items():
                if each_mount.representation is not None:
                    below = path.removeprefix(row.plural)
                    self._environment.shown[f"{row.group_resource}{below}"] = each_mount.representation
            more = dict(self._catalog.storages(row, mount.storage, mount.representation))
            yield mounting.GroupVersionStorage(each.group_version, {**each.mounts, **more})
