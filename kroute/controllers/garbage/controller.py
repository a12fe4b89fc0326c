"""Follows every resource: keeps the index of owners, and has looked at what may have to go.

Mirrors `graph_builder.go` of `k8s.io/kubernetes/pkg/controller/garbagecollector`.
"""

from __future__ import annotations

import orjson

from kroute.aio import tasks
from kroute.controllers import following, queueing, room
from kroute.controllers.garbage import collector, index
from kroute.storage.backend.cacher import model

IGNORED = frozenset(("events",))
"""Resources whose objects come and go in great numbers and own nothing."""

DELETING = b'"deletionTimestamp":'
HELD = (b'"orphan"', b'"foregroundDeletion"')
WORKERS = 8


class Garbage:
    """The controller, while it runs once."""

    def __init__(self, made_with: room.Room) -> None:
        self._room = made_with
        self.index = index.Index()
        self._queue = queueing.WorkQueue(
            self._collect,
            name="garbage",
            workers=WORKERS,
            clock=made_with.clock,
            pauses=queueing.Pauses(shortest=0.02, longest=30.0),
        )
        self._everything = following.Everything(made_with.caches, self._handler, self.index.forget)
        self._collector = collector.Collector(made_with, self.index, self._queue.add, self._everything.drain)

    async def start(self, scope: tasks.Scope) -> None:
        await self._everything.run(scope)
        self._queue.run(scope)

    def _handler(self, name: str) -> following.Handler:
        return Ignored() if name in IGNORED else Handler(self, name)

    async def _collect(self, item: index.Id) -> float | None:
        return await self._collector.collect(item)

    def note(self, item: index.Id, value: bytes) -> None:
        """An object is there, or has changed."""
        before = self.index.owners(item)
        if self.index.put(item, value):
            self._queue.add(item)
        self._tell(before)
        if DELETING in value and any(each in value for each in HELD):
            self._queue.add(item)

    def lost(self, item: index.Id, value: bytes) -> None:
        """An object has gone: its dependents may have to go too, and its owners may have waited for that."""
        self._tell(self.index.remove(item))
        if self.index.has_dependents() or self._collector.waiting:
            uid = orjson.loads(value)["metadata"].get("uid", "")
            self._collector.waiting.pop(uid, None)
            for each in list(self.index.dependents(uid)):
                self._queue.add(each)

    def begin(self, name: str) -> None:
        """All objects of a resource will be told; some may have gone without our knowing."""
        self.index.forget(name)
        for item in self.index.all():
            self._queue.add(item)
        for item in self._collector.waiting.values():
            self._queue.add(item)

    def _tell(self, uids: tuple[str, ...]) -> None:
        """Look at owners that wait for one of their dependents, which has changed."""
        for uid in uids:
            waiting = self._collector.waiting.get(uid)
            if waiting is not None:
                self._queue.add(waiting)


class Handler:
    """Tells the controller of one resource."""

    def __init__(self, owner: Garbage, name: str) -> None:
        self._owner, self._name = owner, name
        self._begun = False

    def begin(self) -> None:
        if self._begun:
            self._owner.begin(self._name)
        self._begun = True

    def added(self, entry: model.Entry) -> None:
        self._owner.note(index.Id(self._name, entry.key), entry.value)

    def changed(self, change: model.Change) -> None:
        item = index.Id(self._name, change.entry.key)
        if change.type == "DELETED":
            self._owner.lost(item, change.entry.value)
        else:
            self._owner.note(item, change.entry.value)


class Ignored:
    """Of resources that don't matter here."""

    def begin(self) -> None:
        """Nothing is kept of them."""

    def added(self, entry: model.Entry) -> None:
        """Not looked at."""

    def changed(self, change: model.Change) -> None:
        """Not looked at."""


async def start(made_with: room.Room, scope: tasks.Scope) -> None:
    """The controller, as a `room.Controller`."""
    await Garbage(made_with).start(scope)
