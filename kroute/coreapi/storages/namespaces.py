"""The namespaces themselves, which go in two steps, and `namespaces/finalize`, which lets them go.

Mirrors `pkg/registry/core/namespace/storage`.
"""

from __future__ import annotations

from dataclasses import replace

from kroute.coreapi.storages import cases
from kroute.coreapi.strategies import namespaces
from kroute.kinds import mounting
from kroute.machinery import context, errors, gvk, objects
from kroute.storage import before, capabilities, deleting, front, guaranteed, options, status, stored

RESOURCE = gvk.GroupResource("", "namespaces")


class NamespaceStorage(front.Front):
    """A Store without deletions of collections."""

    async def delete(
        self, ctx: context.RequestContext, name: str, *, validate: capabilities.Validate, options: options.DeleteOptions
    ) -> capabilities.DeleteResult:
        """Tell the namespace that it has to go; delete it when it was told so and nothing holds it."""
        at = self._store.core
        key = at.key(ctx, name)
        found = await at.fetch(key, operation="delete")
        if found is None:
            raise at.not_found(name)
        check_preconditions(found.obj, options.preconditions, name)
        wanted = replace(options, preconditions=replace(options.preconditions, uid=found.obj["metadata"]["uid"]))
        if found.obj["metadata"].get("deletionTimestamp"):
            if (found.obj.get("spec") or {}).get("finalizers"):
                return capabilities.DeleteResult(found, False)
            return await self._store.delete(ctx, name, validate=validate, options=wanted)

        async def change(there: stored.Stored | None) -> objects.Object:
            assert there is not None
            await validate(there.obj, there.obj)
            obj: objects.Object = objects.copy(there.obj)
            metadata = obj["metadata"]
            metadata.setdefault("deletionTimestamp", before.as_text(at.clock.now()))
            obj["status"] = {**(obj.get("status") or {}), "phase": "Terminating"}
            finalizers = finalizers_for(metadata.get("finalizers") or [], wanted)
            if finalizers:
                metadata["finalizers"] = finalizers
            else:
                metadata.pop("finalizers", None)
            return obj

        told = await guaranteed.update(
            at, name, key, change, preconditions=wanted.preconditions, dry_run=wanted.dry_run
        )
        return capabilities.DeleteResult(told, False)


def check_preconditions(obj: objects.Object, wanted: options.Preconditions, name: str) -> None:
    """Raises Conflict."""
    metadata = obj["metadata"]
    for label, value, actual in (
        ("UID", wanted.uid, metadata.get("uid", "")),
        ("ResourceVersion", wanted.resource_version, metadata.get("resourceVersion", "")),
    ):
        if value is not None and value != actual:
            why = f"Precondition failed: {label} in precondition: {value}, {label} in object meta: {actual}"
            raise errors.Conflict.of(RESOURCE, name, why)


def finalizers_for(there: list[str], wanted: options.DeleteOptions) -> list[str]:
    """The finalizers of a namespace with those that its deletion asks for."""
    orphan, foreground = deleting.ORPHAN in there, deleting.FOREGROUND in there
    if wanted.orphan_dependents is not None:
        orphan, foreground = wanted.orphan_dependents, False
    elif wanted.propagation_policy is not None:
        orphan = wanted.propagation_policy == "Orphan"
        foreground = wanted.propagation_policy == "Foreground"
    if (orphan, foreground) == (deleting.ORPHAN in there, deleting.FOREGROUND in there):
        return there
    found = [each for each in there if each not in (deleting.ORPHAN, deleting.FOREGROUND)]
    return found + [deleting.ORPHAN] * orphan + [deleting.FOREGROUND] * foreground


class Finalize:
    """The subresource that takes entries of `spec.finalizers`."""

    def __init__(self, own: status.StatusStorage) -> None:
        self.kind, self.update = own.kind, own.update


def storage(case: cases.Case) -> mounting.Mount:
    return mounting.Mount(NamespaceStorage(case.store), case.parent)


def finalize(case: cases.Case) -> mounting.Mount:
    chosen = namespaces.Finalizing(case.facts, case.checks, case.form)
    return case.part(Finalize(status.StatusStorage(case.core(chosen))), "finalize", reset=("status",))
