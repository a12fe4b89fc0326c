"""The jobs themselves: who deletes one without saying what is to become of its pods is told that they stay.

Mirrors JobStorage of `pkg/registry/batch/job/storage`.
"""

from __future__ import annotations

from kroute.coreapi.storages import cases
from kroute.kinds import mounting
from kroute.machinery import context
from kroute.storage import capabilities, front, options

PODS_STAY = (
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them "
    "or set propagationPolicy=Orphan to suppress this warning"
)


class JobStorage(front.Front):
    """A Store with warnings."""

    async def delete(
        self, ctx: context.RequestContext, name: str, *, validate: capabilities.Validate, options: options.DeleteOptions
    ) -> capabilities.DeleteResult:
        warn(ctx, options)
        return await self._store.delete(ctx, name, validate=validate, options=options)

    async def delete_collection(
        self,
        ctx: context.RequestContext,
        *,
        validate: capabilities.Validate,
        options: options.DeleteOptions,
        selection: options.ListOptions,
    ) -> capabilities.ListResult:
        warn(ctx, options)
        return await self._store.delete_collection(ctx, validate=validate, options=options, selection=selection)


def warn(ctx: context.RequestContext, wanted: options.DeleteOptions) -> None:
    if wanted.propagation_policy is None and wanted.orphan_dependents is None:
        ctx.warn(PODS_STAY)


def storage(case: cases.Case) -> mounting.Mount:
    return mounting.Mount(JobStorage(case.store), case.parent)
