"""Serves the resources of definitions: endpoints, discovery and documents, which follow the definitions.

A definition's part is built anew when it changes; its group-versions are then put together again of all definitions
of the group.  Mirrors `customresource_handler.go` and `pkg/controller/openapi` of `k8s.io/apiextensions-apiserver`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import logging
from collections.abc import Sequence
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
from kroute.webhook import client

log = logging.getLogger("kroute.extensions")

NOT_WHEN_TERMINATING = ("patch", "create", "update")
"""The verbs that discovery doesn't show of a resource that is to go."""

PATIENCE = 0.3
"""Seconds that are waited for a webhook before a resource is served all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What is served for one definition."""

    signature: bytes
    resource: definition.Resource
    made: installer.APIInstaller
    shelves: Sequence[caches.Shelf]
    store: store.Store
    streams: streams.Streams
    gate: resources.Gate

    async def end(self) -> None:
        """End the watches, and what they read."""
        self.streams.end_all()
        for shelf in self.shelves:
            await shelf.close()


class Serving:
    """The resources of all definitions of one server."""

    def __init__(self, shelves: caches.Caches, builder: build.Builder, calls: client.Clients) -> None:
        self._caches, self._builder, self._calls = shelves, builder, calls
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
            if terminating and not before.gate.terminating:
                before.gate.terminating = True
                before.made.withhold(*NOT_WHEN_TERMINATING)
                self._publish(crd["spec"]["group"])
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
            for shelf in found.shelves:
                self._caches.release(shelf.name)
            self._publish(found.resource.group)
        return found

    async def _build(self, crd: objects.Object, wanted: bytes, gate: resources.Gate) -> Served:
        resource = resources.resource_of(crd, gate, self._calls)
        names = shelf_names(resource)
        own = dataclasses.replace(self._settings, streams=streams.Streams())
        own.streams.sent = self._settings.streams.sent
        before = self._served.get(crd["metadata"]["name"])
        old = [self._caches.release(shelf.name) for shelf in before.shelves] if before is not None else []
        try:
            groups, found = self._mounts(resource)
            made = installer.APIInstaller(groups, settings=own)
        except Exception:
            for name in names:
                self._caches.release(name)
            for shelf in filter(None, old):
                self._caches.put_back(shelf)
            raise
        if gate.terminating:
            made.withhold(*NOT_WHEN_TERMINATING)
        shelves = [self._caches.named(name) for name in names]
        for shelf in shelves:
            await filled(shelf, seconds=None if resource.translation is None else PATIENCE)
        return Served(
            signature=wanted,
            resource=resource,
            made=made,
            shelves=shelves,
            store=found,
            streams=own.streams,
            gate=gate,
        )

    def _mounts(self, resource: definition.Resource) -> tuple[list[mounting.GroupVersionStorage], store.Store]:
        """What is mounted, and the store below it, which there is also when no version is served."""
        stored = resource.storage_version
        shown = [dataclasses.replace(each, served=each.served or each is stored) for each in resource.versions]
        groups = self._builder.mounts(dataclasses.replace(resource, versions=shown))
        own = next(group for group in groups if group.group_version.version == stored.name)
        found = own.mounts[resource.plural].storage
        assert isinstance(found, store.Store)
        return [group for group in groups if group is not own or stored.served], found

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


def shelf_names(resource: definition.Resource) -> list[str]:
    """The watch caches of a resource."""
    names = [str(resource.group_resource)]
    if resource.translation is not None:
        names += [
            build.view_name(resource, each.name) for each in resource.versions if each.served and not each.storage
        ]
    return names


async def filled(shelf: caches.Shelf, *, seconds: float | None) -> None:
    """Wait for a watch cache, which may need a webhook that doesn't answer; then requests are told so."""
    try:
        async with asyncio.timeout(seconds):
            await shelf.ready()
    except TimeoutError:
        log.warning("%s: its webhook converts nothing at present", shelf.name)


def is_served(crd: objects.Object) -> bool:
    """Whether there are endpoints for a definition."""
    return conditions.is_true(crd, conditions.ESTABLISHED) or conditions.is_true(crd, conditions.NAMES_ACCEPTED)


def signature(crd: objects.Object) -> bytes:
    """What the endpoints of a definition are made from."""
    parts = [crd["metadata"]["uid"], crd["spec"], crd["status"].get("acceptedNames"), is_served(crd)]
    return hashlib.blake2b(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).digest()
