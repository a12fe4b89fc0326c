"""Keeps objects as they have to be: makes what is missing, mends what is bent, and again whenever they change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias

import orjson

from kroute.aio import clocks, tasks
from kroute.controllers import following, queueing
from kroute.machinery import errors, gvk, objects
from kroute.server import loopback
from kroute.storage import caches
from kroute.storage.backend.cacher import model

Mend: TypeAlias = Callable[[objects.Object], bool]
"""Changes an object in place as it has to be; whether there was anything to change."""


class Place(NamedTuple):
    """Where an object is."""

    resource: gvk.GroupVersionResource
    name: str
    namespace: str = ""

    @property
    def shelf(self) -> str:
        return str(self.resource.group_resource)

    @property
    def key(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class Kept(Protocol):
    """One object that is looked after.  `causes` are names of further resources whose changes concern it."""

    place: Place
    causes: Sequence[str]

    async def ensure(self, found: objects.Object | None) -> float | None:
        """Bring the object in order; after how many seconds to look again, or None.  `found` may be changed."""
        ...


class Fixed:
    """An object that is made of `obj` when it is missing, and mended when it isn't as it was meant."""

    def __init__(self, client: loopback.Client, place: Place, obj: objects.Object, mend: Mend | None = None) -> None:
        self.place, self._client, self._obj, self._mend = place, client, obj, mend
        self.causes: Sequence[str] = ()

    async def ensure(self, found: objects.Object | None) -> float | None:
        await bring(self._client, self.place, found, lambda: self._obj, self._mend)
        return None


async def bring(
    client: loopback.Client,
    place: Place,
    found: objects.Object | None,
    make: Callable[[], objects.Object],
    mend: Mend | None,
) -> None:
    """Make or mend one object."""
    if found is None:
        obj = make()
        obj = {**obj, "metadata": {"name": place.name, **(obj.get("metadata") or {})}}
        try:
            await client.create(place.resource, obj, namespace=place.namespace)
        except errors.AlreadyExists:
            return  # another process was faster
    elif mend is not None and mend(found):
        await client.change(place.resource, place.name, mend, namespace=place.namespace)


class Keeper:
    """Looks after some objects; those of resources that aren't served are left out."""

    def __init__(self, shelves: caches.Caches, kept: Iterable[Kept], *, clock: clocks.Clock | None = None) -> None:
        self._shelves = {shelf.name: shelf for shelf in shelves.all()}
        self._kept = {each.place: each for each in kept if each.place.shelf in self._shelves}
        self._clock = clock

    async def once(self) -> None:
        """Bring everything in order; returns when it is."""

        async def work(place: Place) -> None:
            await self._ensure(place)

        queue = self._queue(work)
        for place in self._kept:
            queue.add(place)
        async with tasks.Scope("bootstrap") as scope:
            queue.run(scope)
            await queue.idle()

    async def keep(self, scope: tasks.Scope) -> None:
        """Look after everything in the scope."""
        queue = self._queue(self._ensure)
        queue.run(scope)
        for name, concerned in self._concerned().items():
            follower = following.Follower(self._shelves[name], Concern(queue, concerned))
            scope.spawn(follower.run(), name=f"follow {name}", eternal=True)

    def _queue(self, work: queueing.Work[Place]) -> queueing.WorkQueue[Place]:
        pauses = queueing.Pauses(longest=10.0)
        return queueing.WorkQueue(work, name="bootstrap", workers=8, clock=self._clock, pauses=pauses)

    async def _ensure(self, place: Place) -> float | None:
        entry = self._shelves[place.shelf].peek(place.key)
        return await self._kept[place].ensure(None if entry is None else orjson.loads(entry.value))

    def _concerned(self) -> Mapping[str, Concerned]:
        found: dict[str, Concerned] = {}
        for place, kept in self._kept.items():
            found.setdefault(place.shelf, Concerned({}, [])).by_key[place.key] = place
            for name in kept.causes:
                if name in self._shelves:
                    found.setdefault(name, Concerned({}, [])).by_any.append(place)
        return found


class Concerned(NamedTuple):
    """Which objects a resource concerns: those that are of it, by key, and those that any of its changes concerns."""

    by_key: dict[str, Place]
    by_any: list[Place]


class Concern:
    """A Handler: has a queue look at what a resource concerns."""

    def __init__(self, queue: queueing.WorkQueue[Place], concerned: Concerned) -> None:
        self._queue, self._concerned = queue, concerned

    def begin(self) -> None:
        for place in (*self._concerned.by_key.values(), *self._concerned.by_any):
            self._queue.add(place)

    def added(self, entry: model.Entry) -> None:
        """What is there was looked at in the beginning."""

    def changed(self, change: model.Change) -> None:
        for place in self._concerned.by_any:
            self._queue.add(place)
        found = self._concerned.by_key.get(change.entry.key)
        if found is not None:
            self._queue.add(found)
