"""What has become of an owner: it is there, it waits for its dependents to go, or it is gone.

The watch caches are asked first; that an owner is gone is believed only of the server itself, once for each uid.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

import orjson

from kroute.controllers import discovering, room
from kroute.machinery import errors, objects
from kroute.storage import deleting

REMEMBERED = 5000
"""How many uids are remembered that are known to be gone."""


class State(enum.Enum):
    """`INVALID`: a namespaced owner of a cluster-scoped object, which can't be; such references are left alone.

    `ELSEWHERE`: gone, as far as owners go, as it is in another namespace; told once."""

    THERE = "there"
    WAITING = "waiting"
    GONE = "gone"
    ELSEWHERE = "elsewhere"
    INVALID = "invalid"


class Owners:
    """Looks owners up."""

    def __init__(self, made_with: room.Room) -> None:
        self._room = made_with
        self._gone: dict[str, None] = {}

    async def state(self, reference: Mapping[str, Any], namespace: str) -> State:
        """The owner that an object in a namespace ("" for none) refers to.

        Raises NotFound when nothing of its kind is served, which may yet change."""
        uid = reference["uid"]
        if uid in self._gone:
            return State.GONE
        resource = await self._resource(reference)
        if resource.namespaced and not namespace:
            return State.INVALID
        place = namespace if resource.namespaced else ""
        found = self._cached(resource, place, reference["name"])
        if found is None or found["metadata"].get("uid") != uid:
            found = await self._live(resource, place, reference["name"])
        if found is None or found["metadata"].get("uid") != uid:
            self._remember(uid)
            return State.ELSEWHERE if place and self._is_elsewhere(resource, uid) else State.GONE
        return State.WAITING if is_waiting(found) else State.THERE

    async def _resource(self, reference: Mapping[str, Any]) -> discovering.Resource:
        resources = self._room.resources
        found = await resources.of_kind(reference["apiVersion"], reference["kind"])
        if found is None:
            raise errors.NotFound(f"no resource serves {reference['kind']} of {reference['apiVersion']}")
        return found

    def _cached(self, resource: discovering.Resource, namespace: str, name: str) -> objects.Object | None:
        shelf = self._room.shelf(resource.name)
        entry = None if shelf is None else shelf.peek(f"{namespace}/{name}" if namespace else name)
        return None if entry is None else orjson.loads(entry.value)

    async def _live(self, resource: discovering.Resource, namespace: str, name: str) -> objects.Object | None:
        try:
            return await self._room.client.get(resource.gvr, name, namespace=namespace)
        except errors.NotFound:
            return None

    def _is_elsewhere(self, resource: discovering.Resource, uid: str) -> bool:
        """Whether an object with that uid is in another namespace."""
        wanted = f'"uid":"{uid}"'.encode()
        return any(
            wanted in entry.value and orjson.loads(entry.value)["metadata"].get("uid") == uid
            for entry in self._room.entries(resource.name)
        )

    def _remember(self, uid: str) -> None:
        if len(self._gone) >= REMEMBERED:
            del self._gone[next(iter(self._gone))]
        self._gone[uid] = None


def is_waiting(obj: objects.Object) -> bool:
    """Whether an object waits for its dependents to be deleted."""
    metadata = obj["metadata"]
    return bool(metadata.get("deletionTimestamp")) and deleting.FOREGROUND in (metadata.get("finalizers") or ())
