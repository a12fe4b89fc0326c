"""Kinds around services: addresses, endpoint slices, ingresses, as far as facts don't say how they behave.

Mirrors `pkg/registry/networking` and `pkg/registry/discovery`.
"""

from __future__ import annotations

from collections.abc import Iterable

from kroute.coreapi import semantics
from kroute.coreapi.allocation import claims, holding
from kroute.coreapi.strategies import base, services
from kroute.coreapi.validation import ingresses
from kroute.machinery import context, names, objects

HOST_NAME = "kubernetes.io/hostname"


class IPAddresses(services.Allocating):
    async def after_delete(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        """An address that a service still has must not get to another one: its claim comes back."""
        owner, at = claims.owner_of(obj), self.made_with.core("services")
        if owner is None or at is None:
            return
        found = await at.fetch(f"{owner.namespace}/{owner.name}")
        if found is not None and obj["metadata"]["name"] in holding.addresses(found.obj):
            await self.allocator.addresses.reclaim(obj["metadata"]["name"], owner)


class ServiceCIDRs(base.BuiltIn):
    """Whoever writes a ServiceCIDR may write its status as well."""

    async def prepare_for_create(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        """Everything stays as it is."""

    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        """Everything stays as it is."""


class EndpointSlices(base.BuiltIn):
    async def prepare_for_create(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        await super().prepare_for_create(ctx, obj)
        drop_topology(obj, None)

    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        await super().prepare_for_update(ctx, obj, old)
        if not semantics.same(obj.get("endpoints"), old.get("endpoints")):
            drop_topology(obj, old)


class IngressStatus(base.Status):
    def warnings_on_update(
        self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object
    ) -> Iterable[str]:
        return ingresses.status_warnings(obj)


def drop_topology(obj: objects.Object, old: objects.Object | None) -> None:
    """A field of an older version is not written any more; the node that it named stays the endpoint's node."""
    before = set(filter(None, map(node_of, (old or {}).get("endpoints") or ())))
    for endpoint in obj.get("endpoints") or ():
        node = node_of(endpoint)
        if node in before and endpoint.get("nodeName") is None and not names.dns1123_subdomain(node):
            endpoint["nodeName"] = node
        endpoint.pop("deprecatedTopology", None)


def node_of(endpoint: objects.Object) -> str:
    return str((endpoint.get("deprecatedTopology") or {}).get(HOST_NAME) or "")
