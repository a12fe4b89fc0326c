"""Writing what is used of a quota into its status, as the server itself.

Several processes may charge one quota at once: each looks again at what is left when another was faster.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kroute.coreapi import owning
from kroute.machinery import objects
from kroute.storage import core, guaranteed, options, stored


class Charger:
    """`at` has the quotas; `owner` writes their status."""

    def __init__(self, at: core.Core, owner: owning.Owner) -> None:
        self._at, self._owner = at, owner

    async def charge(self, namespace: str, name: str, used: Callable[[objects.Object], Mapping[str, str]]) -> None:
        """Set what is used to what `used` makes of the quota.  Raises what it raises, NotFound, Conflict."""
        at = self._at

        async def change(there: stored.Stored | None) -> objects.Object:
            assert there is not None  # one that isn't there is not found before
            obj: objects.Object = objects.copy(there.obj)
            amounts = used(there.obj)
            if not amounts:
                return obj
            obj["status"] = {**(obj.get("status") or {}), "used": dict(sorted(amounts.items()))}
            return self._owner.owned(there.obj, obj)

        key = at.key(owning.own_context(at, namespace), name)
        await guaranteed.update(at, name, key, change, preconditions=options.Preconditions())
