"""Rules of webhooks and policies: which operations on which resources they are for.

Mirrors `plugin/webhook/predicates` of `k8s.io/apiserver/pkg/admission`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from kroute.admission import attributes
from kroute.machinery import gvk, labels, objects
from kroute.storage import lookups

CONFIGURATIONS = frozenset({
    "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding",
})  # fmt: skip
"""Kinds that no webhook and no policy is asked about, so that nobody locks himself out."""

GROUP = "admissionregistration.k8s.io"
NAMESPACES = gvk.GroupResource("", "namespaces")
Names = frozenset[str] | None
"""None: all of them."""


class Rule(NamedTuple):
    groups: Names
    versions: Names
    operations: Names
    resources: Sequence[tuple[str, str]]
    scope: str
    names: frozenset[str] = frozenset()
    """Of the objects; empty for all."""

    def covers(self, found: attributes.Attributes, resource: gvk.GroupVersionResource) -> bool:
        """Whether the rule is for a request, as if it had come for this resource; whatever the object's name."""
        return (
            (self.operations is None or found.operation in self.operations)
            and (self.groups is None or resource.group in self.groups)
            and (self.versions is None or resource.version in self.versions)
            and any(
                name in ("*", resource.resource) and sub in ("*", found.subresource) for name, sub in self.resources
            )
            and (self.scope == "*" or (self.scope == "Namespaced") == in_namespace(found, resource))
        )

    def covers_name(self, name: str) -> bool:
        return not self.names or name in self.names


def of(given: Mapping[str, Any]) -> Rule:
    """A rule as objects have it."""
    return Rule(
        groups=names(given.get("apiGroups")),
        versions=names(given.get("apiVersions")),
        operations=names(given.get("operations")),
        resources=[split(each) for each in given.get("resources") or ()],
        scope=given.get("scope") or "*",
        names=frozenset(given.get("resourceNames") or ()),
    )


def names(listed: Sequence[str] | None) -> Names:
    found = frozenset(listed or ())
    return None if "*" in found else found


def split(name: str) -> tuple[str, str]:
    resource, _, subresource = name.partition("/")
    return resource, subresource


def in_namespace(found: attributes.Attributes, resource: gvk.GroupVersionResource) -> bool:
    return bool(found.namespace) and resource.group_resource != NAMESPACES


def is_exempt(found: attributes.Attributes) -> bool:
    """Whether the request is about webhooks and policies themselves."""
    return found.kind.group == GROUP and found.kind.kind in CONFIGURATIONS


class Selecting:
    """Whether the labels of objects and of their namespaces are those that are asked for."""

    def __init__(self, namespaces: lookups.Lookup | None) -> None:
        self._namespaces = namespaces

    async def namespace(self, found: attributes.Attributes) -> objects.Object | None:
        """The namespace of a request; None for one that is in none."""
        if found.resource.group_resource == NAMESPACES:
            return found.obj if found.obj is not None else found.old
        if not found.namespace or self._namespaces is None:
            return None
        return await self._namespaces.find(found.namespace)

    async def in_namespace(self, selector: labels.Selector, found: attributes.Attributes) -> bool:
        """Whether the namespace of the object, or the namespace that it is, is selected."""
        if selector.everything or (not found.namespace and found.resource.resource != "namespaces"):
            return True
        namespace = await self.namespace(found)
        return namespace is not None and matches(selector, namespace)

    @staticmethod
    def obj(selector: labels.Selector, found: attributes.Attributes) -> bool:
        """Whether the object is selected, as it was or as it is to be."""
        if selector.everything:
            return True
        return any(each is not None and matches(selector, each) for each in (found.obj, found.old))


def matches(selector: labels.Selector, obj: objects.Object) -> bool:
    return selector.matches((obj.get("metadata") or {}).get("labels") or {})
