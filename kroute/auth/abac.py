"""Attribute-based access control: policies of a file, one JSON object a line.

Mirrors `pkg/auth/authorizer/abac` of `k8s.io/kubernetes`; policies are of `abac.authorization.kubernetes.io/v1beta1`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from kroute.auth import authorization, groups
from kroute.machinery import context, objects

VERSION = "abac.authorization.kubernetes.io/v1beta1"
READING = ("get", "list", "watch")
ALL = "*"


class Policy(NamedTuple):
    """Whom it is for and what it allows; "" in `user` or `group` asks for nothing, but one of them must ask."""

    user: str = ""
    group: str = ""
    read_only: bool = False
    namespace: str = ""
    resource: str = ""
    api_group: str = ""
    path: str = ""

    def is_for(self, user: context.User) -> bool:
        if not self.user and not self.group:
            return False
        if self.user not in ("", ALL, user.name):
            return False
        return self.group in ("", ALL) or self.group in user.groups

    def allows(self, info: context.RequestInfo) -> bool:
        if self.read_only and info.verb not in READING:
            return False
        if not info.is_resource:
            return path_matches(self.path, info.path)
        wanted = ((self.namespace, info.namespace), (self.resource, info.resource), (self.api_group, info.group))
        return all(own in (ALL, asked) for own, asked in wanted)


def path_matches(own: str, path: str) -> bool:
    return own in (ALL, path) or (own.endswith(ALL) and path.startswith(own.rstrip(ALL)))


class Policies:
    """The authorizer: what any policy allows is allowed."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        self._policies = tuple(policies)

    async def authorize(self, user: context.User, info: context.RequestInfo) -> authorization.Decision:
        if any(policy.is_for(user) and policy.allows(info) for policy in self._policies):
            return authorization.ALLOWED
        return authorization.Decision(authorization.Verdict.NO_OPINION, "No policy matched.")

    async def rules_for(self, user: context.User, namespace: str) -> authorization.Rules:
        found: list[objects.Object] = []
        for policy in self._policies:
            if not policy.is_for(user) or policy.namespace not in (ALL, namespace):
                continue
            verbs = list(READING) if policy.read_only else [ALL]
            if policy.resource:
                found.append({"verbs": verbs, "apiGroups": [policy.api_group], "resources": [policy.resource]})
            if policy.path:
                found.append({"verbs": verbs, "nonResourceURLs": [policy.path]})
        return authorization.Rules(found)


def read_file(path: Path) -> Policies:
    """The policies of a file.  Raises OSError, and ValueError for what isn't one."""
    found: list[Policy] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            found += read(orjson.loads(line))
        except ValueError as error:
            raise ValueError(f"error reading policy file {path}, line {number}: {error}") from error
    return Policies(found)


def read(document: Any) -> Iterable[Policy]:
    """The policies that one line means.  Raises ValueError."""
    if not isinstance(document, dict):
        raise ValueError("no JSON object")
    if "apiVersion" not in document and "kind" not in document:
        return unversioned(document)
    if document.get("apiVersion") != VERSION or document.get("kind") != "Policy":
        raise ValueError(f"no Policy of {VERSION}")
    spec = document.get("spec") or {}
    return (policy(spec, "apiGroup", "nonResourcePath"),)


def policy(spec: objects.Object, api_group: str, path: str) -> Policy:
    """Raises ValueError for values of the wrong type."""
    read_only = spec.get("readonly") or False
    texts = [spec.get(field) or "" for field in ("user", "group", "namespace", "resource", api_group, path)]
    if not isinstance(read_only, bool) or not all(isinstance(text, str) for text in texts):
        raise ValueError("fields are texts, readonly is true or false")
    user, group, namespace, resource, own_group, own_path = texts
    return Policy(user, group, read_only, namespace, resource, own_group, own_path)


def unversioned(document: objects.Object) -> Iterable[Policy]:
    """The older form: without a subject for all who are known, and what is left open is everything."""
    found = policy(document, "", "")
    if ALL in (found.user, found.group) or not (found.user or found.group):
        found = found._replace(user="", group=groups.AUTHENTICATED)
    everything = not found.namespace and not found.resource
    found = found._replace(namespace=found.namespace or ALL, resource=found.resource or ALL, api_group=ALL)
    return (found._replace(path=ALL) if everything else found,)
