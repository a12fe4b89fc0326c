"""The index of role bindings: who has which roles, by what, found without looking at anybody else's bindings.

Bindings are kept by subject and namespace.  A service account stands there as the user that its tokens are for.
Mirrors DefaultRuleResolver of `pkg/registry/rbac/validation` of `k8s.io/kubernetes`, which scans.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kroute.auth import policyrules
from kroute.machinery import context, goformat, objects

USER, GROUP, SERVICE_ACCOUNT = "User", "Group", "ServiceAccount"
ROLE, CLUSTER_ROLE = "Role", "ClusterRole"


class RoleKey(NamedTuple):
    """Which role; `namespace` is "" for a ClusterRole."""

    kind: str
    namespace: str
    name: str


class Subject(NamedTuple):
    """Whom a binding is for: `key` is how the index knows it, `shown` what messages call it."""

    key: tuple[str, str]
    shown: str


class Binding(NamedTuple):
    """A RoleBinding, or with namespace "" a ClusterRoleBinding."""

    namespace: str
    name: str
    role: RoleKey
    subjects: tuple[Subject, ...]


class Grant(NamedTuple):
    """A binding that applies to somebody, by its subject."""

    binding: Binding
    subject: Subject

    def __str__(self) -> str:
        quote, binding = goformat.quote, self.binding
        name = f"{binding.name}/{binding.namespace}" if binding.namespace else binding.name
        kind = "RoleBinding" if binding.namespace else "ClusterRoleBinding"
        return f"{kind} {quote(name)} of {binding.role.kind} {quote(binding.role.name)} to {self.subject.shown}"


class Index:
    """Roles and bindings as they are now."""

    def __init__(self) -> None:
        self.roles: dict[RoleKey, tuple[policyrules.Rule, ...]] = {}
        self._bindings: dict[tuple[str, str], Binding] = {}
        self._by_subject: dict[str, dict[tuple[str, str], dict[str, Binding]]] = {}

    def set_role(self, key: RoleKey, obj: objects.Object | None) -> None:
        """Take a role in, or with None take it out."""
        if obj is None:
            self.roles.pop(key, None)
        else:
            self.roles[key] = policyrules.compiled(obj.get("rules"))

    def set_binding(self, namespace: str, name: str, obj: objects.Object | None) -> None:
        """Take a binding in, or with None take it out."""
        old = self._bindings.pop((namespace, name), None)
        if old is not None:
            self._forget(old)
        if obj is None:
            return
        binding = self._bindings[namespace, name] = read(namespace, name, obj)
        here = self._by_subject.setdefault(namespace, {})
        for subject in binding.subjects:
            here.setdefault(subject.key, {})[name] = binding

    def clear_roles(self, kind: str) -> None:
        self.roles = {key: rules for key, rules in self.roles.items() if key.kind != kind}

    def clear_bindings(self, *, cluster: bool) -> None:
        for namespace, name in [key for key in self._bindings if (not key[0]) is cluster]:
            self.set_binding(namespace, name, None)

    def grants(self, user: context.User, namespace: str) -> Iterator[Grant]:
        """The bindings that apply to a user in a namespace: those of the cluster, then its own, sorted by name."""
        keys = {(USER, user.name), *((GROUP, group) for group in user.groups)}
        for where in ("", namespace) if namespace else ("",):
            here = self._by_subject.get(where)
            if not here:
                continue
            found: dict[str, Binding] = {}
            for key in keys:
                found.update(here.get(key, {}))
            for name in sorted(found):
                binding = found[name]
                yield Grant(binding, next(subject for subject in binding.subjects if subject.key in keys))

    def _forget(self, binding: Binding) -> None:
        here = self._by_subject[binding.namespace]
        for subject in binding.subjects:
            bound = here.get(subject.key)
            if bound is not None:
                bound.pop(binding.name, None)
                if not bound:
                    del here[subject.key]
        if not here:
            del self._by_subject[binding.namespace]


def read(namespace: str, name: str, obj: objects.Object) -> Binding:
    """A binding from its object."""
    subjects = (subject_of(each, namespace) for each in obj.get("subjects") or ())
    return Binding(namespace, name, role_key(obj.get("roleRef") or {}, namespace), tuple(filter(None, subjects)))


def role_key(ref: Mapping[str, str], namespace: str) -> RoleKey:
    """Which role a `roleRef` in a namespace ("" for the cluster) is to."""
    kind = ref.get("kind") or ""
    return RoleKey(kind, "" if kind == CLUSTER_ROLE else namespace, ref.get("name") or "")


def subject_of(obj: Mapping[str, str], namespace: str) -> Subject | None:
    """A subject of a binding in a namespace; None for one that is nobody."""
    kind, name = obj.get("kind") or "", obj.get("name") or ""
    if kind in (USER, GROUP):
        return Subject((kind, name), f"{kind} {goformat.quote(name)}")
    where = obj.get("namespace") or namespace
    if kind != SERVICE_ACCOUNT or not where:
        return None
    return Subject((USER, f"system:serviceaccount:{where}:{name}"), f"{kind} {goformat.quote(f'{name}/{where}')}")
