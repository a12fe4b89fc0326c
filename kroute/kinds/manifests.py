"""A resource as a CustomResourceDefinition: what to give to a real cluster, so that it serves the same resource.

Conversion between versions of different shape is the one thing that doesn't travel: in the cluster it is a webhook's
business.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.kinds import definition
from kroute.machinery import objects
from kroute.schema import documents


def manifest(resource: definition.Resource) -> objects.Object:
    """The CustomResourceDefinition of a resource, apiextensions.k8s.io/v1, ready to be written as YAML."""
    names: dict[str, Any] = {
        "plural": resource.plural,
        "singular": resource.singular,
        "kind": resource.kind,
        "listKind": resource.list_kind or f"{resource.kind}List",
    }
    if resource.short_names:
        names["shortNames"] = list(resource.short_names)
    if resource.categories:
        names["categories"] = list(resource.categories)
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{resource.plural}.{resource.group}"},
        "spec": {
            "group": resource.group,
            "names": names,
            "scope": "Namespaced" if resource.namespaced else "Cluster",
            "versions": [_version(resource, version) for version in resource.versions],
        },
    }


def _version(resource: definition.Resource, version: definition.Version) -> dict[str, Any]:
    found: dict[str, Any] = {"name": version.name, "served": version.served, "storage": version.storage}
    if version.deprecated:
        found["deprecated"] = True
        if version.deprecation_warning:
            found["deprecationWarning"] = version.deprecation_warning
    found["schema"] = {"openAPIV3Schema": _root(resource, version)}
    subresources: dict[str, Any] = {}
    if version.status:
        subresources["status"] = {}
    if version.scale is not None:
        subresources["scale"] = _scale(version.scale)
    if subresources:
        found["subresources"] = subresources
    if version.columns:
        found["additionalPrinterColumns"] = [_column(column) for column in version.columns]
    if version.selectable_fields:
        found["selectableFields"] = [{"jsonPath": path} for path in version.selectable_fields]
    return found


def _root(resource: definition.Resource, version: definition.Version) -> dict[str, Any]:
    """The schema as it was written, with what a CRD wants at its root."""
    root: dict[str, Any] = {"type": "object", **plain(documents.to_openapi_v3(version.schema))}
    if resource.description:
        root["description"] = resource.description
    return root


def plain(value: Any) -> Any:
    """A schema as plain dicts and lists that share nothing with it."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def _scale(scale: definition.Scale) -> dict[str, str]:
    found = {"specReplicasPath": scale.spec_replicas, "statusReplicasPath": scale.status_replicas}
    if scale.label_selector:
        found["labelSelectorPath"] = scale.label_selector
    return found


def _column(column: definition.Column) -> dict[str, Any]:
    found: dict[str, Any] = {"name": column.name, "type": column.type, "jsonPath": column.path}
    if column.format:
        found["format"] = column.format
    if column.description:
        found["description"] = column.description
    if column.priority:
        found["priority"] = column.priority
    return found
