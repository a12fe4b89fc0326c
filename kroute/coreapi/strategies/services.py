"""Services: their addresses and node ports, which are allocated around each write, and what goes with their type.

Mirrors `pkg/registry/core/service`.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager, suppress

from kroute.coreapi import environment
from kroute.coreapi.allocation import allocator as allocation
from kroute.coreapi.allocation import claims, holding
from kroute.coreapi.strategies import base
from kroute.coreapi.validation import serviceaddresses
from kroute.coreapi.validation import services as rules
from kroute.machinery import context, errors, objects
from kroute.storage import core, guaranteed, options

WITH_NODE_PORTS = (rules.NODE_PORT, rules.LOAD_BALANCER)


class Allocating(base.BuiltIn):
    """The strategy of a kind that has to do with allocated addresses."""

    made_with: environment.Environment
    allocator: allocation.Allocator

    def connect(self, made_with: environment.Environment) -> None:
        """Give it what it works with, once, before it is used."""
        self.made_with, self.allocator = made_with, allocation.Allocator(made_with)


class Services(Allocating):
    def around_write(
        self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object | None, *, dry_run: bool
    ) -> AbstractAsyncContextManager[None] | None:
        owner = claims.Owner(ctx.namespace, obj["metadata"].get("name") or "")
        return self.allocator.around(owner, obj, old, dry_run=dry_run)

    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        await super().prepare_for_update(ctx, obj, old)
        drop_what_type_excludes(obj, old)

    def canonicalize(self, obj: objects.Object) -> None:
        super().canonicalize(obj)
        if serviceaddresses.is_external_name(obj):
            obj["spec"].pop("internalTrafficPolicy", None)

    async def after_delete(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        """Nobody is to find the service's endpoints any more, nor is anything of it to stay taken."""
        owner = claims.Owner(obj["metadata"]["namespace"], obj["metadata"]["name"])
        endpoints = self.made_with.core("endpoints")
        if endpoints is not None:
            await delete(endpoints, owner)
        await self.allocator.release(owner, obj)


class ServiceStatus(base.Status):
    def warnings_on_update(
        self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object
    ) -> Iterable[str]:
        return rules.status_warnings(obj)


async def delete(endpoints: core.Core, owner: claims.Owner) -> None:
    """Delete the endpoints of a service that has gone, if there are any."""

    async def allow(obj: objects.Object) -> None:
        """The service's own deletion was asked for."""

    key = f"{owner.namespace}/{owner.name}"
    if endpoints.cache.shared or endpoints.cached(key) is not None:
        with suppress(errors.APIError):  # the service is gone, whatever becomes of this
            anyway = options.Preconditions()
            await guaranteed.delete(endpoints, owner.name, key, preconditions=anyway, check=allow)


def drop_what_type_excludes(obj: objects.Object, old: objects.Object) -> None:
    """Who changes the type of a service, and nothing else, drops what only the former type had.

    Values that the client has changed at the same time stay, for validation to refuse."""
    spec, before = obj["spec"], old["spec"]
    kind, former = spec.get("type"), before.get("type")
    if kind == serviceaddresses.EXTERNAL_NAME != former:
        addresses = ("clusterIP", "clusterIPs")
        for fields in (addresses, ("ipFamilies",), ("ipFamilyPolicy",)):
            drop_if_same(spec, before, *fields)
    has_lost_ports = former in WITH_NODE_PORTS and kind not in WITH_NODE_PORTS
    if has_lost_ports and set(holding.node_ports(obj)) <= set(holding.node_ports(old)):
        for port in spec.get("ports") or ():
            port.pop("nodePort", None)
    if rules.needs_health_check(old) and not rules.needs_health_check(obj):
        drop_if_same(spec, before, "healthCheckNodePort")
    if former == rules.LOAD_BALANCER != kind:
        drop_if_same(spec, before, "allocateLoadBalancerNodePorts")
        drop_if_same(spec, before, "loadBalancerClass")
    if rules.is_reached_from_outside(old) and not rules.is_reached_from_outside(obj):
        drop_if_same(spec, before, "externalTrafficPolicy")
    if kind != rules.LOAD_BALANCER and "loadBalancer" in (obj.get("status") or {}):
        obj["status"] = {**obj["status"], "loadBalancer": {}}


def drop_if_same(spec: objects.Object, old: objects.Object, *fields: str) -> None:
    if all((spec.get(field) or None) == (old.get(field) or None) for field in fields):
        for field in fields:
            spec.pop(field, None)
