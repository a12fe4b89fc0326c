"""Who belongs to whom: an index of owner references alone, kept from the watch caches.

Objects without owners cost nothing here.  Mirrors the graph of `k8s.io/kubernetes/pkg/controller/garbagecollector`,
which has a node for every object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from kroute.machinery import objects

OWNED = b'"ownerReferences":'
NOBODY: Mapping[Id, bool] = {}


class Id(NamedTuple):
    """An object: the name of its resource's watch cache, and its key there."""

    shelf: str
    key: str

    @property
    def namespace(self) -> str:
        return self.key.rpartition("/")[0]

    @property
    def name(self) -> str:
        return self.key.rpartition("/")[2]


class Index:
    """Dependents by the uid of their owner; whether they block its deletion is with them."""

    def __init__(self) -> None:
        self._dependents: dict[str, dict[Id, bool]] = {}
        self._owners: dict[Id, tuple[str, ...]] = {}

    def __len__(self) -> int:
        """How many objects have owners."""
        return len(self._owners)

    def all(self) -> list[Id]:
        """Everything that has an owner."""
        return list(self._owners)

    def owners(self, item: Id) -> tuple[str, ...]:
        """The uids of an object's owners."""
        return self._owners.get(item, ())

    def put(self, item: Id, value: bytes) -> bool:
        """Note the owners of an object; whether it has any and they aren't the same as before."""
        if OWNED not in value:
            if item in self._owners:
                self.remove(item)
            return False
        wanted = {each["uid"]: bool(each.get("blockOwnerDeletion")) for each in references(orjson.loads(value))}
        before = self._owners.get(item, ())
        if tuple(wanted) == before and all(self._dependents[uid][item] == block for uid, block in wanted.items()):
            return False
        self.remove(item)
        if wanted:
            self._owners[item] = tuple(wanted)
            for uid, block in wanted.items():
                self._dependents.setdefault(uid, {})[item] = block
        return bool(wanted)

    def remove(self, item: Id) -> tuple[str, ...]:
        """Forget an object; the uids of its owners."""
        owners = self._owners.pop(item, ())
        for uid in owners:
            there = self._dependents[uid]
            del there[item]
            if not there:
                del self._dependents[uid]
        return owners

    def forget(self, shelf: str) -> None:
        """Forget all objects of a resource."""
        for item in [each for each in self._owners if each.shelf == shelf]:
            self.remove(item)

    def dependents(self, uid: str) -> Mapping[Id, bool]:
        """What belongs to an owner, and whether it blocks its deletion.  To be copied by those who wait in between."""
        return self._dependents.get(uid, NOBODY)

    def blocking(self, uid: str) -> Iterator[Id]:
        return (item for item, block in self.dependents(uid).items() if block)

    def has_dependents(self) -> bool:
        return bool(self._dependents)


def references(obj: objects.Object) -> list[Any]:
    """The owner references of an object."""
    return (obj.get("metadata") or {}).get("ownerReferences") or []
