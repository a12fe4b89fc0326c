"""The roles that every cluster begins with, and to whom they are bound: the table in `data/roles.json` as objects.

A rule is a line of the table: verbs, groups and resources, perhaps names, each separated by commas; `core` is the core
group, and `@` stands before URLs.  READ, WRITE and READWRITE are several verbs, EVENTS is the rule for events.  Each of
the controllers has a role of its own, bound to its service account.
The table is that of kube-apiserver 1.36, `plugin/pkg/auth/authorizer/rbac/bootstrappolicy` of `k8s.io/kubernetes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from kroute.machinery import objects

GROUP = "rbac.authorization.k8s.io"
AUTO_UPDATE = "rbac.authorization.kubernetes.io/autoupdate"
LABEL = {"kubernetes.io/bootstrapping": "rbac-defaults"}
AGGREGATE = "rbac.authorization.k8s.io/aggregate-to-"
CONTROLLER = "system:controller:"
VERBS = {
    "READ": "get,list,watch",
    "WRITE": "create,delete,deletecollection,patch,update",
    "READWRITE": "create,delete,deletecollection,get,list,patch,update,watch",
}
EVENTS = "create,patch,update core,events.k8s.io events"


@dataclass(frozen=True, slots=True)
class Policy:
    """All of them, in the order in which they are brought in."""

    cluster_roles: tuple[objects.Object, ...]
    cluster_role_bindings: tuple[objects.Object, ...]
    roles: tuple[objects.Object, ...]
    role_bindings: tuple[objects.Object, ...]

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Self:
        """The policy of a table."""
        own = {f"{CONTROLLER}{name}": lines for name, lines in table["controllers"].items()}
        accounts = {f"{CONTROLLER}{name}": [f"ServiceAccount kube-system/{name}"] for name in table["controllers"]}
        return cls(
            cluster_roles=(
                *(cluster_role(name, entry) for name, entry in table["clusterRoles"].items()),
                *(role("ClusterRole", name, lines) for name, lines in own.items()),
            ),
            cluster_role_bindings=tuple(
                binding("ClusterRoleBinding", name, "ClusterRole", name, subjects)
                for name, subjects in {**table["clusterRoleBindings"], **accounts}.items()
            ),
            roles=tuple(
                role("Role", name, lines, namespace=namespace)
                for namespace, entries in table["roles"].items()
                for name, lines in entries.items()
            ),
            role_bindings=tuple(
                binding("RoleBinding", name, "Role", entry["role"], entry["subjects"], namespace=namespace)
                for namespace, entries in table["roleBindings"].items()
                for name, entry in entries.items()
            ),
        )


def metadata(name: str, namespace: str = "", labels: Mapping[str, str] | None = None) -> objects.Object:
    where = {"namespace": namespace} if namespace else {}
    return {"name": name, **where, "labels": {**LABEL, **(labels or {})}, "annotations": {AUTO_UPDATE: "true"}}


def cluster_role(name: str, entry: Mapping[str, Any]) -> objects.Object:
    """A cluster role, which may be part of another one, or be made of others."""
    to, of = entry.get("aggregatesTo"), entry.get("aggregates")
    found = role("ClusterRole", name, entry.get("rules") or ())
    if to:
        found["metadata"]["labels"][f"{AGGREGATE}{to}"] = "true"
    if of:
        found["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": {f"{AGGREGATE}{of}": "true"}}]}
    return found


def role(kind: str, name: str, lines: Iterable[str], *, namespace: str = "") -> objects.Object:
    return {
        "kind": kind,
        "apiVersion": f"{GROUP}/v1",
        "metadata": metadata(name, namespace),
        "rules": list(map(rule, lines)) or None,
    }


def rule(line: str) -> objects.Object:
    """The rule of a line."""
    if line == "EVENTS":
        line = EVENTS
    verbs, where, what, *names = line.split(" ")
    found: objects.Object = {"verbs": VERBS.get(verbs, verbs).split(",")}
    if where == "@":
        return {**found, "nonResourceURLs": what.split(",")}
    groups = ["" if group == "core" else group for group in where.split(",")]
    found |= {"apiGroups": groups, "resources": what.split(",")}
    return {**found, "resourceNames": names[0].split(",")} if names else found


def binding(
    kind: str, name: str, role_kind: str, role_name: str, subjects: Iterable[str], *, namespace: str = ""
) -> objects.Object:
    return {
        "kind": kind,
        "apiVersion": f"{GROUP}/v1",
        "metadata": metadata(name, namespace),
        "subjects": list(map(subject, subjects)) or None,
        "roleRef": {"apiGroup": GROUP, "kind": role_kind, "name": role_name},
    }


def subject(text: str) -> objects.Object:
    kind, _, name = text.partition(" ")
    if kind != "ServiceAccount":
        return {"kind": kind, "apiGroup": GROUP, "name": name}
    namespace, _, name = name.partition("/")
    return {"kind": kind, "name": name, "namespace": namespace}


def objects_of(policy: Policy) -> Iterator[tuple[str, objects.Object]]:
    """Every object with the plural of its resource; bindings come after what they bind."""
    for plural, found in (
        ("clusterroles", policy.cluster_roles),
        ("clusterrolebindings", policy.cluster_role_bindings),
        ("roles", policy.roles),
        ("rolebindings", policy.role_bindings),
    ):
        for obj in found:
            yield plural, obj
