"""Policy rules, as roles hold them: what may be done with which resources, or with which URLs.

A rule is compiled once, when its role is read, so that asking it looks into sets.
Mirrors `pkg/apis/rbac/v1/evaluation_helpers.go` of `k8s.io/kubernetes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kroute.machinery import context, objects

ALL = "*"


class Rule:
    """One rule; `raw` is the object that it was read from."""

    __slots__ = (
        "_any_group",
        "_any_resource",
        "_any_url",
        "_any_verb",
        "_groups",
        "_names",
        "_prefixes",
        "_resources",
        "_urls",
        "_verbs",
        "raw",
    )

    def __init__(self, raw: objects.Object) -> None:
        self.raw = raw
        self._verbs, self._any_verb = of(raw, "verbs")
        self._groups, self._any_group = of(raw, "apiGroups")
        self._resources, self._any_resource = of(raw, "resources")
        self._urls, self._any_url = of(raw, "nonResourceURLs")
        self._names = frozenset(texts(raw, "resourceNames"))
        self._prefixes = tuple(url.rstrip("*") for url in self._urls if url.endswith("*"))

    @property
    def named(self) -> bool:
        """Whether it is for chosen objects alone."""
        return bool(self._names)

    def allows(self, info: context.RequestInfo) -> bool:
        """Whether the rule allows a request."""
        if not (self._any_verb or info.verb in self._verbs):
            return False
        if not info.is_resource:
            path = info.path
            return self._any_url or path in self._urls or path.startswith(self._prefixes)
        if not (self._any_group or info.group in self._groups):
            return False
        if self._names and info.name not in self._names:
            return False
        if self._any_resource:
            return True
        if not info.subresource:
            return info.resource in self._resources
        resources = self._resources
        return f"{info.resource}/{info.subresource}" in resources or f"*/{info.subresource}" in resources


def of(raw: objects.Object, field: str) -> tuple[frozenset[str], bool]:
    """The values of a field, and whether they are all values."""
    found = frozenset(texts(raw, field))
    return found, ALL in found


def texts(raw: objects.Object, field: str) -> Sequence[str]:
    found: Any = raw.get(field)
    return found or ()


def compiled(rules: Iterable[objects.Object] | None) -> tuple[Rule, ...]:
    return tuple(map(Rule, rules or ()))
