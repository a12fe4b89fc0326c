"""What one server serves, put together: storage objects, routes, discovery and documents over an open store.

Resources are declared once and may be served any number of times; everything that belongs to one time is made by
`assembled`, which ends it too.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
import yaml

from kroute import installer
from kroute.actions import streams
from kroute.admission import chain
from kroute.discovery import manager
from kroute.kinds import build, declaring, manifests, mounting
from kroute.machinery import gvk
from kroute.openapi import definitions, names, service, v3
from kroute.schema import builtin, godecoding, gotypes
from kroute.server import discovering, documenting, exposition, generic, health, routes, version
from kroute.storage import caches
from kroute.storage.backend import base
from kroute.storage.backend.memory import backend as memory


class Content:
    """Resources and what goes with them.  Raises InstallError for what can't be served."""

    def __init__(self, resources: Iterable[Any], *, admission: Sequence[Any], title: str, version: str) -> None:
        given = list(resources)
        self.mounted = [one for one in given if isinstance(one, mounting.GroupVersionStorage)]
        self.resources = [
            declaring.resource_of(one) for one in given if not isinstance(one, mounting.GroupVersionStorage)
        ]
        self.admission = chain.AdmissionChain(admission)
        self.title, self.version = title, version

    @property
    def example(self) -> str:
        """What to say after `kubectl get` to try the server."""
        for resource in self.resources:
            return resource.plural
        for mounted in self.mounted:
            for path in mounted.mounts:
                return path
        return "--raw /version"

    @contextlib.asynccontextmanager
    async def assembled(self, backend: base.Backend) -> AsyncIterator[generic.GenericAPIServer]:
        """The server over an open backend."""
        async with caches.Caches(backend) as shelves:
            made = Assembly(self, shelves)
            await shelves.ready()
            yield made.server(backend)

    def openapi(self, version: str) -> str:
        """The document of all group-versions as JSON: `v2`, or `v3` with the paths of all in one document."""
        made = Assembly(self, caches.Caches(memory.MemoryBackend()))
        document = orjson.loads(made.documents().v2().body) if version == "v2" else made.document()
        return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n"

    def crds(self) -> str:
        """CustomResourceDefinitions of the resources, as YAML documents."""
        return yaml.safe_dump_all([manifests.manifest(resource) for resource in self.resources], sort_keys=False)


class Assembly:
    """One server's parts."""

    def __init__(self, content: Content, shelves: caches.Caches) -> None:
        self._content = content
        decoder = godecoding.Decoder(gotypes.Types.load())
        builder = build.Builder(shelves, decoder=decoder)
        self._groups = [*builder.build(content.resources), *content.mounted]
        self._shelves = shelves
        settings = installer.Settings(decoder=decoder, admission=content.admission, streams=streams.Streams())
        self._codecs, self._streams = settings.codecs, settings.streams
        self._installer = installer.APIInstaller(self._groups, settings=settings)
        self._definitions = definitions.Definitions([builtin.Definitions.meta()])
        for group in self._groups:
            for path, mount in group.mounts.items():
                shown = mount.representation
                if shown is not None and not shown.typed:
                    plural = path.partition("/")[0]
                    self._definitions.add(shown.kind, shown.schema, list_kind=shown.list_kind, plural=plural)

    def server(self, backend: base.Backend) -> generic.GenericAPIServer:
        """Everything installed into a server."""
        made = generic.GenericAPIServer("kroute")
        director, groups = made.director, manager.Manager()
        for each in self._installer.group_versions:
            director.table.add(each, self._installer.routes_of(each))
            groups.add(manager.Served(each, self._installer.resources(each)))
        discovering.Discovery(director, groups, self._codecs)
        documenting.Documents(director.paths, self.documents())
        routes.install_version(director.paths, version.document())
        for source in self._metrics():
            made.add_metric(source)
        made.add_check(health.Check("log", health.ping))
        made.add_check(health.Check("etcd", backend.check))  # the name that monitors know
        made.complete = True
        return made

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

    def documents(self) -> service.Service:
        """The OpenAPI documents, one for each group-version."""
        made = service.Service(title=self._content.title, version=self._content.version)
        for each in self._installer.group_versions:
            made.add(names.document(each), functools.partial(self._document_of, each))
        return made

    def document(self) -> Mapping[str, Any]:
        """One OpenAPI 3 document of all group-versions."""
        paths: dict[str, Any] = {}
        for each in self._installer.group_versions:
            paths.update(self._document_of(each)["paths"])
        title, version = self._content.title, self._content.version
        return v3.finished(paths, self._definitions, title=title, version=version)

    def _document_of(self, group_version: gvk.GroupVersion) -> dict[str, Any]:
        return v3.document(
            group_version,
            self._installer.routes_of(group_version),
            self._definitions,
            title=self._content.title,
            version=self._content.version,
        )
