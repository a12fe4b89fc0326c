"""The definitions themselves, which go in two steps: told first, gone once their objects are.

Mirrors Delete of `pkg/registry/customresourcedefinition/etcd.go` of `k8s.io/apiextensions-apiserver`.
"""

from __future__ import annotations

from dataclasses import replace

from kroute.extensions import conditions
from kroute.machinery import context, objects
from kroute.storage import before, capabilities, front, guaranteed, options, stored

FINALIZER = "customresourcecleanup.apiextensions.k8s.io"
PENDING = conditions.Condition(
    conditions.TERMINATING,
    "True",
    "InstanceDeletionPending",
    "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
)


class DefinitionStorage(front.Front):
    """A Store whose deletions add the finalizer under which objects are removed."""

    async def delete(
        self, ctx: context.RequestContext, name: str, *, validate: capabilities.Validate, options: options.DeleteOptions
    ) -> capabilities.DeleteResult:
        """Mark the definition for deletion; a second time it is deleted as anything else is."""
        at = self._store.core
        key = at.key(ctx, name)
        found = await at.fetch(key, operation="delete")
        if found is None:
            raise at.not_found(name)
        wanted = options.preconditions
        if found.obj["metadata"].get("deletionTimestamp"):
            return await self._store.delete(ctx, name, validate=validate, options=options)
        if wanted.uid is None:
            wanted = replace(wanted, uid=found.obj["metadata"]["uid"])

        async def change(there: stored.Stored | None) -> objects.Object:
            assert there is not None
            await validate(there.obj, there.obj)
            obj: objects.Object = objects.copy(there.obj)
            metadata, now = obj["metadata"], before.as_text(at.clock.now())
            metadata.setdefault("deletionTimestamp", now)
            finalizers = metadata.get("finalizers") or []
            if FINALIZER not in finalizers:
                metadata["finalizers"] = [*finalizers, FINALIZER]
            conditions.put(obj, PENDING, now)
            return obj

        told = await guaranteed.update(at, name, key, change, preconditions=wanted, dry_run=options.dry_run)
        return capabilities.DeleteResult(told, False)

    async def delete_collection(
        self,
        ctx: context.RequestContext,
        *,
        validate: capabilities.Validate,
        options: options.DeleteOptions,
        selection: options.ListOptions,
    ) -> capabilities.ListResult:
        """Mark every selected definition for deletion."""
        found = await self._store.list(ctx, selection)
        items: list[stored.Result] = []
        for item in found.items:
            name = stored.decoded(item)["metadata"]["name"]
            told = await self.delete(ctx, name, validate=validate, options=options)
            items.append(item if told.obj is None else told.obj)
        return capabilities.ListResult(items, found.resource_version)
