"""From an established definition to the record of the resource that it defines.

Mirrors what `pkg/apiserver/customresource_handler.go` of `k8s.io/apiextensions-apiserver` reads from one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kroute.extensions.conversion import translation
from kroute.kinds import definition
from kroute.machinery import context, errors, gvk, objects
from kroute.schema import compiling, structural
from kroute.storage import strategy
from kroute.webhook import client


@dataclass(slots=True)
class Gate:
    """Whether new objects are let in: not while the definition is going."""

    terminating: bool = False


class CustomStrategy(strategy.Strategy):
    """The strategy of custom resources: their schema says the rest."""

    def __init__(self, resource: gvk.GroupResource, gate: Gate) -> None:
        self._resource, self._gate = resource, gate

    async def prepare_for_create(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        if self._gate.terminating:
            why = "create not allowed while custom resource definition is terminating"
            raise errors.Forbidden.of(self._resource, obj["metadata"].get("name") or "", why)


def resource_of(crd: objects.Object, gate: Gate, calls: client.Clients) -> definition.Resource:
    """The resource, under the names that were accepted; `calls` reach its webhook.  Raises SchemaError."""
    spec, names = crd["spec"], crd["status"]["acceptedNames"]
    group, plural = spec["group"], names["plural"]
    versions = [version_of(each) for each in spec["versions"]]
    return definition.Resource(
        group=group,
        kind=names["kind"],
        plural=plural,
        singular=names.get("singular") or names["kind"].lower(),
        namespaced=spec["scope"] == "Namespaced",
        versions=versions,
        translation=translation_of(crd, versions, calls),
        list_kind=names.get("listKind") or "",
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        strategy=CustomStrategy(gvk.GroupResource(group, plural), gate),
    )


def translation_of(
    crd: objects.Object, versions: Iterable[definition.Version], calls: client.Clients
) -> translation.Translation | None:
    """The conversion between versions, where a webhook does it."""
    if (crd["spec"].get("conversion") or {}).get("strategy") != "Webhook":
        return None
    stored = next(each for each in versions if each.storage)
    kind = gvk.GroupKind(crd["spec"]["group"], crd["status"]["acceptedNames"]["kind"])
    return translation.Translation(calls, crd, kind, stored)


def version_of(entry: Mapping[str, Any]) -> definition.Version:
    """One version of a definition.  Raises SchemaError."""
    subresources = entry.get("subresources") or {}
    return definition.Version(
        name=entry["name"],
        schema=schema_of(entry),
        served=bool(entry.get("served")),
        storage=bool(entry.get("storage")),
        status=subresources.get("status") is not None,
        scale=scale_of(subresources.get("scale")),
        columns=[column_of(each) for each in entry.get("additionalPrinterColumns") or ()],
        selectable_fields=tuple(each["jsonPath"] for each in entry.get("selectableFields") or ()),
        deprecated=bool(entry.get("deprecated")),
        deprecation_warning=entry.get("deprecationWarning") or "",
    )


def schema_of(entry: Mapping[str, Any]) -> structural.Structural:
    """The compiled schema of a version.  Raises SchemaError."""
    found = (entry.get("schema") or {}).get("openAPIV3Schema")
    return (
        structural.Structural(type="object", preserve_unknown=True)
        if found is None
        else (compiling.compile_schema(found))
    )


def scale_of(entry: Mapping[str, Any] | None) -> definition.Scale | None:
    if entry is None:
        return None
    return definition.Scale(
        spec_replicas=entry["specReplicasPath"],
        status_replicas=entry["statusReplicasPath"],
        label_selector=entry.get("labelSelectorPath") or "",
    )


def column_of(entry: Mapping[str, Any]) -> definition.Column:
    return definition.Column(
        name=entry["name"],
        path=entry["jsonPath"],
        type=entry["type"],
        format=entry.get("format") or "",
        description=entry.get("description") or "",
        priority=entry.get("priority") or 0,
    )
