"""Writes the status of definitions for the controllers, as kube-apiserver's own field manager."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from kroute.aio import clocks
from kroute.machinery import context, errors, objects
from kroute.patch.managedfields import manager
from kroute.storage import before, options, status, stored

MANAGER = "kube-apiserver"

Change: TypeAlias = Callable[[objects.Object, str], None]
"""Changes a definition in place; the text is the present time."""


class Writer:
    """Updates of definitions through their status subresource."""

    def __init__(self, storage: status.StatusStorage, fields: manager.FieldManager, clock: clocks.Clock) -> None:
        self._storage, self._fields, self._clock = storage, fields, clock

    async def update(self, name: str, uid: str, change: Change) -> objects.Object | None:
        """The definition with the change made to it; None when it is gone, or another one has its name."""
        ctx = context.RequestContext(user=context.LOOPBACK)
        work = Update(change, options.Preconditions(uid), self._fields, before.as_text(self._clock.now()))
        try:
            result = await self._storage.update(ctx, name, work, validate=admitted, options=options.WriteOptions())
        except (errors.NotFound, errors.Conflict):
            return None
        return stored.decoded(result.obj)


class Update:
    """One change in waiting; it may be made several times.  An UpdatedObject."""

    def __init__(
        self, change: Change, preconditions: options.Preconditions, fields: manager.FieldManager, now: str
    ) -> None:
        self._change, self.preconditions, self._fields, self._now = change, preconditions, fields, now

    async def updated(self, ctx: context.RequestContext, old: objects.Object | None) -> objects.Object:
        assert old is not None
        obj: objects.Object = objects.copy(old)
        self._change(obj, self._now)
        if obj == old:
            return obj
        return self._fields.update(
            old, obj, manager=MANAGER, api_version=obj["apiVersion"], subresource="status", now=self._now
        )


async def admitted(obj: objects.Object, old: objects.Object | None) -> None:
    """The server's own writes are not asked about."""
