"""Who may grant which roles: writers of roles and bindings grant no more than they hold, unless they may.

Roles are written by whom their rules cover, or who may `escalate` them; bindings by whom the bound role covers, or who
may `bind` it; `system:masters` may do both.
Mirrors `pkg/registry/rbac` of `k8s.io/kubernetes`: policybased and escalation_check.
"""

from __future__ import annotations

from collections.abc import Sequence

from kroute.auth import authorization, escalation, groups, rbac, rolebindings
from kroute.coreapi import environment
from kroute.machinery import context, errors, gvk, objects

AGGREGATING = "must have cluster-admin privileges to use the aggregationRule"
LOOSE = ("ownerReferences", "finalizers", "managedFields")
STORES = {"Role": "roles", "ClusterRole": "clusterroles"}


class Granting:
    """Checks what is written, for one kind of role or binding; what goes through is written, the rest is Forbidden."""

    def __init__(self, resource: gvk.GroupResource, made_with: environment.Environment) -> None:
        self.resource, self._environment = resource, made_with

    async def check(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object | None) -> None:
        """Raises Forbidden, NotFound for a bound role that isn't there."""
        if groups.MASTERS in ctx.user.groups or (old is not None and only_owners_change(obj, old)):
            return
        if self.resource.resource in STORES.values():
            await self._check_role(ctx, obj, old)
        else:
            await self._check_binding(ctx, obj)

    async def _check_role(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object | None) -> None:
        info = ctx.info
        if await self._may(ctx, "escalate", info.group, info.resource, info.name, info.namespace):
            return
        self._confirm(ctx, obj, obj.get("rules") or ())
        if aggregates(obj) or aggregates(old):
            held = [rule.raw for _, rule in self._held(ctx).rules]
            if escalation.uncovered(held, authorization.EVERYTHING.rules):
                raise self._forbidden(obj, AGGREGATING)

    async def _check_binding(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        ref = obj.get("roleRef") or {}
        kind, name = ref.get("kind") or "", ref.get("name") or ""
        if kind in STORES:
            group = ref.get("apiGroup") or ""
            if await self._may(ctx, "bind", group, STORES[kind], name, ctx.namespace):
                return
        self._confirm(ctx, obj, await self._rules_of(ctx, kind, name))

    async def _rules_of(self, ctx: context.RequestContext, kind: str, name: str) -> Sequence[objects.Object]:
        """The rules of a bound role, as they are now."""
        at = self._environment.core(STORES[kind], rbac.GROUP) if kind in STORES else None
        if at is None:
            raise errors.Plain(rbac.not_found(rolebindings.RoleKey(kind, "", name)))
        # the resource of the request stands where the role's should: kube-apiserver has always said it so
        missing = errors.NotFound.of(gvk.GroupResource(rbac.GROUP, ctx.info.resource), name)
        key = f"{ctx.namespace}/{name}" if at.namespaced else name
        found = await at.latest(key) if name and (ctx.namespace or not at.namespaced) else None
        if found is None:
            raise missing
        rules: Sequence[objects.Object] = found.obj.get("rules") or ()
        return rules

    def _confirm(self, ctx: context.RequestContext, obj: objects.Object, wanted: Sequence[objects.Object]) -> None:
        held = self._held(ctx)
        failures = [rbac.not_found(role, ctx.info.resource) for role in held.missing]
        text = escalation.refusal(ctx.user, [rule.raw for _, rule in held.rules], wanted, rbac.aggregate(failures))
        if text:
            raise self._forbidden(obj, text)

    def _held(self, ctx: context.RequestContext) -> rbac.Held:
        return self._environment.options.roles.held(ctx.user, ctx.namespace)

    def _forbidden(self, obj: objects.Object, why: str) -> errors.Forbidden:
        return errors.Forbidden.of(self.resource, (obj.get("metadata") or {}).get("name") or "", why)

    async def _may(
        self, ctx: context.RequestContext, verb: str, group: str, resource: str, name: str, namespace: str
    ) -> bool:
        info = context.RequestInfo(
            path="",
            verb=verb,
            is_resource=True,
            group=group,
            version="*",
            namespace=namespace,
            resource=resource,
            name=name,
        )
        decision = await self._environment.options.authorizer.authorize(ctx.user, info)
        return decision.verdict is authorization.Verdict.ALLOW


def aggregates(role: objects.Object | None) -> bool:
    rule = (role or {}).get("aggregationRule") or {}
    return bool(rule.get("clusterRoleSelectors"))


def only_owners_change(obj: objects.Object, old: objects.Object) -> bool:
    """Whether nothing but owners and finalizers changes, as it does when an object is about to go."""

    def rest(whole: objects.Object) -> objects.Object:
        metadata = {key: value for key, value in whole["metadata"].items() if value and key not in LOOSE}
        return {**whole, "metadata": metadata}

    return rest(obj) == rest(old)
