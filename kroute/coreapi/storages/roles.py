"""Roles and their bindings: a Store that asks, before it writes, whether the writer may grant that much.

Mirrors the policybased storages of `pkg/registry/rbac` of `k8s.io/kubernetes`.
"""

from __future__ import annotations

from kroute.coreapi import granting
from kroute.coreapi.storages import cases
from kroute.kinds import mounting
from kroute.machinery import context, objects
from kroute.storage import capabilities, options, store, stored


class RoleStorage:
    """All that a Store can, with checks on create and update."""

    def __init__(self, own: store.Store, checks: granting.Granting) -> None:
        self._store, self._checks = own, checks
        self.namespaced, self.kind = own.namespaced, own.kind
        self.singular_name, self.short_names, self.categories = own.singular_name, own.short_names, own.categories
        self.get, self.list, self.watch = own.get, own.list, own.watch
        self.delete, self.delete_collection = own.delete, own.delete_collection
        self.convert_to_table = own.convert_to_table

    async def create(
        self,
        ctx: context.RequestContext,
        obj: objects.Object,
        *,
        validate: capabilities.Validate,
        options: options.WriteOptions,
    ) -> stored.Result:
        await self._checks.check(ctx, obj, None)
        return await self._store.create(ctx, obj, validate=validate, options=options)

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
        return await self._store.update(
            ctx, name, Checked(update, self._checks), validate=validate, options=options, allow_create=allow_create
        )


class Checked:
    """An update whose result is checked."""

    def __init__(self, update: capabilities.UpdatedObject, checks: granting.Granting) -> None:
        self._update, self._checks = update, checks
        self.preconditions = update.preconditions

    async def updated(self, ctx: context.RequestContext, old: objects.Object | None) -> objects.Object:
        obj = await self._update.updated(ctx, old)
        await self._checks.check(ctx, obj, old)
        return obj


RESOURCES = ("roles", "clusterroles", "rolebindings", "clusterrolebindings")


def storage(case: cases.Case) -> mounting.Mount:
    checks = granting.Granting(case.store.core.resource, case.environment)
    return mounting.Mount(RoleStorage(case.store, checks), case.parent)
