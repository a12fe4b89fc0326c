"""Objects that authenticators find, without a store."""

from __future__ import annotations

import itertools
from typing import Any

import orjson

from kroute.auth import lookups
from kroute.storage import stored


class Objects(lookups.Lookups):
    """Objects that a test puts there, by plural and key."""

    def __init__(self) -> None:
        super().__init__()
        self._objects: dict[tuple[str, str], stored.Stored] = {}
        self._revisions = itertools.count(1)
        self.asked = 0
        """How often an object was looked at, and not just its revision."""

    def put(self, plural: str, key: str, uid: str = "", **rest: Any) -> None:
        namespace, _, name = key.rpartition("/")
        metadata = {"name": name, "namespace": namespace, "uid": uid, **rest.pop("metadata", {})}
        value = orjson.dumps({"metadata": metadata, **rest})
        self._objects[plural, key] = stored.Stored(value, next(self._revisions), 0)

    def remove(self, plural: str, key: str) -> None:
        del self._objects[plural, key]

    def revision(self, plural: str, key: str) -> int:
        found = self._objects.get((plural, key))
        return 0 if found is None else found.revision

    async def find(self, plural: str, key: str) -> stored.Stored | None:
        self.asked += 1
        return self._objects.get((plural, key))
