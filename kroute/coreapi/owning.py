"""What the server itself writes into its stores: as the field manager `kube-apiserver`, past admission.

Clients see in managedFields who it was, as they do with kube-apiserver.
"""

from __future__ import annotations

from kroute.actions import managing
from kroute.kinds import mounting
from kroute.machinery import context, objects, times
from kroute.storage import core

MANAGER = "kube-apiserver"


class Owner:
    """Records the server as the one who writes objects of a resource, or of a part of it.

    `shown` is how they look to writers, `empty` an object with nothing set."""

    def __init__(self, shown: mounting.Representation, empty: objects.Object) -> None:
        self._shown = shown
        self._manager = managing.FieldManagers([shown]).of(shown, empty)

    def owned(self, live: objects.Object | None, obj: objects.Object) -> objects.Object:
        """`obj`, which is to be written over `live`, with its managedFields; it may be changed."""
        if self._manager is None:
            return obj
        return self._manager.update(
            live,
            obj,
            manager=MANAGER,
            api_version=self._shown.kind.api_version,
            subresource=self._shown.subresource,
            now=times.now(),
        )


def own_context(at: core.Core, namespace: str = "") -> context.RequestContext:
    """The context of a write by the server itself."""
    return context.RequestContext(user=context.LOOPBACK, namespace=namespace if at.namespaced else "")
