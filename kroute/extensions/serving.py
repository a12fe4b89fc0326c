"""Serves the resources of definitions: endpoints, discovery and documents, which follow the definitions.

A definition's part is built anew when it changes; its group-versions are then put together again of all definitions
of the group.  Mirrors `customresource_handler.go` and `pkg/controller/openapi` of `k8s.io/apiextensions-apiserver`.
"""

from __future__ import annotations

import dataclasses
import logging
from dataclasses import dataclass

import orjson

from kroute import installer
from kroute.actions import streams
from kroute.extensions import conditions, resources
from kroute.kinds import build, definition, mounting
from kroute.machinery import gvk, objects
from kroute.schema import compiling
from kroute.server import publishing
from kroute.storage import caches, capabilities, store

log = logging.getLogger("kroute.extensions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What is served for one definition."""

    signature: bytes
    resource: definition.Resource
    made: installer.APIInstaller
    shelf: caches.Shelf
    store: store.Store
    streams: streams.Streams
    gate: resources.Gate

    async def end(self) -> None:
        """End the watches, and what they read."""
        self.streams.end_all()
        await self.shelf.close()


class Serving:
    """The resources of all definitions of one server."""

    def __init__(self, shelves: caches.Caches, builder: build.Builder) -> None:
        self._caches, self._builder = shelves, builder
        self._publisher: publishing.Publisher | None = None
        self._settings = installer.Settings()
        self._served: dict[str, Served] = {}
        self._published: dict[str, set[gvk.GroupVersion]] = {}

    def attach(self, publisher: publishing.Publisher, settings: installer.Settings) -> None:
        """Say where to serve, before anything is."""
        self._publisher, self._settings = publisher, settings

    def store_of(self, name: str) -> store.Store | None:
        """Where the objects of a definition are; None for one that isn't served."""
        found = self._served.get(name)
        return None if found is None else found.store

    def resource_of(self, name: gvk.GroupResource) -> definition.Resource | None:
        """The resource of that name that is served."""
        found = self._served.get(str(name))
        return None if found is None else found.resource

    async def update(self, crd: objects.Object) -> Served | None:
        """Serve a definition as it is now; what is to be ended of how it was before, when its watchers had time."""
        name = crd["metadata"]["name"]
        terminating = bool(crd["metadata"].get("deletionTimestamp"))
        wanted, before = signature(crd), self._served.get(name)
        if before is not None:
            before.gate.terminating = terminating
            if before.signature == wanted:
                return None
        if not is_served(crd):
            return self.remove(name)
        try:
            self._served[name] = await self._build(crd, wanted, resources.Gate(terminating))
        except (capabilities.InstallError, compiling.SchemaError) as error:
            log.error("%s can't be served: %s", name, error)
            return None
        self._publish(crd["spec"]["group"])
        return before

    def remove(self, name: str) -> Served | None:
        """Serve a definition no longer; what is to be ended, when its watchers had time."""
        found = self._served.pop(name, None)
        if found is not None:
            self._caches.release(found.shelf.name)
            self._publish(found.resource.group)
        return found

    async def _build(self, crd: objects.Object, wanted: bytes, gate: resources.Gate) -> Served:
        resource = resources.resource_of(crd, gate)
        name = str(resource.group_resource)
        own = dataclasses.replace(self._settings, streams=streams.Streams())
        own.streams.sent = self._settings.streams.sent
        old = self._caches.release(name)
        try:
            groups, found = self._mounts(resource)
            made = installer.APIInstaller(groups, settings=own)
        except Exception:
            self._caches.release(name)
            if old is not None:
                self._caches.put_back(old)
            raise
        shelf = self._caches.named(name)
        await shelf.ready()
        return Served(
            signature=wanted,
            resource=resource,
            made=made,
            shelf=shelf,
            store=found,
            streams=own.streams,
            gate=gate,
        )

    def _mounts(self, resource: definition.Resource) -> tuple[list[mounting.GroupVersionStorage], store.Store]:
        """What is mounted, and the store below it, which there is also when no version is served."""
        groups = self._builder.mounts(resource)
        if groups:
            found = groups[0].mounts[resource.plural].storage
        else:
            self._caches.release(str(resource.group_resource))
            shown = [dataclasses.replace(each, served=True) for each in resource.versions]
            every = self._builder.mounts(dataclasses.replace(resource, versions=shown))
            found = every[0].mounts[resource.plural].storage
        assert isinstance(found, store.Store)
        return groups, found

    def _publish(self, group: str) -> None:
        """Put the group-versions of a group together again."""
        assert self._publisher is not None
        before = self._published.pop(group, set())
        parts = [one.made for _, one in sorted(self._served.items()) if one.resource.group == group]
        wanted = {each for made in parts for each in made.group_versions}
        foreign = {each for each in wanted - before if self._publisher.groups.served(each) is not None}
        for each in sorted(foreign):
            log.error("%s is served by the server itself, so that no definition can add to it", each)
        wanted -= foreign
        self._publisher.publish_together(parts, wanted)
        for each in before - wanted:
            self._publisher.withdraw(each)
        if wanted:
            self._published[group] = wanted


def is_served(crd: objects.Object) -> bool:
    """Whether there are endpoints for a definition."""
    return conditions.is_true(crd, conditions.ESTABLISHED) or conditions.is_true(crd, conditions.NAMES_ACCEPTED)


def signature(crd: objects.Object) -> bytes:
    """What the endpoints of a definition are made from."""
    parts = [crd["metadata"]["uid"], crd["spec"], crd["status"].get("acceptedNames"), is_served(crd)]
    return orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)
