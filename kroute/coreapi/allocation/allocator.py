"""The allocator of one core API: what is done around each write of a service, and when one has gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kroute.coreapi import environment
from kroute.coreapi.allocation import addresses, claims, nodeports, operation, services
from kroute.machinery import errors, objects
from kroute.storage import guaranteed

CERTAIN = 500
"""Below that status nothing was written; above, as when the store was lost in between, nobody knows."""


class Allocator:
    """Addresses and node ports for services."""

    def __init__(self, made_with: environment.Environment) -> None:
        self.addresses = addresses.Addresses(made_with)
        self._ports = nodeports.NodePorts(made_with)

    @asynccontextmanager
    async def around(
        self, owner: claims.Owner, obj: objects.Object, old: objects.Object | None, *, dry_run: bool
    ) -> AsyncIterator[None]:
        """Allocate what a service needs and keep that if it is written inside; see `Strategy.around_write`.

        Where the outcome isn't known, claims stay: they are taken back when they turn out to be nobody's."""
        op = operation.Operation(self.addresses, self._ports, owner, dry_run=dry_run)
        try:
            if old is None:
                await services.create(op, obj, self.addresses.families)
            else:
                await services.update(op, obj, old, self.addresses.families)
        except errors.APIError:
            await op.revert()
            raise
        try:
            yield
        except errors.APIError as error:
            if error.status_code < CERTAIN:
                await op.revert()
            raise
        except guaranteed.Stop:
            await op.revert()
            raise
        await op.commit()

    async def release(self, owner: claims.Owner, obj: objects.Object) -> None:
        """Give back everything that a service had."""
        op = operation.Operation(self.addresses, self._ports, owner, dry_run=False)
        services.leave_all(op, obj)
        await op.commit()
