"""Follows the namespaces: empties those that have to go, lets them go, and looks after them for late comers.

A namespace that was told to go is left alone for a moment, so that every process has heard of it and refuses new
objects.  What a slow request put into it all the same is removed once it is gone.
Mirrors `k8s.io/kubernetes/pkg/controller/namespace`.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import orjson

from kroute.aio import tasks
from kroute.controllers import following, queueing, room
from kroute.controllers.namespaces import conditions, content
from kroute.machinery import errors, gvk, objects, times
from kroute.storage.backend.cacher import model

log = logging.getLogger("kroute.controllers")

NAMESPACES = gvk.GroupVersionResource("", "v1", "namespaces")
FINALIZER = "kubernetes"
GRACE, SHARED_GRACE = 0.05, 1.0
"""Seconds between the deletion of a namespace and that of its content, without and with other processes."""

LATE = (1.0, 15.0)
"""Seconds after which a namespace that is gone is looked at for late comers."""

SHORTEST, LONGEST = 0.25, 5.0
"""Seconds between two looks at a namespace with something left in it."""


class Namespaces:
    """The controller, while it runs once."""

    def __init__(self, made_with: room.Room) -> None:
        self._room = made_with
        self._content = content.Content(made_with)
        self._grace = SHARED_GRACE if made_with.caches.backend.shared else GRACE
        self._tries: dict[str, int] = {}
        self._queue = queueing.WorkQueue(self._sync, name="namespaces", workers=4, clock=made_with.clock)
        self._late = queueing.WorkQueue(self._sweep, name="late comers", workers=1, clock=made_with.clock)
        self._left: dict[str, list[float]] = {}

    async def start(self, scope: tasks.Scope) -> None:
        shelf = self._room.shelf(str(NAMESPACES.group_resource))
        if shelf is None:
            return
        self._queue.run(scope)
        self._late.run(scope)
        follower = following.Follower(shelf, self)
        scope.spawn(follower.run(), name="follow namespaces", eternal=True)
        await follower.ready()

    def begin(self) -> None:
        """What is there will be told."""

    def added(self, entry: model.Entry) -> None:
        if b'"deletionTimestamp":' in entry.value:
            self._queue.add_after(entry.key, self._grace)

    def changed(self, change: model.Change) -> None:
        name = change.entry.key
        if change.type != "DELETED":
            self.added(change.entry)
            return
        self._tries.pop(name, None)
        self._left[name] = list(LATE)
        self._late.add_after(name, LATE[0])

    async def _sync(self, name: str) -> float | None:
        """Bring the deletion of a namespace on; after how many seconds to look again."""
        try:
            namespace = await self._room.client.get(NAMESPACES, name)
        except errors.NotFound:
            return None
        if not namespace["metadata"].get("deletionTimestamp") or not finalizers(namespace):
            return None
        outcome = await self._content.delete(name)
        await self._tell(namespace, outcome)
        if outcome.is_empty:
            await self._finalize(namespace)
            return None
        tries = self._tries[name] = self._tries.get(name, 0) + 1
        return float(min(SHORTEST * 1.5**tries, LONGEST))

    async def _tell(self, namespace: objects.Object, outcome: conditions.Outcome) -> None:
        uid = namespace["metadata"]["uid"]

        def change(obj: objects.Object) -> bool:
            return obj["metadata"]["uid"] == uid and conditions.update(obj, outcome, times.now())

        name = namespace["metadata"]["name"]
        await self._room.client.change(NAMESPACES, name, change, subresource="status")

    async def _finalize(self, namespace: objects.Object) -> None:
        """Take our finalizer: with the last one the namespace goes."""
        uid, name = namespace["metadata"]["uid"], namespace["metadata"]["name"]

        def change(obj: objects.Object) -> bool:
            there = finalizers(obj)
            if obj["metadata"]["uid"] != uid or FINALIZER not in there:
                return False
            obj["spec"]["finalizers"] = [each for each in there if each != FINALIZER]
            return True

        try:
            await self._room.client.change(NAMESPACES, name, change, subresource="finalize")
        except errors.NotFound:
            return  # somebody else was faster

    async def _sweep(self, name: str) -> float | None:
        """Remove what is in a namespace that isn't there; what belongs to a new one of that name stays."""
        waits = self._left.pop(name, [])
        if await self._exists(name):
            return None
        found = [each async for each in self._strays(name)]
        if found and await self._exists(name):
            return None
        for resource, metadata in found:
            log.warning(
                "%s %s/%s came after its namespace had gone: deleted", resource.resource, name, metadata["name"]
            )
            try:
                await self._room.client.delete(resource, metadata["name"], namespace=name, uid=metadata["uid"])
            except (errors.NotFound, errors.Conflict):
                continue
        if len(waits) < 2:
            return None
        self._left[name] = waits[1:]
        return waits[1]

    async def _strays(self, name: str) -> AsyncIterator[tuple[gvk.GroupVersionResource, objects.Object]]:
        """What the watch caches have in a namespace: resource and metadata."""
        for resource in (await self._room.resources.found()).preferred:
            shelf = self._room.shelf(resource.name) if resource.namespaced else None
            cache = None if shelf is None else await shelf.cacher()
            if cache is None or not cache.count(f"{name}/"):
                continue
            for entry in cache.snapshot(f"{name}/").entries:
                yield resource.gvr, orjson.loads(entry.value)["metadata"]

    async def _exists(self, name: str) -> bool:
        try:
            await self._room.client.get(NAMESPACES, name)
        except errors.NotFound:
            return False
        return True


def finalizers(namespace: objects.Object) -> list[str]:
    return list((namespace.get("spec") or {}).get("finalizers") or ())


async def start(made_with: room.Room, scope: tasks.Scope) -> None:
    """The controller, as a `room.Controller`."""
    await Namespaces(made_with).start(scope)
