"""What is served, put together: storage objects, routes, discovery and documents over an open store.

Each source of resources gets a server of its own in one chain of delegation, which is built from the inside.
Resources are declared once and may be served any number of times; everything that belongs to one time is made by
`assembled`, which ends it too.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeAlias

import orjson
import yaml

from kroute import installer
from kroute.actions import decoding, media, streams
from kroute.admission import chain
from kroute.auth import authorization
from kroute.kinds import build, declaring, manifests, mounting
from kroute.machinery import gvk
from kroute.openapi import annotating, definitions, service
from kroute.schema import builtin, godecoding, gotypes
from kroute.server import creating, exposition, generic, health, implied, publishing, routes, version
from kroute.storage import caches
from kroute.storage.backend import base
from kroute.storage.backend.memory import backend as memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounted:
    """What a source serves over one set of watch caches.

    `admission` are its plugins, `last_admission` those that come after the user's own; `start` is called before
    anything is served, when the caches are filled; `owned` are entered before that, and left when all has ended.
    `attach` gets the server, for hooks, and what it needs to serve more while it runs."""

    groups: Sequence[mounting.GroupVersionStorage]
    admission: Sequence[Any] = ()
    last_admission: Sequence[Any] = ()
    start: Callable[[], Awaitable[None]] | None = None
    owned: Sequence[contextlib.AbstractAsyncContextManager[Any]] = ()
    attach: Callable[[generic.GenericAPIServer, publishing.Publisher, installer.Settings], None] | None = None


class Source(Protocol):
    """Brings resources with it beside the declared ones: the core API, the extensions, the aggregator.

    `name` is that of its server.  `scheme` and `definitions` know their kinds, `codecs` are more media types that they
    have a form in.
    `priorities` and `version_priorities` sort groups and versions in discovery, the highest first."""

    name: str
    scheme: decoding.Scheme | None
    definitions: builtin.Definitions
    priorities: Mapping[str, int]
    version_priorities: Mapping[gvk.GroupVersion, int]

    def codecs(self, types: gotypes.Types) -> Sequence[media.Codec]: ...

    def mounted(self, shelves: caches.Caches, builder: build.Builder, decoder: godecoding.Decoder) -> Mounted: ...


Companion: TypeAlias = Callable[[generic.GenericAPIServer, caches.Caches], None]
"""Adds what goes on beside requests to the outermost server, as hooks: controllers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The sources of a chain of servers; the server of `main` has the declared resources too.

    `outer` are in front of it and `inner` behind it, each from the outside in.  `beside` are the companions.
    `authorizer` is asked whether an update may create; without one it may."""

    outer: Sequence[Source] = ()
    main: Source | None = None
    inner: Sequence[Source] = ()
    beside: Sequence[Companion] = ()
    authorizer: authorization.Authorizer | None = None

    def by_importance(self) -> list[Source]:
        """All of them; what the first one says of kinds holds."""
        return [*((self.main,) if self.main is not None else ()), *self.outer, *self.inner]


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
        self, backend: base.Backend, *, sources: Sources | None = None, watch_seconds: float = installer.WATCH_SECONDS
    ) -> AsyncIterator[generic.GenericAPIServer]:
        """The outermost server over an open backend, with what the sources bring.

        Watches run for `watch_seconds` at least, unless they say how long."""
        async with contextlib.AsyncExitStack() as owned, caches.Caches(backend) as shelves:
            made = Assembly(self, shelves, sources=sources, watch_seconds=watch_seconds)
            await shelves.ready()
            await made.start(owned)
            yield made.server(backend)

    def openapi(self, version: str, *, sources: Sources | None = None) -> str:
        """The document of all group-versions as JSON: `v2`, or `v3` with the paths of all in one document."""
        body = self._unopened(sources).document(version)
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode() + "\n"

    def _unopened(self, sources: Sources | None = None) -> Assembly:
        return Assembly(self, caches.Caches(memory.MemoryBackend()), sources=sources)

    def crds(self) -> str:
        """CustomResourceDefinitions of the resources, as YAML documents."""
        return yaml.safe_dump_all([manifests.manifest(resource) for resource in self.resources], sort_keys=False)


class Part(NamedTuple):
    """One server to be: its routes, and what else its source brought."""

    name: str
    installer: installer.APIInstaller
    mounted: Mounted


class Assembly:
    """The parts of one chain of servers.  With a `prefix` the routes are for an application of somebody's."""

    def __init__(
        self,
        content: Content,
        shelves: caches.Caches,
        *,
        sources: Sources | None = None,
        prefix: str = "",
        watch_seconds: float = installer.WATCH_SECONDS,
    ) -> None:
        self._content, self._shelves = content, shelves
        self._sources = sources = sources or Sources()
        types = gotypes.Types.load()
        decoder = godecoding.Decoder(types)
        builder = build.Builder(shelves, decoder=decoder)
        own = Mounted(groups=[*builder.build(content.resources), *content.mounted])
        brought = {source.name: source.mounted(shelves, builder, decoder) for source in sources.by_importance()}
        ranked = sources.by_importance()
        known = media.Codecs([media.JSONCodec(), media.YAMLCodec()])
        for source in ranked:
            for codec in source.codecs(types):
                known = known.with_codec(codec)
        self._settings = installer.Settings(
            codecs=known,
            decoder=decoder,
            admission=self._admission(brought.values()),
            scheme=ranked[0].scheme if ranked else None,
            streams=streams.Streams(),
            min_watch_timeout=watch_seconds,
        )
        self._prefix = prefix
        self._main = self._part(sources.main, own, brought)
        outer = [self._part(source, None, brought) for source in sources.outer]
        inner = [self._part(source, None, brought) for source in sources.inner]
        alone = not (sources.main or own.groups) and (outer or inner)
        self._parts = [*outer, *(() if alone else (self._main,)), *inner]
        self.documents = service.Service(title=content.title, version=content.version, prefix=prefix)

    @property
    def installer(self) -> installer.APIInstaller:
        """The routes of the main server."""
        return self._main.installer

    def _part(self, source: Source | None, own: Mounted | None, brought: Mapping[str, Mounted]) -> Part:
        mounted = Mounted(groups=()) if source is None else brought[source.name]
        groups = mounting.together([*mounted.groups, *(own.groups if own else ())])
        made = installer.APIInstaller(groups, prefix=self._prefix, settings=self._settings)
        return Part("kroute" if source is None else source.name, made, mounted)

    def _admission(self, brought: Iterable[Mounted]) -> chain.AdmissionChain:
        parts = list(brought)
        first = [plugin for part in parts for plugin in part.admission]
        last = [plugin for part in parts for plugin in part.last_admission]
        authorizer = self._sources.authorizer
        guards = () if authorizer is None else (creating.CreatingByUpdate(authorizer),)
        return chain.AdmissionChain([*guards, *first, *self._content.admission, *last])

    async def start(self, owned: contextlib.AsyncExitStack) -> None:
        """Do what has to be done before anything is served, once the watch caches are filled."""
        for part in self._parts:
            for context in part.mounted.owned:
                await owned.enter_async_context(context)
        for part in self._parts:
            if part.mounted.start is not None:
                await part.mounted.start()

    def server(self, backend: base.Backend) -> generic.GenericAPIServer:
        """The outermost server, with the others behind it and everything installed."""
        made, publisher = self._chain()
        implied.install(made.director, publisher.groups)
        routes.install_version(made.director.paths, version.document())
        for source in self._metrics():
            made.add_metric(source)
        made.add_check(health.Check("log", health.ping))
        made.add_check(health.Check("etcd", backend.check))  # the name that monitors know
        made.add_check(health.Check("informer-sync", self._shelves.ready, frozenset((health.READYZ,))))
        made.stored, made.watched = self._shelves.count, self._shelves.watchers
        for companion in self._sources.beside:
            companion(made, self._shelves)
        return made

    def document(self, version: str) -> bytes:
        """One document of everything: `v2`, or `v3`."""
        _, publisher = self._chain(attach=False)
        return self.documents.v2().body if version == "v2" else publisher.whole_document()

    def _chain(self, *, attach: bool = True) -> tuple[generic.GenericAPIServer, publishing.Publisher]:
        """The outermost server and its publisher, built from the inside."""
        made: generic.GenericAPIServer | None = None
        publisher: publishing.Publisher | None = None
        for part in reversed(self._parts):
            made = generic.GenericAPIServer(part.name, delegate=made)
            publisher = self._publisher(made) if publisher is None else publisher.beside(made)
            publisher.publish(part.installer)
            if attach and part.mounted.attach is not None:
                part.mounted.attach(made, publisher, self._settings)
            made.complete = True
        assert made is not None
        assert publisher is not None
        publisher.endpoints(self._settings.codecs)
        return made, publisher

    def _publisher(self, server: generic.GenericAPIServer) -> publishing.Publisher:
        publisher = publishing.Publisher(server=server, documents=self.documents)
        ranked = self._sources.by_importance()
        if ranked:
            publisher.definitions = definitions.Definitions(
                [ranked[0].definitions], annotations=annotating.Annotations.load()
            )
            publisher.priorities = {name: each for one in reversed(ranked) for name, each in one.priorities.items()}
            publisher.version_priorities = {
                name: each for one in reversed(ranked) for name, each in one.version_priorities.items()
            }
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
            lambda: list(self._settings.streams.sent.items()),
            counter=True,
        )
