"""The OpenAPI 3 document of a group-version of custom resources, as the part of kube-apiserver for these makes it.

It says nothing of the server, leaves out what is deprecated and the operation that lists the resources, and knows
JSON and YAML alone.  Mirrors `k8s.io/apiextensions-apiserver/pkg/controller/openapi/builder`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kroute.actions import model
from kroute.machinery import gvk
from kroute.openapi import definitions, names, v3

TITLE, VERSION = "Kubernetes CRD Swagger", "v0.1.0"
MEDIA_TYPES = ("application/json", "application/yaml")
DEPRECATED = (model.Verb.WATCH, model.Verb.WATCHLIST)
GROUP_VERSION_KIND = "x-kubernetes-group-version-kind"
UNKNOWN_GROUPS = frozenset(("admission.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "imagepolicy.k8s.io"))
"""Groups that this part of kube-apiserver doesn't have the kinds of."""


def document(
    group_version: gvk.GroupVersion, routes: Sequence[model.Route], known: definitions.Definitions
) -> dict[str, Any]:
    """The document of a group-version."""
    own = OfCustom(known)
    paths = v3.path_items(group_version, shown(group_version, routes), own)
    found = v3.finished(dict(sorted(paths.items())), own, title=TITLE, version=VERSION)
    del found["components"]["securitySchemes"]
    return found


def shown(group_version: gvk.GroupVersion, routes: Iterable[model.Route]) -> Iterator[model.Route]:
    """The routes as they are documented."""
    for route in routes:
        if route.action.verb in DEPRECATED:
            continue
        docs = {key: value for key, value in route.docs.items() if key != "errors"}
        docs["custom"] = gvk.GroupVersionKind(*group_version, docs["parent_kind"])
        for key in ("consumes", "produces"):
            if key in docs:
                docs[key] = MEDIA_TYPES
        if "patches" in docs:
            docs["patches"] = sorted(docs["patches"])
        yield replace(route, docs=docs)


class OfCustom:
    """The definitions as this document has them."""

    def __init__(self, whole: definitions.Definitions) -> None:
        self._whole = whole

    def name(self, kind: gvk.GroupVersionKind) -> str:
        """The definition's name of a kind."""
        return self._whole.name(kind)

    def schema(self, name: str) -> Mapping[str, Any]:
        """The definition of that name."""
        found = self._whole.schema(name)
        kinds = found.get(GROUP_VERSION_KIND)
        if not kinds or not name.startswith(names.META):
            return found
        return {**found, GROUP_VERSION_KIND: [each for each in kinds if each["group"] not in UNKNOWN_GROUPS]}
