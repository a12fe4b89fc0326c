"""The core API as part of a server: the chosen resources mounted, with admission and what has to be there at the start.

Mirrors `k8s.io/kubernetes/pkg/controlplane`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kroute.actions import decoding, media, protobufs
from kroute.coreapi import catalog, choosing, defaulting, environment, facts, plugins, rows, scheme, starting
from kroute.coreapi.stateless import registry as stateless
from kroute.kinds import build, mounting
from kroute.machinery import gvk
from kroute.protobuf import descriptors
from kroute.schema import builtin, forgetting, godecoding, gotypes
from kroute.server import assembling
from kroute.storage import caches, store


class CoreAPI:
    """A source of resources for a server: those that are named, or those that `config` (`--runtime-config`) leaves.

    Raises choosing.ChoiceError, and builtin.MissingDefinitions when the optional package is not installed."""

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
        self.scheme: decoding.Scheme = scheme.Scheme(self.rows)
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
        made_with = environment.Environment(
            caches=shelves,
            rows=self.rows,
            facts=facts.AllFacts.load(),
            definitions=self.definitions,
            decoder=decoder,
            forgetter=forgetting.Forgetter(decoder.types),
            defaulter=defaulting.Defaulter(self.definitions),
            options=self.options,
        )
        return assembling.Mounted(
            groups=list(self._groups(catalog.Catalog(made_with), builder, made_with)),
            admission=list(plugins.chosen(made_with)),
            start=starting.Starting(made_with).run,
        )

    def _groups(
        self, resources: catalog.Catalog, builder: build.Builder, made_with: environment.Environment
    ) -> Iterator[mounting.GroupVersionStorage]:
        for row in self.chosen:
            if stateless.is_stateless(row):
                yield from resources.stateless(row)
                continue
            for each in builder.mounts(resources.resource(row)):
                mount = each.mounts[row.plural]
                assert isinstance(mount.storage, store.Store)
                assert mount.representation is not None
                made_with.cores[row.group_resource] = mount.storage.core
                more = dict(resources.storages(row, mount.storage, mount.representation))
                yield mounting.GroupVersionStorage(each.group_version, {**each.mounts, **more})
