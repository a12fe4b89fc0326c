"""Read, change, write, and again when somebody was faster: how every update and deletion reaches the store.

The first try works on what the watch cache has, which saves a read; whatever it leads to is believed only once the
store has confirmed that the cached object is the current one.
Mirrors GuaranteedUpdate and conditionalDelete of `k8s.io/apiserver/pkg/storage/etcd3`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from kroute.machinery import errors, objects
from kroute.patch.managedfields import versions
from kroute.storage import core, encoding, failures, options, stored
from kroute.storage.backend import errors as backend_errors

Change: TypeAlias = Callable[[stored.Stored | None], Awaitable[objects.Object]]
"""Makes the new object of the one that is there (read-only, None: nothing); called again after each conflict."""

Check: TypeAlias = Callable[[objects.Object], Awaitable[None]]


class Stop(Exception):
    """Raised by a change that wants no write; like an error, it counts only for the current object."""


class State:
    """What is known of the object at a key, and whether that is certain."""

    __slots__ = ("at", "current", "key", "operation", "there")

    def __init__(self, at: core.Core, key: str, operation: str) -> None:
        self.at, self.key, self.operation = at, key, operation
        self.there: stored.Stored | None = None
        self.current = False

    async def begin(self, *, certain: bool) -> None:
        """Start from the cache or, when that doesn't have it or certainty is wanted, from the store."""
        self.there = None if certain else self.at.cached(self.key)
        if self.there is None:
            await self.renew()

    async def renew(self) -> bool:
        """Read the store; whether that brought news."""
        before = self.there
        self.there = await self.at.fetch(self.key, operation=self.operation)
        self.current = True
        if before is None or self.there is None:
            return before is not self.there
        return before.revision != self.there.revision


async def update(
    at: core.Core,
    name: str,
    key: str,
    change: Change,
    *,
    preconditions: options.Preconditions,
    may_create: bool = False,
    dry_run: bool = False,
) -> stored.Result:
    """Write what `change` makes; the object as it is then.  With `dry_run` nothing is written, only answered.

    Raises what `change` raises, NotFound, and Conflict when the preconditions don't hold."""
    state = State(at, key, "update")
    await state.begin(certain=dry_run)
    while True:
        try:
            obj = await _attempt(at, name, key, state.there, change, preconditions, may_create=may_create)
        except versions.Unconverted as missing:
            await missing.fetch()
            continue
        except (errors.APIError, Stop):
            if state.current or not await state.renew():
                raise
            continue
        if dry_run:
            return obj
        draft = at.draft(key, obj)
        there = state.there
        if (
            there is not None
            and not there.stale
            and encoding.is_unchanged(draft, obj, there)
            and not at.outdated(key, there.revision)
        ):
            if state.current or not await state.renew():
                return there
            continue
        try:
            with failures.reported(at.resource, state.operation):
                ttl = at.strategy.ttl(obj)
                if state.there is None:
                    record = await at.log.create(key, draft, ttl=ttl)
                else:
                    record = await at.log.update(key, draft, expected=state.there.revision, ttl=ttl)
        except (backend_errors.KeyExists, backend_errors.KeyNotFound, backend_errors.RevisionConflict):
            await state.renew()
            continue
        return at.written(record, obj)


async def _attempt(
    at: core.Core,
    name: str,
    key: str,
    there: stored.Stored | None,
    change: Change,
    preconditions: options.Preconditions,
    *,
    may_create: bool,
) -> objects.Object:
    if there is None and not may_create:
        raise at.not_found(name)
    _check(at, name, key, there, preconditions)
    return await change(there)


async def delete(
    at: core.Core, name: str, key: str, *, preconditions: options.Preconditions, check: Check, dry_run: bool = False
) -> stored.Stored:
    """Remove the object once the preconditions and `check` allow it; its last state, at the deletion's revision.

    Raises NotFound, Conflict and what `check` raises."""
    state = State(at, key, "delete")
    await state.begin(certain=dry_run)
    while True:
        there = state.there
        if there is None:
            raise at.not_found(name)
        try:
            _check(at, name, key, there, preconditions)
            await check(there.obj)
        except errors.APIError:
            if state.current or not await state.renew():
                raise
            continue
        if dry_run:
            return there
        try:
            with failures.reported(at.resource, state.operation):
                record = await at.log.delete(key, expected=there.revision)
        except (backend_errors.KeyNotFound, backend_errors.RevisionConflict):
            await state.renew()
            continue
        return at.opened(record)


def _check(
    at: core.Core, name: str, key: str, there: stored.Stored | None, preconditions: options.Preconditions
) -> None:
    if preconditions.uid is not None or preconditions.resource_version is not None:
        obj = None if there is None else there.obj
        path = f"{at.registry_path}/{key}"
        failures.check_preconditions(preconditions, obj, resource=at.resource, name=name, path=path)
