"""Looking into the store of another resource: for admission plugins and strategies, which are no clients.

What is found is read-only.
"""

from __future__ import annotations

from collections.abc import Iterable

from kroute.machinery import objects
from kroute.storage import core, failures


class Lookup:
    """The objects of one resource."""

    def __init__(self, at: core.Core) -> None:
        self._at = at

    def cached(self, name: str, namespace: str = "") -> objects.Object | None:
        """An object as the watch cache has it; None also when that doesn't know yet."""
        found = self._at.cached(self._key(name, namespace))
        return None if found is None else found.obj

    async def get(self, name: str, namespace: str = "") -> objects.Object | None:
        """An object not older than the latest write."""
        found = await self._at.latest(self._key(name, namespace))
        return None if found is None else found.obj

    async def find(self, name: str, namespace: str = "") -> objects.Object | None:
        """An object as the watch cache has it; where that has none, not older than the latest write."""
        return self.cached(name, namespace) or await self.get(name, namespace)

    async def all(self, namespace: str = "") -> list[objects.Object]:
        """The objects of a namespace, or all, as the watch cache has them."""
        prefix = f"{namespace}/" if namespace else ""
        with failures.reported(self._at.resource, "list"):
            cache = await self._at.cache.cacher()
            await cache.ready()
            if not cache.count(prefix):
                return []
            entries = cache.snapshot(prefix).entries
        return [found.obj for found in self._at.opened_all(entries)]

    def _key(self, name: str, namespace: str) -> str:
        return f"{namespace}/{name}" if self._at.namespaced else name


def youngest(found: Iterable[objects.Object]) -> objects.Object | None:
    """The object that was made last; of several the first by name."""
    by_name = sorted(found, key=lambda one: str(one["metadata"]["name"]))
    return max(by_name, key=lambda one: str(one["metadata"]["creationTimestamp"]), default=None)
