"""Updating an object, or creating it where an update may.

Mirrors Update of `k8s.io/apiserver/pkg/registry/generic/registry`.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Self

from kroute.machinery import context, errors, fielderrors, gvk, objects
from kroute.storage import (
    before,
    capabilities,
    core,
    failures,
    guaranteed,
    options,
    stored,
    versions,
)


class LastFinalizerGone(guaranteed.Stop):
    """The update takes the last finalizer of an object under deletion: it is to be deleted instead of written."""

    def __init__(self, obj: objects.Object) -> None:
        super().__init__()
        self.obj = obj


async def update(
    at: core.Core,
    ctx: context.RequestContext,
    name: str,
    info: capabilities.UpdatedObject,
    *,
    validate: capabilities.Validate,
    wanted: options.WriteOptions,
    may_create: bool = False,
) -> capabilities.UpdateResult:
    """Replace the object with what `info` makes of it.

    `may_create`: create it where there is none, whatever the strategy says.
    Raises NotFound, Conflict, Invalid, BadRequest and what hooks, `info` and `validate` raise."""
    key = at.key(ctx, name)
    may_create = may_create or at.strategy.allow_create_on_update
    work = _Update(at, ctx, name, info, validate, wanted)
    try:
        async with work:
            result = await guaranteed.update(
                at,
                name,
                key,
                work.change,
                preconditions=info.preconditions,
                may_create=may_create,
                dry_run=wanted.dry_run,
            )
    except LastFinalizerGone as gone:
        await _delete_instead(at, ctx, name, key, info.preconditions, dry_run=wanted.dry_run)
        return capabilities.UpdateResult(gone.obj, False)
    return capabilities.UpdateResult(result, work.creating)


class _Update:
    """One update request, tried perhaps several times; what the strategy puts around its write is left with it."""

    def __init__(
        self,
        at: core.Core,
        ctx: context.RequestContext,
        name: str,
        info: capabilities.UpdatedObject,
        validate: capabilities.Validate,
        wanted: options.WriteOptions,
    ) -> None:
        self.at, self.ctx, self.name, self.info = at, ctx, name, info
        self.validate, self.dry_run = validate, wanted.dry_run
        self.creating = False
        self._around: AbstractAsyncContextManager[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._leave(error)

    async def change(self, there: stored.Stored | None) -> objects.Object:
        if self._around is not None:  # the last try wasn't written
            await self._leave(errors.Conflict.of(self.at.resource, self.name, failures.MODIFIED))
        obj = await self.info.updated(self.ctx, None if there is None else there.obj)
        metadata = objects.metadata(obj)
        version = versions.of(obj, bare=self.at.bare_errors)
        self.creating = there is None
        if there is None:
            before.fill_system_fields(self.at, metadata)
            await self._enter(obj, None)
            await before.create(self.at, self.ctx, obj)
            await self.validate(obj, None)
            return obj
        self._check_version(metadata, version, there)
        await self._enter(obj, there.obj)
        await before.update(self.at, self.ctx, obj, there)
        keep_times(obj, there.obj)
        await self.validate(obj, there.obj)
        if is_to_go(obj, there.obj) and self.at.strategy.may_delete_on_update(obj, there.obj):
            raise LastFinalizerGone(obj)
        return obj

    async def _enter(self, obj: objects.Object, old: objects.Object | None) -> None:
        around = self.at.strategy.around_write(self.ctx, obj, old, dry_run=self.dry_run)
        if around is not None:
            await around.__aenter__()
            self._around = around

    async def _leave(self, error: BaseException | None) -> None:
        around, self._around = self._around, None
        if around is not None:
            await around.__aexit__(type(error) if error is not None else None, error, None)

    def _check_version(self, metadata: objects.Object, version: int, there: stored.Stored) -> None:
        if version == 0 and self.at.strategy.allow_unconditional_update:
            metadata["resourceVersion"] = str(there.revision)
        elif version == 0:
            # the resource stands where the kind should: kube-apiserver has always said it so
            kind = gvk.GroupKind(self.at.resource.group, self.at.resource.resource)
            problem = fielderrors.invalid("metadata.resourceVersion", 0, "must be specified for an update")
            raise errors.Invalid.of(kind, self.name, [problem])
        elif version != there.revision:
            raise errors.Conflict.of(self.at.resource, self.name, failures.MODIFIED)


async def _delete_instead(
    at: core.Core,
    ctx: context.RequestContext,
    name: str,
    key: str,
    preconditions: options.Preconditions,
    *,
    dry_run: bool,
) -> None:
    async def allow(obj: objects.Object) -> None:
        """The update has passed admission; nothing more is asked."""

    try:
        last = await guaranteed.delete(at, name, key, preconditions=preconditions, check=allow, dry_run=dry_run)
    except errors.NotFound:  # somebody else took the last finalizer at the same time
        return
    if not dry_run:
        await at.strategy.after_delete(ctx, last.obj)


def is_to_go(obj: objects.Object, old: objects.Object) -> bool:
    """Whether an object under deletion has nothing left that holds it."""
    before_, after = old["metadata"], obj["metadata"]
    if after.get("finalizers") or not before_.get("deletionTimestamp"):
        return False
    return not before_.get("deletionGracePeriodSeconds")


def keep_times(obj: objects.Object, old: objects.Object) -> None:
    """Give managedFields their old times when nothing but these has changed, so that such an update writes nothing."""
    now, then = obj["metadata"].get("managedFields"), old["metadata"].get("managedFields")
    if not now or not then or len(now) != len(then) or now == then:
        return
    if any(_timeless(one) != _timeless(other) for one, other in zip(now, then, strict=True)):
        return
    changed = obj["metadata"]
    if changed | {"managedFields": then} != old["metadata"]:
        return
    if {**obj, "metadata": None} == {**old, "metadata": None}:
        changed["managedFields"] = then


def _timeless(entry: objects.Object) -> objects.Object:
    return {key: value for key, value in entry.items() if key != "time"}
