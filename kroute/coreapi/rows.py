"""The resources that kube-apiserver serves by default, as rows of `data/resources.json`.

A row says what discovery says of a resource: names, scope, verbs and subresources, and in which versions there is one.
Rows are facts alone; how the resources behave is decided elsewhere in `coreapi`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import orjson

from kroute.machinery import gvk

ALL_VERBS: Final = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
PART_VERBS: Final = ("get", "patch", "update")
"""The verbs of rows and of subresources that name none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subresource:
    """A subresource.  `kind` is that of its objects where it isn't the resource's own; discovery names its group
    only when it is another one (`foreign`)."""

    name: str
    kind: str = ""
    foreign: gvk.GroupVersion | None = None
    verbs: Sequence[str] = PART_VERBS

    def gvk(self, parent: gvk.GroupVersionKind) -> gvk.GroupVersionKind:
        """The kind of its objects, below a resource of the given one."""
        group_version = self.foreign or parent.group_version
        return gvk.GroupVersionKind(*group_version, self.kind or parent.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A resource.  `versions` are in order of preference."""

    group: str
    versions: Sequence[str]
    kind: str
    plural: str
    singular: str
    namespaced: bool
    short_names: Sequence[str] = ()
    categories: Sequence[str] = ()
    verbs: Sequence[str] = ALL_VERBS
    subresources: Sequence[Subresource] = ()

    @property
    def group_resource(self) -> gvk.GroupResource:
        return gvk.GroupResource(self.group, self.plural)

    @property
    def stored(self) -> bool:
        """Whether objects are kept; reviews and bindings are answered and forgotten."""
        return "get" in self.verbs

    def gvk(self, version: str) -> gvk.GroupVersionKind:
        return gvk.GroupVersionKind(self.group, version, self.kind)

    def definition(self, version: str) -> str:
        """The name of the kind in the OpenAPI documents: `io.k8s.api.apps.v1.Deployment`."""
        return definition_of(self.gvk(version))

    def subresource(self, name: str) -> Subresource | None:
        return next((found for found in self.subresources if found.name == name), None)


@dataclass(frozen=True, slots=True)
class Group:
    """A group with what sorts it among the others, and each of its versions: higher numbers come first."""

    name: str
    priority: int
    versions: Mapping[str, int]


class Rows:
    """All rows, by group and resource, in the order in which they are listed."""

    def __init__(self, groups: Iterable[Group], rows: Iterable[Row]) -> None:
        self.groups: Mapping[str, Group] = {group.name: group for group in groups}
        self._rows: Mapping[gvk.GroupResource, Row] = {row.group_resource: row for row in rows}

    @classmethod
    def load(cls) -> Rows:
        """The rows of kube-apiserver."""
        data = orjson.loads(resources.files("kroute.coreapi").joinpath("data", "resources.json").read_bytes())
        groups = [Group(entry["group"], entry["priority"], entry["versions"]) for entry in data["groups"]]
        return cls(groups, map(row_of, data["resources"]))

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def get(self, resource: gvk.GroupResource) -> Row | None:
        return self._rows.get(resource)

    def of(self, group_version: gvk.GroupVersion) -> list[Row]:
        """The resources of a group-version."""
        group, version = group_version
        return [row for row in self if row.group == group and version in row.versions]

    def named(self, name: str) -> Row:
        """The resource of a name as users write it: `leases`, or `events.events.k8s.io` where others share the name.

        Raises KeyError."""
        plural, _, group = name.partition(".")
        found = [row for row in self if row.plural == plural and (not group or row.group == group)]
        if not found:
            raise KeyError(name)
        return found[0]


def definition_of(kind: gvk.GroupVersionKind) -> str:
    """The name of a built-in kind in the OpenAPI documents."""
    return f"io.k8s.api.{kind.group.partition('.')[0] or 'core'}.{kind.version}.{kind.kind}"


def row_of(entry: Mapping[str, Any]) -> Row:
    return Row(
        group=entry["group"],
        versions=tuple(entry["versions"]),
        kind=entry["kind"],
        plural=entry["plural"],
        singular=entry["singular"],
        namespaced=entry["namespaced"],
        short_names=tuple(entry.get("shortNames", ())),
        categories=tuple(entry.get("categories", ())),
        verbs=tuple(entry.get("verbs", ALL_VERBS)),
        subresources=tuple(map(subresource_of, entry.get("subresources", ()))),
    )


def subresource_of(entry: Mapping[str, Any]) -> Subresource:
    return Subresource(
        name=entry["name"],
        kind=entry.get("kind", ""),
        foreign=gvk.GroupVersion(entry["group"], entry["version"]) if "group" in entry else None,
        verbs=tuple(entry.get("verbs", PART_VERBS)),
    )
