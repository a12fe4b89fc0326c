"""Priority classes, of which the system's own stay.  Mirrors `pkg/registry/scheduling/priorityclass/storage`."""

from __future__ import annotations

from kroute.coreapi.storages import cases
from kroute.coreapi.validation import priorityclasses as validation
from kroute.kinds import mounting
from kroute.machinery import context, errors
from kroute.storage import capabilities, front, options, store


class PriorityClassStorage(front.Front):
    """A Store that doesn't delete what system pods need."""

    def __init__(self, own: store.Store) -> None:
        super().__init__(own)
        self.delete_collection = own.delete_collection

    async def delete(
        self, ctx: context.RequestContext, name: str, *, validate: capabilities.Validate, options: options.DeleteOptions
    ) -> capabilities.DeleteResult:
        """Raises Forbidden for the system's own, and what a Store's deletion raises."""
        if name in validation.SYSTEM:
            why = "this is a system priority class and cannot be deleted"
            raise errors.Forbidden.of(self._store.core.resource, name, why)
        return await self._store.delete(ctx, name, validate=validate, options=options)


def storage(case: cases.Case) -> mounting.Mount:
    return mounting.Mount(PriorityClassStorage(case.store), case.parent)
