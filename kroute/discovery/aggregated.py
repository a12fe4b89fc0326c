"""Aggregated discovery: every group, version and resource in one document.

Mirrors `apidiscovery.k8s.io/v2` and `ConvertGroupVersionIntoToDiscovery` of `k8s.io/apiserver/pkg/endpoints`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from kroute.machinery import objects

MEDIA_PARAMETERS = {"g": "apidiscovery.k8s.io", "v": "v2", "as": "APIGroupDiscoveryList"}


def group_list(groups: Iterable[objects.Object]) -> objects.Object:
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": list(groups),
    }


def group(name: str, versions: Sequence[objects.Object]) -> objects.Object:
    """One group; `versions` are results of `version`, in order of preference."""
    return {"metadata": {"name": name} if name else {}, "versions": list(versions)}


def version(name: str, resources: Sequence[objects.Object], *, stale: bool = False) -> objects.Object:
    """One version from its APIResource entries.  `stale` marks one whose own server can't be asked."""
    found: objects.Object = {"version": name}
    if resources:
        found["resources"] = discovery_resources(resources)
    found["freshness"] = "Stale" if stale else "Current"
    return found


def discovery_resources(entries: Sequence[objects.Object]) -> list[objects.Object]:
    """APIResource entries with subresources folded into their resources."""
    parents: dict[str, objects.Object] = {}
    for entry in entries:
        if "/" not in entry["name"]:
            parents[entry["name"]] = resource(entry)
    for entry in entries:
        name, slash, subresource = entry["name"].partition("/")
        if slash:
            parent = parents.setdefault(name, orphan(name, entry))
            parent.setdefault("subresources", []).append(
                {"subresource": subresource, "responseKind": response_kind(entry), "verbs": entry["verbs"]}
            )
    return list(parents.values())


def resource(entry: objects.Object) -> objects.Object:
    found: objects.Object = {
        "resource": entry["name"],
        "responseKind": response_kind(entry),
        "scope": scope(entry),
        "singularResource": entry["singularName"],
        "verbs": entry["verbs"],
    }
    for key in ("shortNames", "categories"):
        if entry.get(key):
            found[key] = entry[key]
    return found


def orphan(name: str, entry: objects.Object) -> objects.Object:
    """A resource that exists only by its subresources."""
    return {
        "resource": name,
        "responseKind": {"group": "", "version": "", "kind": ""},
        "scope": scope(entry),
        "singularResource": "",
        "verbs": None,
    }


def response_kind(entry: objects.Object) -> dict[str, str]:
    return {"group": entry.get("group", ""), "version": entry.get("version", ""), "kind": entry["kind"]}


def scope(entry: objects.Object) -> str:
    return "Namespaced" if entry["namespaced"] else "Cluster"


def etag(document: Any) -> str:
    """A quoted strong ETag of a document."""
    return f'"{hashlib.sha512(orjson.dumps(document)).hexdigest().upper()}"'
