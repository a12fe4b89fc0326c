"""Writing what is used of a quota into its status, as the server itself.

Several processes may charge one quota at once: each looks again at what is left when another was faster.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kroute.actions import managing
from kroute.kinds import mounting
from kroute.machinery import context, objects, times
from kroute.storage import core, guaranteed, options, stored

MANAGER = "kube-apiserver"


class Charger:
    """`at` has the quotas, `shown` is how they look to writers of their status."""

    def __init__(self, at: core.Core, shown: mounting.Representation, empty: objects.Object) -> None:
        self._at, self._shown = at, shown
        self._manager = managing.FieldManagers([shown]).of(shown, empty)

    async def charge(self, namespace: str, name: str, used: Callable[[objects.Object], Mapping[str, str]]) -> None:
        """Set what is used to what `used` makes of the quota.  Raises what it raises, NotFound, Conflict."""
        at = self._at
        ctx = context.RequestContext(user=context.LOOPBACK, namespace=namespace)

        async def change(there: stored.Stored | None) -> objects.Object:
            assert there is not None  # a quota that isn't there is not found before
            obj: objects.Object = objects.copy(there.obj)
            amounts = used(there.obj)
            if not amounts:
                return obj
            obj["status"] = {**(obj.get("status") or {}), "used": dict(sorted(amounts.items()))}
            if self._manager is None:
                return obj
            return self._manager.update(
                there.obj,
                obj,
                manager=MANAGER,
                api_version=self._shown.kind.api_version,
                subresource="status",
                now=times.now(),
            )

        await guaranteed.update(at, name, at.key(ctx, name), change, preconditions=options.Preconditions())
