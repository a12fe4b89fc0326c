"""Discovery documents as pure functions of what is served.

`APIVersions`, `APIGroup`, `APIGroupList` and `APIResourceList` of `meta/v1`.  A *resource entry* is an APIResource
dict (name, singularName, namespaced, kind, verbs, ...) as the installer makes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kroute.machinery import gvk, objects


def api_versions(versions: Sequence[str], address: str) -> objects.Object:
    """`/api`: the versions of the core group; `address` is host:port as the client reaches it."""
    return {
        "kind": "APIVersions",
        "versions": list(versions),
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
    }


def group_entry(name: str, versions: Sequence[str]) -> objects.Object:
    """A group as it stands in the group list: versions in order of preference, the first preferred."""
    entries = [{"groupVersion": str(gvk.GroupVersion(name, version)), "version": version} for version in versions]
    return {"name": name, "versions": entries, "preferredVersion": entries[0]}


def group(name: str, versions: Sequence[str]) -> objects.Object:
    """`/apis/GROUP`."""
    return {"kind": "APIGroup", "apiVersion": "v1", **group_entry(name, versions)}


def group_list(entries: Iterable[objects.Object]) -> objects.Object:
    """`/apis`."""
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": list(entries)}


def resource_list(group_version: gvk.GroupVersion, resources: Sequence[objects.Object]) -> objects.Object:
    """`/api/v1` and `/apis/GROUP/VERSION`.  The core group's list carries no apiVersion, as upstream's doesn't."""
    document: objects.Object = {"kind": "APIResourceList"}
    if group_version.group:
        document["apiVersion"] = "v1"
    return {**document, "groupVersion": str(group_version), "resources": list(resources)}
