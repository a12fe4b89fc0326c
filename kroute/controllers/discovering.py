"""What is served, as controllers know it: from the server's own discovery documents, other servers' resources included.

Mirrors the RESTMapper and the discovery client of `k8s.io/client-go`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kroute.aio import clocks
from kroute.machinery import gvk, objects
from kroute.server import loopback
from kroute.storage import caches

ACCEPT = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
FRESH = 10.0
"""Seconds for which a document is believed in."""


class Resource(NamedTuple):
    """A resource in one version."""

    gvr: gvk.GroupVersionResource
    kind: gvk.GroupVersionKind
    namespaced: bool
    verbs: frozenset[str]

    @property
    def name(self) -> str:
        """`deployments.apps`, as watch caches are named."""
        return str(self.gvr.group_resource)


class Found(NamedTuple):
    """Everything that is served.  `preferred` has each resource once, `stale` group-versions can't be asked."""

    preferred: Sequence[Resource]
    stale: Sequence[gvk.GroupVersion]
    by_kind: Mapping[gvk.GroupVersionKind, Resource]
    by_name: Mapping[str, Resource]


class Resources:
    """Asks what is served, and remembers the answer for a while."""

    def __init__(self, client: loopback.Client, shelves: caches.Caches, *, clock: clocks.Clock | None = None) -> None:
        self._client, self._clock = client, clock or clocks.SystemClock()
        self._found: Found | None = None
        self._since = 0.0
        shelves.on_change(self.forget)

    def forget(self) -> None:
        """Ask anew next time."""
        self._found = None

    async def found(self, *, fresh: bool = False) -> Found:
        """What is served now; not older than the call with `fresh`."""
        now = self._clock.monotonic()
        if self._found is None or fresh or now - self._since > FRESH:
            self._since = now
            self._found = await self._ask()
        return self._found

    async def of_kind(self, api_version: str, kind: str) -> Resource | None:
        """The resource of a kind in a version; None for what isn't served."""
        try:
            group_version = gvk.GroupVersion.parse(api_version)
        except ValueError:
            return None
        return (await self.found()).by_kind.get(gvk.GroupVersionKind(*group_version, kind))

    async def named(self, name: str) -> Resource | None:
        """The resource of a watch cache, in its preferred version."""
        return (await self.found()).by_name.get(name)

    async def _ask(self) -> Found:
        every: list[Resource] = []
        stale: list[gvk.GroupVersion] = []
        for path in ("/api", "/apis"):
            document = (await self._client.request("GET", path, accept=ACCEPT)).body
            for group in document["items"]:
                for version in group.get("versions") or ():
                    group_version = gvk.GroupVersion(group["metadata"].get("name", ""), version["version"])
                    if version.get("freshness") == "Stale":
                        stale.append(group_version)
                    every += _resources(group_version, version)
        by_name: dict[str, Resource] = {}
        by_kind: dict[gvk.GroupVersionKind, Resource] = {}
        for resource in every:
            by_name.setdefault(resource.name, resource)
            by_kind.setdefault(resource.kind, resource)
        return Found(list(by_name.values()), stale, by_kind, by_name)


def _resources(group_version: gvk.GroupVersion, version: objects.Object) -> Iterator[Resource]:
    for entry in version.get("resources") or ():
        kind: Any = entry.get("responseKind") or {}
        yield Resource(
            gvk.GroupVersionResource(group_version.group, group_version.version, entry["resource"]),
            gvk.GroupVersionKind(
                kind.get("group") or group_version.group,
                kind.get("version") or group_version.version,
                kind.get("kind", ""),
            ),
            entry.get("scope") == "Namespaced",
            frozenset(entry.get("verbs") or ()),
        )
