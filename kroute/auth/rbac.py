"""Role-based access control: may a user do this by the roles that are bound to them?

The authorizer is there before the store is open, and gets to know roles and bindings when it is attached to their
watch caches.  Until then nobody has a role.  A check looks at the user's own bindings alone, and what was found is
remembered until a role or a binding changes.
Mirrors `plugin/pkg/auth/authorizer/rbac` of `k8s.io/kubernetes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from kroute.auth import authorization, policyrules, rolebindings
from kroute.machinery import context, goformat, objects
from kroute.storage import following

GROUP = "rbac.authorization.k8s.io"
REMEMBERED, DECISIONS, LONGEST = 1024, 512, 256
"""How many users are remembered, and for each how many decisions; a longer path isn't."""

Memo: TypeAlias = dict[tuple[str, ...], authorization.Decision]


class Held(NamedTuple):
    """What a user holds in a namespace.

    `rules` come with the grant that they are by, `missing` are bound roles that aren't there.
    `named`: whether any rule is for chosen objects, so that names matter.  `memo` has decisions by attributes."""

    rules: Sequence[tuple[rolebindings.Grant, policyrules.Rule]]
    missing: Sequence[rolebindings.RoleKey]
    named: bool
    memo: Memo


class RBAC:
    """The authorizer, and for those who grant roles what is held and what roles hold."""

    def __init__(self) -> None:
        self._index = rolebindings.Index()
        self._sources: tuple[tuple[str, following.Follower], ...] = ()
        self._known: dict[tuple[str, tuple[str, ...], str], Held] = {}

    def attach(self, stores: authorization.Stores) -> None:
        """Follow the roles and bindings of these stores from now on."""
        for _, follower in self._sources:
            follower.close()
        self._index, self._known = rolebindings.Index(), {}
        found = []
        for plural in ("clusterroles", "roles", "clusterrolebindings", "rolebindings"):
            at = stores(plural, GROUP)
            if at is not None:
                found.append((plural, following.Follower(at)))
        self._sources = tuple(found)

    async def authorize(self, user: context.User, info: context.RequestInfo) -> authorization.Decision:
        return self.decide(user, info)

    def decide(self, user: context.User, info: context.RequestInfo) -> authorization.Decision:
        """What `authorize` says, without waiting: it never does."""
        held = self.held(user, info.namespace if info.is_resource else "")
        if info.is_resource:
            name = info.name if held.named else ""
            key: tuple[str, ...] = (info.verb, info.group, info.resource, info.subresource, name)
        else:
            key = (info.verb, info.path)
        decision = held.memo.get(key)
        if decision is None:
            decision = judge(held, info)
            if len(key[-1]) <= LONGEST:
                if len(held.memo) >= DECISIONS:
                    held.memo.clear()
                held.memo[key] = decision
        return decision

    def held(self, user: context.User, namespace: str) -> Held:
        """What the user holds in a namespace, "" for the cluster."""
        self._refresh()
        key = (user.name, user.groups, namespace)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            found = self._known[key] = self._look_up(user, namespace)
        return found

    async def rules_for(self, user: context.User, namespace: str) -> authorization.Rules:
        held = self.held(user, namespace)
        return authorization.Rules([rule.raw for _, rule in held.rules], error=aggregate(map(not_found, held.missing)))

    def role(self, ref: objects.Object, namespace: str) -> Sequence[policyrules.Rule] | None:
        """The rules of the role that a `roleRef` in a namespace is to; None when it isn't there."""
        self._refresh()
        return self._index.roles.get(rolebindings.role_key(ref, namespace))

    def _look_up(self, user: context.User, namespace: str) -> Held:
        rules: list[tuple[rolebindings.Grant, policyrules.Rule]] = []
        missing: list[rolebindings.RoleKey] = []
        for grant in self._index.grants(user, namespace):
            found = self._index.roles.get(grant.binding.role)
            if found is None:
                missing.append(grant.binding.role)
            else:
                rules += [(grant, rule) for rule in found]
        return Held(rules, missing, any(rule.named for _, rule in rules), {})

    def _refresh(self) -> None:
        for plural, follower in self._sources:
            news = follower.news()
            if news is None:
                continue
            if news.anew:
                self._known.clear()
                self._clear(plural)
            if news.changes:
                self._known.clear()
                for key, obj in news.changes:
                    self._take(plural, key, obj)

    def _clear(self, plural: str) -> None:
        if plural.endswith("roles"):
            self._index.clear_roles(rolebindings.ROLE if plural == "roles" else rolebindings.CLUSTER_ROLE)
        else:
            self._index.clear_bindings(cluster=plural.startswith("cluster"))

    def _take(self, plural: str, key: str, obj: objects.Object | None) -> None:
        namespace, _, name = key.rpartition("/")
        if plural == "roles":
            self._index.set_role(rolebindings.RoleKey(rolebindings.ROLE, namespace, name), obj)
        elif plural == "clusterroles":
            self._index.set_role(rolebindings.RoleKey(rolebindings.CLUSTER_ROLE, "", name), obj)
        else:
            self._index.set_binding(namespace, name, obj)


def judge(held: Held, info: context.RequestInfo) -> authorization.Decision:
    """The first rule that allows decides."""
    for grant, rule in held.rules:
        if rule.allows(info):
            return authorization.Decision(authorization.Verdict.ALLOW, f"RBAC: allowed by {grant}")
    reason = f"RBAC: {aggregate(map(not_found, held.missing))}" if held.missing else ""
    return authorization.Decision(authorization.Verdict.NO_OPINION, reason)


def not_found(role: rolebindings.RoleKey, resource: str = "") -> str:
    """What to say of a role that isn't there; `resource` is what the request was for, where that is said instead."""
    if role.kind not in (rolebindings.ROLE, rolebindings.CLUSTER_ROLE):
        return f"unsupported role reference kind: {goformat.quote(role.kind)}"
    return f"{resource or role.kind.lower()}.{GROUP} {goformat.quote(role.name)} not found"


def aggregate(errors: Iterable[str]) -> str:
    """Several errors as one text, each told once."""
    found = list(dict.fromkeys(errors))
    return found[0] if len(found) == 1 else f"[{', '.join(found)}]" if found else ""
