"""Puts what an installer made into a server: routes, discovery entries and OpenAPI documents of each group-version."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from kroute import installer
from kroute.actions import media, model
from kroute.discovery import manager
from kroute.machinery import gvk
from kroute.openapi import custom as custom_documents
from kroute.openapi import definitions, names, service, v3
from kroute.schema import builtin
from kroute.server import discovering, documenting, generic

CUSTOM_VERSIONS = 100
"""The priority of all versions of custom resources: they go by Kubernetes' version order."""


@dataclass(slots=True, kw_only=True)
class Publisher:
    """What a server tells of itself; the servers of a chain tell it together.

    `priorities` maps a group to its priority in discovery, `version_priorities` a version to its own within the group;
    the highest comes first."""

    server: generic.GenericAPIServer
    groups: manager.Manager = field(default_factory=manager.Manager)
    documents: service.Service = field(default_factory=service.Service)
    definitions: definitions.Definitions = field(
        default_factory=lambda: definitions.Definitions([builtin.Definitions.meta()])
    )
    priorities: Mapping[str, int] = field(default_factory=dict)
    version_priorities: Mapping[gvk.GroupVersion, int] = field(default_factory=dict)
    of_groups: set[str] = field(default_factory=set)
    """The documents of groups as such."""

    def beside(self, server: generic.GenericAPIServer) -> Publisher:
        """The publisher of another server of the same chain."""
        return replace(self, server=server)

    def publish(self, made: installer.APIInstaller) -> None:
        """Serve everything that was installed."""
        for group_version in made.group_versions:
            self._serve(group_version, [made], custom=False)
        self.group_documents()

    def publish_together(
        self, parts: Sequence[installer.APIInstaller], group_versions: Iterable[gvk.GroupVersion]
    ) -> None:
        """Serve what several installers made for the same group-versions, in the place of what is there."""
        for group_version in group_versions:
            self._serve(group_version, [made for made in parts if group_version in made.group_versions], custom=True)
        self.group_documents()

    def _serve(self, group_version: gvk.GroupVersion, parts: Sequence[installer.APIInstaller], *, custom: bool) -> None:
        routes = [route for made in parts for route in made.routes_of(group_version)]
        self.server.director.table.replace(group_version, routes)
        served = manager.Served(
            group_version,
            [entry for made in parts for entry in made.resources(group_version)],
            group_priority=self.priorities.get(group_version.group, 1000),
            version_priority=CUSTOM_VERSIONS if custom else self.version_priorities.get(group_version, 15),
            custom=custom,
        )
        self.groups.add(served)
        self.documents.add(names.document(group_version), self._document(group_version, routes, custom=custom))
        for made in parts:
            for plural, shown in made.representations(group_version):
                self.definitions.add(
                    shown.kind,
                    shown.schema,
                    list_kind=shown.list_kind,
                    plural=plural,
                    selectable=shown.selectable_fields,
                )

    def withdraw(self, group_version: gvk.GroupVersion) -> None:
        """Serve a group-version no longer."""
        self.server.director.table.remove(group_version)
        self.groups.remove(group_version)
        self.documents.remove(names.document(group_version))
        self.definitions.remove(group_version)
        self.group_documents()

    def endpoints(self, codecs: media.Codecs) -> None:
        """Serve discovery and the documents themselves."""
        discovering.Discovery(self.server.director, self.groups, codecs)
        documenting.Documents(self.server.director.paths, self.documents)
        self.documents.add("version", self._version_document)

    def whole_document(self) -> bytes:
        """One OpenAPI 3 document with the paths of all group-versions."""
        paths: dict[str, Any] = {}
        for section in self.documents.sections():
            found = self.documents.v3(section)
            paths.update(orjson.loads(found.body)["paths"] if found is not None else {})
        return orjson.dumps(self._finished(paths)())

    def _document(
        self, group_version: gvk.GroupVersion, routes: Sequence[model.Route], *, custom: bool
    ) -> Callable[[], Mapping[str, Any]]:
        prefix = self.documents.prefix  # the documents say once that it comes before all paths
        shown = [replace(route, path=route.path.removeprefix(prefix)) for route in routes] if prefix else routes
        if custom:
            return lambda: custom_documents.document(group_version, shown, self.definitions)
        return lambda: v3.document(
            group_version, shown, self.definitions, title=self.documents.title, version=self.documents.version
        )

    def group_documents(self) -> None:
        """The documents of groups as such: `apis`, `apis/GROUP`, `api`."""
        wanted: dict[str, Mapping[str, Any]] = {"apis": v3.group_list_path()}
        for name in self.groups.groups():
            wanted[f"apis/{name}" if name else "api"] = v3.group_path(name)
        for section in self.of_groups - wanted.keys():
            self.documents.remove(section)
        for section in wanted.keys() - self.of_groups:
            self.documents.add(section, self._finished(wanted[section]))
        self.of_groups.clear()
        self.of_groups.update(wanted)

    def _version_document(self) -> Mapping[str, Any]:
        return self._finished(v3.version_path())()

    def _finished(self, paths: Mapping[str, Any]) -> Callable[[], Mapping[str, Any]]:
        return lambda: v3.finished(paths, self.definitions, title=self.documents.title, version=self.documents.version)
