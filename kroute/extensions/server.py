"""The extensions server as part of a server: the definitions mounted, and what follows them at work."""

from __future__ import annotations

from dataclasses import replace

from kroute import installer
from kroute.actions import managing
from kroute.aio import clocks, tasks
from kroute.extensions import catalog, controllers, removal, serving, strays, writing
from kroute.kinds import build, mounting
from kroute.schema import builtin, godecoding
from kroute.server import assembling, generic, onekind, publishing, services
from kroute.storage import caches, status, store
from kroute.webhook import client, resolving

HOOK = "start-apiextensions-controllers"
PRIORITY = 16700


class Extensions(onekind.OneKind):
    """A source of resources for a server: CustomResourceDefinitions, and what they define."""

    name = "apiextensions-apiserver"

    def __init__(self, definitions: builtin.Definitions, *, clock: clocks.Clock | None = None) -> None:
        super().__init__(catalog.OWN, definitions, priority=PRIORITY, clock=clock)

    def mounted(
        self, shelves: caches.Caches, builder: build.Builder, decoder: godecoding.Decoder
    ) -> assembling.Mounted:
        """The definitions over one set of watch caches."""
        (group,) = builder.mounts(self.resource(decoder))
        whole, part = group.mounts[catalog.PLURAL], group.mounts[f"{catalog.PLURAL}/status"]
        assert isinstance(whole.storage, store.Store)
        assert isinstance(part.storage, status.StatusStorage)
        assert part.representation is not None
        fields = managing.FieldManagers([part.representation]).of(part.representation, decoder.zero(catalog.TYPE))
        assert fields is not None
        calls = client.Clients(resolving.ServiceResolver(services.Directory(shelves)))
        served = serving.Serving(shelves, builder, calls)
        controller = controllers.Controller(whole.storage, served, writing.Writer(part.storage, fields, self.clock))

        def attach(server: generic.GenericAPIServer, publisher: publishing.Publisher, own: installer.Settings) -> None:
            served.attach(publisher, own)
            server.director.stray = strays.Strays(server.director, served.resource_of)
            all_served = server.expect("custom resources")

            async def run(scope: tasks.Scope) -> None:
                await controller.run(scope)
                all_served()

            server.add_post_start_hook(HOOK, run)

        mounts = {**group.mounts, catalog.PLURAL: replace(whole, storage=removal.DefinitionStorage(whole.storage))}
        return assembling.Mounted(
            groups=[mounting.GroupVersionStorage(group.group_version, mounts)], attach=attach, owned=(calls,)
        )
