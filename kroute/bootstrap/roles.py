"""The post-start hook that brings the bootstrap policy in: what is missing is made, what is bent is mended.

Mirrors PostStartHook of `pkg/registry/rbac/rest` of `k8s.io/kubernetes`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

from kroute.aio import tasks
from kroute.bootstrap import essentials, keeping, policy, reconciling
from kroute.machinery import errors, gvk, objects
from kroute.server import generic, loopback
from kroute.storage import caches

SHELVES = tuple(
    f"{plural}.{policy.GROUP}" for plural in ("clusterroles", "clusterrolebindings", "roles", "rolebindings")
)
"""The watch caches that there must be."""


def add_hook(server: generic.GenericAPIServer, shelves: caches.Caches) -> None:
    """Have a server bring the policy in, where it serves roles: a companion, and a part of the bootstrap controller.

    That is done once, and then the policy is the administrator's."""
    if not {shelf.name for shelf in shelves.all()}.issuperset(SHELVES):
        return

    async def bring(scope: tasks.Scope) -> None:
        for wanted in (essentials.namespaces(server.loopback), kept(server.loopback)):  # some roles are in these
            await keeping.Keeper(shelves, wanted).once()

    server.add_post_start_hook("rbac/bootstrap-roles", bring)


def kept(client: loopback.Client) -> Iterator[keeping.Kept]:
    """All roles and bindings of the policy."""
    for plural, obj in policy.objects_of(policy.Policy.of(essentials.read("roles.json"))):
        resource = gvk.GroupVersionResource(policy.GROUP, "v1", plural)
        place = keeping.Place(resource, obj["metadata"]["name"], obj["metadata"].get("namespace") or "")
        if plural.endswith("bindings"):
            yield Binding(client, place, obj)
        else:
            yield keeping.Fixed(client, place, obj, functools.partial(reconciling.mend_role, wanted=obj))


class Binding:
    """A binding, which is made anew when it is to another role."""

    def __init__(self, client: loopback.Client, place: keeping.Place, obj: objects.Object) -> None:
        self.place, self._client, self._obj = place, client, obj
        self.causes: Sequence[str] = ()

    async def ensure(self, found: objects.Object | None) -> float | None:
        place, client = self.place, self._client
        if found is not None and reconciling.binds_other(found, self._obj):
            if reconciling.is_protected(found):
                return None
            try:
                uid = found["metadata"]["uid"]
                await client.delete(place.resource, place.name, namespace=place.namespace, uid=uid)
            except (errors.NotFound, errors.Conflict):
                pass  # somebody else was at it
            found = None
        mend = functools.partial(reconciling.mend_binding, wanted=self._obj)
        await keeping.bring(client, place, found, lambda: self._obj, mend)
        return None
