"""StatusStorage: a resource's `status` subresource, where its controller writes and nobody else.

Reading gives the whole object.  Writing goes through a strategy that keeps everything of the old object but the
status.  Creating is not possible here.
"""

from __future__ import annotations

from kroute.machinery import context, gvk
from kroute.storage import capabilities, core, options, reading, stored, updating


class StatusStorage:
    """`core` is that of the resource's Store, but with the strategy for status updates."""

    def __init__(self, core: core.Core) -> None:
        self.core = core

    @property
    def kind(self) -> gvk.GroupVersionKind:
        return self.core.kind

    async def get(self, ctx: context.RequestContext, name: str, options: options.GetOptions) -> stored.Result:
        return await reading.get(self.core, ctx, name, options)

    async def update(
        self,
        ctx: context.RequestContext,
        name: str,
        update: capabilities.UpdatedObject,
        *,
        validate: capabilities.Validate,
        options: options.WriteOptions,
        allow_create: bool = False,
    ) -> capabilities.UpdateResult:
        return await updating.update(self.core, ctx, name, update, validate=validate, wanted=options)
