"""Who serves what: the group-versions of a server, their resources and their order.

Each source (the core API, the CRD server, an aggregated server) adds and removes its group-versions here; documents are
made from it at the first request after a change.  What another server serves comes before what is served here.
Mirrors `ResourceManager` of `k8s.io/apiserver/pkg/endpoints/discovery/aggregated`, and the group manager beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from kroute.discovery import aggregated, documents
from kroute.machinery import gvk, objects, version


@dataclass(frozen=True, slots=True)
class Served:
    """One group-version.  Groups with a higher `group_priority` come first, versions with a higher `version_priority`
    too; equals go by name, and by Kubernetes' version order.
    `custom`: nobody knows whether an unknown path below its group may not be somebody else's.
    `remote`: another server serves it, and `document` is what that says of it as aggregated discovery has it;
    `stale`: that server can't be asked at present.  `named`: it is only said to be there, and nobody serves it."""

    group_version: gvk.GroupVersion
    resources: Sequence[objects.Object]
    group_priority: int = 1000
    version_priority: int = 15
    stale: bool = False
    custom: bool = False
    remote: bool = False
    named: bool = False
    document: objects.Object | None = None

    def version(self) -> objects.Object:
        """The entry in aggregated discovery."""
        name = self.group_version.version
        if self.document is None:
            return aggregated.version(name, self.resources, stale=self.stale)
        return {**self.document, "version": name, "freshness": "Stale" if self.stale else "Current"}


class Priority(NamedTuple):
    """What somebody has said of the order of a group-version."""

    group: int
    version: int


class Manager:
    """The group-versions served, and the documents that say so.  Documents are shared and read-only."""

    def __init__(self) -> None:
        self._served: dict[gvk.GroupVersion, Served] = {}
        self._remote: dict[gvk.GroupVersion, Served] = {}
        self._priorities: dict[gvk.GroupVersion, Priority] = {}
        self._listeners: list[Callable[[], None]] = []
        self._made: dict[str, Any] = {}

    def add(self, served: Served) -> None:
        """Serve a group-version, or replace what is known of it."""
        at = self._remote if served.remote else self._served
        if at.get(served.group_version) != served:
            at[served.group_version] = served
            self._changed()

    def remove(self, group_version: gvk.GroupVersion, *, remote: bool = False) -> None:
        """Serve a group-version no longer, or have no other server serve it."""
        if (self._remote if remote else self._served).pop(group_version, None):
            self._changed()

    def prioritise(self, group_version: gvk.GroupVersion, priority: Priority | None) -> None:
        """Say that there is a group-version and where it stands, whoever serves it; None: who serves it says that."""
        if self._priorities.get(group_version) != priority:
            if priority is None:
                del self._priorities[group_version]
            else:
                self._priorities[group_version] = priority
            self._changed()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every change."""
        self._listeners.append(listener)

    def _changed(self) -> None:
        self._made.clear()
        for listener in self._listeners:
            listener()

    def served(self, group_version: gvk.GroupVersion) -> Served | None:
        """What this server itself serves."""
        return self._served.get(group_version)

    def own(self) -> Sequence[Served]:
        """Everything that this server itself serves."""
        return list(self._served.values())

    def groups(self) -> Mapping[str, Sequence[Served]]:
        """Named groups and the core group (""), in order, each with its versions in order of preference."""
        found: Mapping[str, Sequence[Served]] = self._document("sorted", self._sorted)
        return found

    def _sorted(self) -> Mapping[str, Sequence[Served]]:
        by_group: dict[str, list[Served]] = {}
        named = {each: Served(each, (), custom=True, named=True) for each in self._priorities}
        for served in {**named, **self._served, **self._remote}.values():
            by_group.setdefault(served.group_version.group, []).append(served)
        for versions in by_group.values():
            versions.sort(key=lambda one: (-self._of(one).version, version.priority(one.group_version.version)))
        order = sorted(by_group, key=lambda name: (-max(self._of(one).group for one in by_group[name]), name))
        return {name: by_group[name] for name in order}

    def _of(self, served: Served) -> Priority:
        known = self._priorities.get(served.group_version)
        return known or Priority(served.group_priority, served.version_priority)

    def versions(self, group: str) -> list[str]:
        """The versions of a group in order of preference; empty when it is not served."""
        return [served.group_version.version for served in self.groups().get(group, ())]

    def group(self, name: str) -> objects.Object | None:
        """The APIGroup document, or None."""
        versions = self.versions(name)
        return documents.group(name, versions) if versions else None

    def resources(self, group_version: gvk.GroupVersion) -> objects.Object | None:
        """The APIResourceList document, or None."""
        served = self.served(group_version)
        return documents.resource_list(group_version, served.resources) if served else None

    def group_list(self) -> objects.Object:
        found: objects.Object = self._document("groups", self._group_list)
        return found

    def aggregated(self, *, core: bool) -> objects.Object:
        """The APIGroupDiscoveryList: of the core group for `/api`, of all others for `/apis`."""
        found: objects.Object = self._document(f"aggregated {core}", lambda: self._aggregated(core))
        return found

    def aggregated_etag(self, *, core: bool) -> str:
        found: str = self._document(f"etag {core}", lambda: aggregated.etag(self.aggregated(core=core)))
        return found

    def _document(self, key: str, make: Callable[[], Any]) -> Any:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def _group_list(self) -> objects.Object:
        groups = self.groups()
        order = sorted(groups, key=lambda name: self._place(groups[name])) if self._priorities else groups
        return documents.group_list(
            documents.group_entry(name, [one.group_version.version for one in groups[name]]) for name in order if name
        )

    def _place(self, versions: Sequence[Served]) -> tuple[int, str]:
        """Where a group stands in the list of groups: of equals, the names of APIServices decide."""
        places = ((self._of(one).group, one.group_version) for one in versions)
        return min((-group, f"{each.version}.{each.group}") for group, each in places)

    def _aggregated(self, core: bool) -> objects.Object:
        served = {
            name: [one.version() for one in versions if not one.named] for name, versions in self.groups().items()
        }
        return aggregated.group_list(
            aggregated.group(name, versions) for name, versions in served.items() if versions and (name == "") == core
        )
