"""The extensions server as part of a server: the definitions mounted, and what follows them at work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kroute import installer
from kroute.actions import decoding, managing, media
from kroute.aio import clocks, tasks
from kroute.extensions import catalog, controllers, removal, serving, strays, writing
from kroute.kinds import build, mounting
from kroute.machinery import gvk
from kroute.schema import builtin, forgetting, godecoding, gotypes, structural
from kroute.server import assembling, generic, publishing, services
from kroute.storage import caches, status, store
from kroute.webhook import client, resolving

HOOK = "start-apiextensions-controllers"
PRIORITY = 16700


class Extensions:
    """A source of resources for a server: CustomResourceDefinitions, and what they define."""

    name = "apiextensions-apiserver"
    scheme: decoding.Scheme | None = None

    def __init__(self, definitions: builtin.Definitions, *, clock: clocks.Clock | None = None) -> None:
        self.definitions = definitions
        self._clock = clock or clocks.SystemClock()
        self.priorities: Mapping[str, int] = {catalog.KIND.group: PRIORITY}
        self.version_priorities: Mapping[gvk.GroupVersion, int] = {}

    def codecs(self, types: gotypes.Types) -> Sequence[media.Codec]:
        """None beside the usual ones."""
        return ()

    def mounted(
        self, shelves: caches.Caches, builder: build.Builder, decoder: godecoding.Decoder
    ) -> assembling.Mounted:
        """The definitions over one set of watch caches."""
        schema = self.definitions.kind(catalog.KIND)
        forget = forgetting.Forgetter(decoder.types).of(catalog.TYPE)
        declared = catalog.resource(
            structural.Structural(type="object", preserve_unknown=True) if schema is None else schema,
            forget,
            self._clock,
        )
        (group,) = builder.mounts(declared)
        whole, part = group.mounts[catalog.PLURAL], group.mounts[f"{catalog.PLURAL}/status"]
        assert isinstance(whole.storage, store.Store)
        assert isinstance(part.storage, status.StatusStorage)
        assert part.representation is not None
        fields = managing.FieldManagers([part.representation]).of(part.representation, decoder.zero(catalog.TYPE))
        assert fields is not None
        calls = client.Clients(resolving.ServiceResolver(services.Directory(shelves)))
        served = serving.Serving(shelves, builder, calls)
        controller = controllers.Controller(whole.storage, served, writing.Writer(part.storage, fields, self._clock))

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
