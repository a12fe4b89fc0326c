"""Which requests a FlowSchema is about.

Mirrors `k8s.io/apiserver/pkg/util/flowcontrol/rule.go`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kroute.machinery import context

ALL = "*"
ACCOUNT = "system:serviceaccount:"


class Names:
    """A set of names, or all."""

    __slots__ = ("_all", "_names")

    def __init__(self, names: Sequence[str] | None) -> None:
        self._names = frozenset(names or ())
        self._all = list(names or ()) == [ALL]

    def __contains__(self, name: str) -> bool:
        return self._all or name in self._names


class ResourceRule:
    __slots__ = ("_cluster", "_groups", "_namespaces", "_resources", "_verbs")

    def __init__(self, rule: Mapping[str, Any]) -> None:
        self._verbs, self._groups = Names(rule.get("verbs")), Names(rule.get("apiGroups"))
        self._resources, self._namespaces = Names(rule.get("resources")), Names(rule.get("namespaces"))
        self._cluster = bool(rule.get("clusterScope"))

    def match(self, info: context.RequestInfo) -> bool:
        whole = f"{info.resource}/{info.subresource}" if info.subresource else info.resource
        if info.verb not in self._verbs or whole not in self._resources or info.group not in self._groups:
            return False
        return info.namespace in self._namespaces if info.namespace else self._cluster


class PathRule:
    __slots__ = ("_paths", "_starts", "_verbs")

    def __init__(self, rule: Mapping[str, Any]) -> None:
        self._verbs = Names(rule.get("verbs"))
        self._paths: Sequence[str] = rule.get("nonResourceURLs") or ()
        starts = (path.removesuffix(ALL) for path in self._paths)
        self._starts = tuple(start if start.endswith("/") else f"{start}/" for start in starts)

    def match(self, info: context.RequestInfo) -> bool:
        if info.verb not in self._verbs:
            return False
        return ALL in self._paths or info.path in self._paths or info.path.startswith(self._starts)


class Subject:
    __slots__ = ("_group", "_start", "_user")

    def __init__(self, subject: Mapping[str, Any]) -> None:
        kind = subject.get("kind")
        self._user = (subject.get("user") or {}).get("name", "") if kind == "User" else ""
        self._group = (subject.get("group") or {}).get("name", "") if kind == "Group" else ""
        self._start = ""
        if kind == "ServiceAccount":
            account = subject.get("serviceAccount") or {}
            namespace, name = account.get("namespace", ""), account.get("name", "")
            if name == ALL:
                self._start = f"{ACCOUNT}{namespace}:"
            else:
                self._user = f"{ACCOUNT}{namespace}:{name}"

    def match(self, user: context.User) -> bool:
        if self._user:
            return self._user in (ALL, user.name)
        if self._group:
            return self._group == ALL or self._group in user.groups
        return bool(self._start) and user.name.startswith(self._start)


class Rule:
    """Subjects, and what they ask for."""

    __slots__ = ("_paths", "_resources", "_subjects")

    def __init__(self, rule: Mapping[str, Any]) -> None:
        self._subjects = [Subject(each) for each in rule.get("subjects") or ()]
        self._resources = [ResourceRule(each) for each in rule.get("resourceRules") or ()]
        self._paths = [PathRule(each) for each in rule.get("nonResourceRules") or ()]

    def match(self, user: context.User, info: context.RequestInfo) -> bool:
        if not any(each.match(user) for each in self._subjects):
            return False
        wanted: Iterable[ResourceRule | PathRule] = self._resources if info.is_resource else self._paths
        return any(each.match(info) for each in wanted)
