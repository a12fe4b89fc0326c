"""Looking into the store of another resource: for admission plugins and strategies, which are no clients.

What is found is read-only.
"""

from __future__ import annotations

from collections.abc import Iterator

from kroute.machinery import objects
from kroute.storage import core


class Lookup:
    """The objects of one resource."""

    def __init__(self, at: core.Core) -> None:
        self._at = at

    def cached(self, name: str, namespace: str = "") -> objects.Object | None:
        """An object as the watch cache has it; None also when that doesn't know yet."""
        found = self._at.cached(self._key(name, namespace))
        return None if found is None else found.obj

    async def get(self, name: str, namespace: str = "") -> objects.Object | None:
        """An object as it is in the store."""
        found = await self._at.fetch(self._key(name, namespace))
        return None if found is None else found.obj

    async def find(self, name: str, namespace: str = "") -> objects.Object | None:
        """An object as the watch cache has it, or else the store."""
        return self.cached(name, namespace) or await self.get(name, namespace)

    def _key(self, name: str, namespace: str) -> str:
        return f"{namespace}/{name}" if self._at.namespaced else name
