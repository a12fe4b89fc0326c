"""Who serves what: the group-versions of a server, their resources and their order.

Each source (the core API, the CRD server, an aggregated server) adds and removes its group-versions here; documents are
made from it at the first request after a change.  Mirrors `ResourceManager` of
`k8s.io/apiserver/pkg/endpoints/discovery/aggregated`, and the group manager beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kroute.discovery import aggregated, documents
from kroute.machinery import gvk, objects, version


@dataclass(frozen=True, slots=True)
class Served:
    """One group-version.  Groups with a higher `group_priority` come first, versions with a higher `version_priority`
    too; equals go by name, and by Kubernetes' version order.  `stale`: its own server can't be asked at present.
    `custom`: nobody knows whether an unknown path below its group may not be somebody else's."""

    group_version: gvk.GroupVersion
    resources: Sequence[objects.Object]
    group_priority: int = 1000
    version_priority: int = 15
    stale: bool = False
    custom: bool = False


class Manager:
    """The group-versions served, and the documents that say so.  Documents are shared and read-only."""

    def __init__(self) -> None:
        self._served: dict[gvk.GroupVersion, Served] = {}
        self._listeners: list[Callable[[], None]] = []
        self._made: dict[str, objects.Object] = {}
        self._tags: dict[str, str] = {}

    def add(self, served: Served) -> None:
        """Serve a group-version, or replace what is known of it."""
        if self._served.get(served.group_version) != served:
            self._served[served.group_version] = served
            self._changed()

    def remove(self, group_version: gvk.GroupVersion) -> None:
        if self._served.pop(group_version, None):
            self._changed()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every change."""
        self._listeners.append(listener)

    def _changed(self) -> None:
        self._made.clear()
        self._tags.clear()
        for listener in self._listeners:
            listener()

    def served(self, group_version: gvk.GroupVersion) -> Served | None:
        return self._served.get(group_version)

    def groups(self) -> Mapping[str, Sequence[Served]]:
        """Named groups and the core group (""), in order, each with its versions in order of preference."""
        by_group: dict[str, list[Served]] = {}
        for served in self._served.values():
            by_group.setdefault(served.group_version.group, []).append(served)
        for versions in by_group.values():
            versions.sort(key=lambda one: (-one.version_priority, version.priority(one.group_version.version)))
        order = sorted(by_group, key=lambda name: (-max(one.group_priority for one in by_group[name]), name))
        return {name: by_group[name] for name in order}

    def versions(self, group: str) -> list[str]:
        """The versions of a group in order of preference; empty when it is not served."""
        return [served.group_version.version for served in self.groups().get(group, ())]

    def group(self, name: str) -> objects.Object | None:
        """The APIGroup document, or None."""
        versions = self.versions(name)
        return documents.group(name, versions) if versions else None

    def resources(self, group_version: gvk.GroupVersion) -> objects.Object | None:
        """The APIResourceList document, or None."""
        served = self._served.get(group_version)
        return documents.resource_list(group_version, served.resources) if served else None

    def group_list(self) -> objects.Object:
        return self._document("groups", self._group_list)

    def aggregated(self, *, core: bool) -> objects.Object:
        """The APIGroupDiscoveryList: of the core group for `/api`, of all others for `/apis`."""
        return self._document(f"aggregated {core}", lambda: self._aggregated(core))

    def aggregated_etag(self, *, core: bool) -> str:
        key = f"aggregated {core}"
        if key not in self._tags:
            self._tags[key] = aggregated.etag(self.aggregated(core=core))
        return self._tags[key]

    def _document(self, key: str, make: Callable[[], objects.Object]) -> objects.Object:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def _group_list(self) -> objects.Object:
        return documents.group_list(
            documents.group_entry(name, [one.group_version.version for one in versions])
            for name, versions in self.groups().items()
            if name
        )

    def _aggregated(self, core: bool) -> objects.Object:
        return aggregated.group_list(
            aggregated.group(
                name,
                [aggregated.version(one.group_version.version, one.resources, stale=one.stale) for one in versions],
            )
            for name, versions in self.groups().items()
            if (name == "") == core
        )
