"""Several sources as one: the core API and the extensions, beside each other in one server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kroute import installer
from kroute.actions import decoding, media
from kroute.kinds import build
from kroute.machinery import gvk
from kroute.schema import builtin, godecoding, gotypes
from kroute.server import assembling, generic, publishing
from kroute.storage import caches


class Several:
    """A source made of others, the most important first: its scheme and definitions are taken."""

    def __init__(self, first: assembling.Source, *others: assembling.Source) -> None:
        self._sources = (first, *others)
        self.scheme: decoding.Scheme | None = first.scheme
        self.definitions: builtin.Definitions = first.definitions
        self.priorities: Mapping[str, int] = {}
        self.version_priorities: Mapping[gvk.GroupVersion, int] = {}
        for each in reversed(self._sources):
            self.priorities = {**self.priorities, **each.priorities}
            self.version_priorities = {**self.version_priorities, **each.version_priorities}

    def codecs(self, types: gotypes.Types) -> Sequence[media.Codec]:
        return [codec for each in self._sources for codec in each.codecs(types)]

    def mounted(
        self, shelves: caches.Caches, builder: build.Builder, decoder: godecoding.Decoder
    ) -> assembling.Mounted:
        parts = [each.mounted(shelves, builder, decoder) for each in self._sources]

        async def start() -> None:
            for part in parts:
                if part.start is not None:
                    await part.start()

        def attach(server: generic.GenericAPIServer, publisher: publishing.Publisher, own: installer.Settings) -> None:
            for part in parts:
                if part.attach is not None:
                    part.attach(server, publisher, own)

        return assembling.Mounted(
            groups=[group for part in parts for group in part.groups],
            admission=[plugin for part in parts for plugin in part.admission],
            last_admission=[plugin for part in parts for plugin in part.last_admission],
            start=start,
            attach=attach,
        )
