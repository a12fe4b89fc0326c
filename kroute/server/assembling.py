"""What one server serves, put together: storage objects, routes, discovery and documents over an open store.

Resources are declared once and may be served any number of times; everything that belongs to one time is made by
`assembled`, which ends it too.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
import yaml

from kroute import installer
from kroute.actions import decoding, media, streams
from kroute.admission import chain
from kroute.kinds import build, declaring, manifests, mounting
from kroute.machinery import gvk
from kroute.openapi import annotating, definitions, service
from kroute.schema import builtin, godecoding, gotypes
from kroute.server import exposition, generic, health, implied, publishing, routes, version
from kroute.storage import caches
from kroute.storage.backend import base
from kroute.storage.backend.memory import backend as memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounted:
    """What a source serves over one set of watch caches.

    `admission` are its plugins, `last_admission` those that come after the user's own; `start` is called before
    anything is served, when the caches are filled.
    `attach` gets the server, for hooks, and what it needs to serve more while it runs."""

    groups: Sequence[mounting.GroupVersionStorage]
    admission: Sequence[Any] = ()
    last_admission: Sequence[Any] = ()
    start: Callable[[], Awaitable[None]] | None = None
    attach: Callable[[generic.GenericAPIServer, publishing.Publisher, installer.Settings], None] | None = None


class Source(Protocol):
    """Brings resources with it beside the declared ones: the core API.

    `scheme` and `definitions` know their kinds, `codecs` are more media types that they have a form in.
    `priorities` and `version_priorities` sort groups and versions in discovery, the highest first."""

    scheme: decoding.Scheme | None
    definitions: builtin.Definitions
    priorities: Mapping[str, int]
    version_priorities: Mapping[gvk.GroupVersion, int]

    def codecs(self, types: gotypes.Types) -> Sequence[media.Codec]: ...

    def mounted(self, shelves: caches.Caches, builder: build.Builder, decoder: godecoding.Decoder) -> Mounted: ...


class Content:
    """Resources and what goes with them.  Raises InstallError for what can't be served."""

    def __init__(self, resources: Iterable[Any], *, admission: Sequence[Any], title: str, version: str) -> None:
        given = list(resources)
        self.mounted = [one for one in given if isinstance(one, mounting.GroupVersionStorage)]
        self.resources = [
            declaring.resource_of(one) for one in given if not isinstance(one, mounting.GroupVersionStorage)
        ]
        self.admission = tuple(admission)
        chain.AdmissionChain(admission)
        self.title, self.version = title, version
        if self.mounted:  # so that what can't be served is said where it is written
            self._unopened()

    @property
    def example(self) -> str:
        """What to say after `kubectl get` to try the server; "" when nothing is declared."""
        for resource in self.resources:
            return resource.plural
        for mounted in self.mounted:
            for path in mounted.mounts:
                return path
        return ""

    @contextlib.asynccontextmanager
    async def assembled(
        self, backend: base.Backend, *, source: Source | None = None
    ) -> AsyncIterator[generic.GenericAPIServer]:
        """The server over an open backend, with what `source` brings."""
        async with caches.Caches(backend) as shelves:
            made = Assembly(self, shelves, source=source)
            await shelves.ready()
            await made.start()
            yield made.server(backend)

    def openapi(self, version: str, *, source: Source | None = None) -> str:
        """The document of all group-versions as JSON: `v2`, or `v3` with the paths of all in one document."""
        body = self._unopened(source).document(version)
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode() + "\n"

    def _unopened(self, source: Source | None = None) -> Assembly:
        return Assembly(self, caches.Caches(memory.MemoryBackend()), source=source)

    def crds(self) -> str:
        """CustomResourceDefinitions of the resources, as YAML documents."""
        return yaml.safe_dump_all([manifests.manifest(resource) for resource in self.resources], sort_keys=False)


class Assembly:
    """One server's parts.  With a `prefix` its routes are for an application of somebody's."""

    def __init__(
        self, content: Content, shelves: caches.Caches, *, source: Source | None = None, prefix: str = ""
    ) -> None:
        self._content, self._source, self._shelves = content, source, shelves
        types = gotypes.Types.load()
        decoder = godecoding.Decoder(types)
        builder = build.Builder(shelves, decoder=decoder)
        known = media.Codecs([media.JSONCodec(), media.YAMLCodec()])
        declared, brought = builder.build(content.resources), None
        if source is not None:
            brought = source.mounted(shelves, builder, decoder)
            for codec in source.codecs(types):
                known = known.with_codec(codec)
        self._start = None if brought is None else brought.start
        self._attach = None if brought is None else brought.attach
        groups = mounting.together([*(brought.groups if brought else ()), *declared, *content.mounted])
        settings = installer.Settings(
            codecs=known,
            decoder=decoder,
            admission=self._admission(brought),
            scheme=None if source is None else source.scheme,
            streams=streams.Streams(),
        )
        self._codecs, self._streams = settings.codecs, settings.streams
        self.installer = installer.APIInstaller(groups, prefix=prefix, settings=settings)
        self.documents = service.Service(title=content.title, version=content.version, prefix=prefix)

    def _admission(self, brought: Mounted | None) -> chain.AdmissionChain:
        own = self._content.admission
        if brought is None:
            return chain.AdmissionChain(own)
        return chain.AdmissionChain([*brought.admission, *own, *brought.last_admission])

    async def start(self) -> None:
        """Do what has to be done before anything is served, once the watch caches are filled."""
        if self._start is not None:
            await self._start()

    def server(self, backend: base.Backend) -> generic.GenericAPIServer:
        """Everything installed into a server."""
        made = generic.GenericAPIServer("kroute")
        publisher = self._publish(made)
        implied.install(made.director, publisher.groups)
        if self._attach is not None:
            self._attach(made, publisher, self.installer.settings)
        routes.install_version(made.director.paths, version.document())
        for source in self._metrics():
            made.add_metric(source)
        made.add_check(health.Check("log", health.ping))
        made.add_check(health.Check("etcd", backend.check))  # the name that monitors know
        made.add_check(health.Check("informer-sync", self._shelves.ready, frozenset((health.READYZ,))))
        made.complete = True
        return made

    def document(self, version: str) -> bytes:
        """One document of everything: `v2`, or `v3`."""
        publisher = self._publish(generic.GenericAPIServer("documents"))
        return self.documents.v2().body if version == "v2" else publisher.whole_document()

    def _publish(self, server: generic.GenericAPIServer) -> publishing.Publisher:
        publisher = publishing.Publisher(server=server, documents=self.documents)
        if self._source is not None:
            publisher.definitions = definitions.Definitions(
                [self._source.definitions], annotations=annotating.Annotations.load()
            )
            publisher.priorities = self._source.priorities
            publisher.version_priorities = self._source.version_priorities
        publisher.publish(self.installer)
        publisher.endpoints(self._codecs)
        return publisher

    def _metrics(self) -> Iterator[exposition.Source]:
        """What the store and the handlers count."""
        yield exposition.Source(
            "apiserver_storage_objects",
            "Stored objects, by resource.",
            ("resource",),
            lambda: [((name,), count) for name, count in self._shelves.counts().items()],
        )
        yield exposition.Source(
            "apiserver_watch_events",
            "Events sent to watches.",
            ("group", "version", "resource"),
            lambda: list(self._streams.sent.items()),
            counter=True,
        )
