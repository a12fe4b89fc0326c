"""Store: the RESTStorage that most resources are served from, generic over a backend's log and a strategy.

It can do everything: get, list, watch, create, update, patch, delete, deletecollection.  Objects given to it are in the
storage version, so are those it gives, mostly as the stored bytes.
Mirrors `k8s.io/apiserver/pkg/registry/generic/registry`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from kroute.machinery import context, gvk, objects
from kroute.storage import (
    capabilities,
    collecting,
    core,
    creating,
    deleting,
    listing,
    options,
    reading,
    stored,
    updating,
    watching,
)
from kroute.storage import table as default_table


class Store:
    """The objects of one resource.

    `core` has all that it works with; `table` makes its tables (default: name and age)."""

    def __init__(
        self,
        core: core.Core,
        *,
        singular_name: str = "",
        short_names: Sequence[str] = (),
        categories: Sequence[str] = (),
        table: capabilities.TableConverter | None = None,
    ) -> None:
        self.core = core
        self._table = table or default_table.DefaultTable(clock=core.clock)
        self.singular_name = singular_name or core.kind.kind.lower()
        self.short_names = tuple(short_names)
        self.categories = tuple(categories)

    @property
    def namespaced(self) -> bool:
        return self.core.namespaced

    @property
    def kind(self) -> gvk.GroupVersionKind:
        return self.core.kind

    async def get(self, ctx: context.RequestContext, name: str, options: options.GetOptions) -> stored.Result:
        return await reading.get(self.core, ctx, name, options)

    async def list(self, ctx: context.RequestContext, options: options.ListOptions) -> capabilities.ListResult:
        return await listing.list_(self.core, ctx, options)

    def watch(
        self, ctx: context.RequestContext, options: options.ListOptions
    ) -> AsyncIterator[capabilities.WatchBatch]:
        return watching.watch(self.core, ctx, options)

    async def create(
        self,
        ctx: context.RequestContext,
        obj: objects.Object,
        *,
        validate: capabilities.Validate,
        options: options.WriteOptions,
    ) -> stored.Result:
        return await creating.create(self.core, ctx, obj, validate=validate, wanted=options)

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
        return await updating.update(
            self.core, ctx, name, update, validate=validate, wanted=options, may_create=allow_create
        )

    async def delete(
        self, ctx: context.RequestContext, name: str, *, validate: capabilities.Validate, options: options.DeleteOptions
    ) -> capabilities.DeleteResult:
        return await deleting.delete(self.core, ctx, name, validate=validate, wanted=options)

    async def delete_collection(
        self,
        ctx: context.RequestContext,
        *,
        validate: capabilities.Validate,
        options: options.DeleteOptions,
        selection: options.ListOptions,
    ) -> capabilities.ListResult:
        return await collecting.delete_collection(
            self.core, ctx, validate=validate, wanted=options, selection=selection
        )

    async def convert_to_table(
        self, ctx: context.RequestContext, items: Sequence[objects.Object], options: options.TableOptions
    ) -> capabilities.Table:
        return await self._table.convert_to_table(ctx, items, options)
