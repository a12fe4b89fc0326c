"""Decides about one object at a time: its owners are gone, or it waits for its dependents, and does what follows.

Mirrors attemptToDeleteItem and attemptToOrphan of `k8s.io/kubernetes/pkg/controller/garbagecollector`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import orjson

from kroute.controllers import discovering, events, room
from kroute.controllers.garbage import index, owners
from kroute.machinery import errors, objects
from kroute.storage import caches, deleting
from kroute.storage.backend import errors as backend_errors

ORPHANED_AT_ONCE = 16

Add: TypeAlias = Callable[[index.Id], None]
"""Has an object looked at."""


class Collector:
    """Works on objects that `known` has, which follows the watch caches; `drain` has it take what is new at once."""

    def __init__(self, made_with: room.Room, known: index.Index, add: Add, drain: Callable[[], None]) -> None:
        self._room, self._index, self._add, self._drain = made_with, known, add, drain
        self._owners = owners.Owners(made_with)
        self._events = events.Recorder(made_with.client, "garbage-collector-controller")
        self.waiting: dict[str, index.Id] = {}
        """Objects that wait for their dependents, by uid."""

    def found(self, item: index.Id) -> objects.Object | None:
        """The object as its watch cache has it."""
        shelf = self._room.shelf(item.shelf)
        entry = None if shelf is None else shelf.peek(item.key)
        return None if entry is None else orjson.loads(entry.value)

    async def collect(self, item: index.Id) -> float | None:
        """Do what has to be done about an object."""
        obj = self.found(item)
        if obj is None:
            return None
        metadata = obj["metadata"]
        if metadata.get("deletionTimestamp"):
            finalizers = metadata.get("finalizers") or ()
            if deleting.ORPHAN in finalizers:
                await self._orphan(item, obj)
            elif deleting.FOREGROUND in finalizers:
                await self._foreground(item, obj)
            return None
        if index.references(obj):
            await self._owned(item, obj)
        return None

    async def _owned(self, item: index.Id, obj: objects.Object) -> None:
        """An object with owners goes when they are all gone, or wait for it."""
        references = index.references(obj)
        states = [await self._owners.state(each, item.namespace) for each in references]
        lost = [each["uid"] for each, state in zip(references, states, strict=True) if state is not owners.State.THERE]
        for each, state in zip(references, states, strict=True):
            if state in (owners.State.INVALID, owners.State.ELSEWHERE):
                await self._tell(item, obj, each)
        if owners.State.INVALID in states:
            return
        if owners.State.THERE in states:
            if lost:
                await self._drop(item, obj, lost)
            return
        uid = obj["metadata"]["uid"]
        if owners.State.WAITING in states and self._index.dependents(uid):
            if any(self._waits(each) for each in list(self._index.dependents(uid))):
                await self._unblock(item, obj)  # a circle: nobody would ever go
            await self._delete(item, obj, "Foreground")
            return
        await self._delete(item, obj, policy(obj))

    async def _tell(self, item: index.Id, obj: objects.Object, owner: Mapping[str, Any]) -> None:
        """Tell that an owner isn't where it could be one."""
        where = f"namespace: {item.namespace}, name: {owner['name']}, uid: {owner['uid']}"
        told = (
            f'ownerRef [{owner["apiVersion"]}/{owner["kind"]}, {where}] does not exist in namespace "{item.namespace}"'
        )
        await self._events.warn(obj, "OwnerRefInvalidNamespace", told)

    def _waits(self, item: index.Id) -> bool:
        obj = self.found(item)
        return obj is not None and owners.is_waiting(obj)

    async def _foreground(self, item: index.Id, obj: objects.Object) -> None:
        """Have the dependents go, then let the object go."""
        uid = obj["metadata"]["uid"]
        if uid not in self.waiting:
            self.waiting[uid] = item
            await self.caught_up()
            for each in list(self._index.dependents(uid)):
                self._add(each)
        if next(self._index.blocking(uid), None) is None:
            await self._remove_finalizer(item, obj, deleting.FOREGROUND)

    async def _orphan(self, item: index.Id, obj: objects.Object) -> None:
        """Take the reference to the object from all its dependents, then let it go."""
        uid = obj["metadata"]["uid"]
        await self.caught_up()
        limit = asyncio.Semaphore(ORPHANED_AT_ONCE)

        async def one(each: index.Id) -> None:
            async with limit:
                dependent = self.found(each)
                if dependent is not None:
                    await self._drop(each, dependent, [uid])

        left = list(self._index.dependents(uid))
        results = await asyncio.gather(*(one(each) for each in left), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, errors.NotFound):
                raise result
        await self._remove_finalizer(item, obj, deleting.ORPHAN)

    async def caught_up(self) -> None:
        """Wait until everything that was written before, by whichever process, is in the index."""
        if self._room.caches.backend.shared:
            await asyncio.gather(*(fresh(shelf) for shelf in self._room.caches.all()))
        self._drain()

    async def _drop(self, item: index.Id, obj: objects.Object, uids: Sequence[str]) -> None:
        """Take references to owners from an object."""
        there = index.references(obj)
        left = [each for each in there if each["uid"] not in uids]
        if len(left) < len(there):
            await self._patch(item, obj, {"ownerReferences": left or None})

    async def _unblock(self, item: index.Id, obj: objects.Object) -> None:
        changed = [{**each, "blockOwnerDeletion": False} for each in index.references(obj)]
        written = await self._patch(item, obj, {"ownerReferences": changed})
        obj["metadata"]["resourceVersion"] = written["metadata"]["resourceVersion"]

    async def _remove_finalizer(self, item: index.Id, obj: objects.Object, name: str) -> None:
        left = [each for each in obj["metadata"].get("finalizers") or () if each != name]
        try:
            await self._patch(item, obj, {"finalizers": left or None})
        except errors.NotFound:
            return

    async def _patch(self, item: index.Id, obj: objects.Object, metadata: dict[str, Any]) -> objects.Object:
        """Change an object's metadata, if it is still as it was.  Raises Conflict."""
        there = obj["metadata"]
        patch = {"metadata": {"uid": there["uid"], "resourceVersion": there["resourceVersion"], **metadata}}
        resource = await self._resource(item)
        return await self._room.client.patch(resource.gvr, item.name, patch, namespace=item.namespace)

    async def _delete(self, item: index.Id, obj: objects.Object, propagation: str) -> None:
        """Delete an object, if it is still as it was.  Raises Conflict."""
        there = obj["metadata"]
        resource = await self._resource(item)
        try:
            await self._room.client.delete(
                resource.gvr,
                item.name,
                namespace=item.namespace,
                uid=there["uid"],
                resource_version=there["resourceVersion"],
                propagation=propagation,
            )
        except errors.NotFound:
            return

    async def _resource(self, item: index.Id) -> discovering.Resource:
        found = await self._room.resources.named(item.shelf)
        if found is None:
            raise errors.NotFound(f"{item.shelf} isn't served")
        return found


async def fresh(shelf: caches.Shelf) -> None:
    """Bring a watch cache up to date.  Raises ServiceUnavailable."""
    try:
        await (await shelf.cacher()).fresh()
    except backend_errors.BackendError as error:
        if not shelf.closed:
            raise errors.ServiceUnavailable(str(error)) from error


def policy(obj: objects.Object) -> str:
    """What is to become of the dependents of an object that is collected: as its finalizers say."""
    finalizers = obj["metadata"].get("finalizers") or ()
    if deleting.ORPHAN in finalizers:
        return "Orphan"
    return "Foreground" if deleting.FOREGROUND in finalizers else "Background"
