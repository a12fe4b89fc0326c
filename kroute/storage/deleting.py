"""Deleting an object: at once, after a grace period, or when its finalizers are gone.

Mirrors Delete of `k8s.io/apiserver/pkg/registry/generic/registry`.
"""

from __future__ import annotations

from kroute.machinery import context, errors, objects
from kroute.storage import before, capabilities, core, guaranteed, options, stored

ORPHAN, FOREGROUND = "orphan", "foregroundDeletion"
"""The finalizers by which the garbage collector learns what is to become of an object's dependents."""


class DeleteNow(guaranteed.Stop):
    """Nothing holds the object."""


class AlreadyPending(guaranteed.Stop):
    """Its deletion is under way, and this request doesn't shorten it."""


async def delete(
    at: core.Core,
    ctx: context.RequestContext,
    name: str,
    *,
    validate: capabilities.Validate,
    wanted: options.DeleteOptions,
) -> capabilities.DeleteResult:
    """Delete the object, or mark it for deletion.

    Raises NotFound, Conflict and what hooks and `validate` raise."""
    key = at.key(ctx, name)
    found = await at.fetch(key, operation="delete")
    if found is None:
        raise at.not_found(name)
    grace = await before.delete(at, ctx, found.obj, wanted)
    if grace.pending:
        return capabilities.DeleteResult(_answer(at, found), False)
    preconditions = wanted.preconditions
    marking: _Marking | None = None
    finalizers = found.obj["metadata"].get("finalizers") or []
    if grace.graceful or finalizers or _wanted_finalizers(at, ctx, found.obj, wanted) != finalizers:
        marking = _Marking(at, ctx, validate, wanted)
        try:
            held = await guaranteed.update(
                at, name, key, marking.change, preconditions=preconditions, dry_run=wanted.dry_run
            )
        except AlreadyPending:
            return capabilities.DeleteResult(_answer(at, found), False)
        except DeleteNow:
            pass
        else:
            if marking.held or marking.seconds:
                return capabilities.DeleteResult(held, False)
            if wanted.dry_run:
                return capabilities.DeleteResult(held, True)
            if preconditions.resource_version is not None:
                version = stored.decoded(held)["metadata"]["resourceVersion"]
                preconditions = options.Preconditions(preconditions.uid, version)
    return await _remove(at, ctx, name, key, preconditions, validate, wanted, told=marking.told if marking else None)


async def _remove(
    at: core.Core,
    ctx: context.RequestContext,
    name: str,
    key: str,
    preconditions: options.Preconditions,
    validate: capabilities.Validate,
    wanted: options.DeleteOptions,
    *,
    told: objects.Object | None,
) -> capabilities.DeleteResult:
    """Take the object away; `told` is its state when it was told so just before, None if it wasn't."""

    async def check(obj: objects.Object) -> None:
        await validate(obj, obj)

    try:
        last: stored.Result = await guaranteed.delete(
            at, name, key, preconditions=preconditions, check=check, dry_run=wanted.dry_run
        )
    except errors.NotFound:
        if told is None:
            raise
        last = told  # somebody who waited for that has been faster
    if not wanted.dry_run:
        await at.strategy.after_delete(ctx, stored.decoded(last))
    return capabilities.DeleteResult(_answer(at, last), True)


def _answer(at: core.Core, last: stored.Result) -> stored.Result:
    if at.strategy.returns_deleted:
        return last
    return capabilities.deleted_status(at.resource, stored.decoded(last))


class _Marking:
    """The update that marks an object for deletion, tried perhaps several times.

    `held`: finalizers hold it.  `seconds`: its grace period.  `told`: what was written for a graceful deletion."""

    def __init__(
        self,
        at: core.Core,
        ctx: context.RequestContext,
        validate: capabilities.Validate,
        wanted: options.DeleteOptions,
    ) -> None:
        self.at, self.ctx, self.validate, self.wanted = at, ctx, validate, wanted
        self.held = False
        self.seconds = 0
        self.told: objects.Object | None = None

    async def change(self, there: stored.Stored | None) -> objects.Object:
        assert there is not None  # without may_create a change is asked of existing objects only
        await self.validate(there.obj, there.obj)
        grace = await before.delete(self.at, self.ctx, there.obj, self.wanted)
        if grace.pending:
            raise AlreadyPending
        metadata = {**there.obj["metadata"], **grace.metadata}
        finalizers = _wanted_finalizers(self.at, self.ctx, there.obj, self.wanted)
        self.held = bool(finalizers)
        if finalizers:
            metadata["finalizers"] = finalizers
        else:
            metadata.pop("finalizers", None)
        obj = {**there.obj, "metadata": metadata}
        if grace.graceful:
            self.seconds, self.told = grace.seconds or 0, obj
        elif finalizers:
            _mark(self.at, metadata)
        else:
            raise DeleteNow
        return obj


def _mark(at: core.Core, metadata: objects.Object) -> None:
    """Say that the object is to go as soon as its finalizers are gone."""
    now = at.clock.now()
    since = metadata.get("deletionTimestamp")
    if not since and metadata.get("generation", 0) > 0:
        metadata["generation"] += 1
    if not since or before.as_seconds(since) > now:
        metadata["deletionTimestamp"] = before.as_text(now)
    metadata["deletionGracePeriodSeconds"] = 0


def _wanted_finalizers(
    at: core.Core, ctx: context.RequestContext, obj: objects.Object, wanted: options.DeleteOptions
) -> list[str]:
    """The object's finalizers with those for the garbage collector that this deletion asks for.

    The list stays as it is when it has these already, in whatever order."""
    there: list[str] = obj["metadata"].get("finalizers") or []
    policy = _policy(at, ctx, there, wanted)
    result = [each for each in there if each not in (ORPHAN, FOREGROUND)]
    if policy == "Orphan":
        result.append(ORPHAN)
    elif policy == "Foreground":
        result.append(FOREGROUND)
    return there if set(there) == set(result) else result


def _policy(at: core.Core, ctx: context.RequestContext, finalizers: list[str], wanted: options.DeleteOptions) -> str:
    """What happens to dependents: asked for, else as finalizers say, else the kind's default."""
    default = at.strategy.default_propagation_policy(ctx)
    if not default:
        return ""
    if wanted.orphan_dependents is not None:
        return "Orphan" if wanted.orphan_dependents else "Background"
    if wanted.propagation_policy is not None:
        return wanted.propagation_policy
    for each in finalizers:
        if each in (ORPHAN, FOREGROUND):
            return "Orphan" if each == ORPHAN else "Foreground"
    return "Orphan" if default == "Orphan" else "Background"
