"""Counting objects: what quotas know of every namespaced resource, as `count/NAME` and, for some, by the name alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from kroute.admission import attributes
from kroute.admission.plugins import resource_quota
from kroute.machinery import gvk, objects, quantity

ONE = quantity.parse("1")


class Counter:
    """The evaluator of a resource of which nothing more is known; `alias` is its own name in quotas."""

    def __init__(self, resource: gvk.GroupResource, *, alias: bool = False) -> None:
        self.names = frozenset({f"count/{resource}", *((resource.resource,) if alias else ())})

    def handles(self, found: attributes.Attributes) -> bool:
        return found.operation is attributes.Operation.CREATE and not found.subresource

    def counted(self, names: Iterable[str]) -> set[str]:
        return set(self.names.intersection(names))

    def fits(self, scope: resource_quota.Scope, obj: objects.Object) -> bool:
        """Nothing is in any scope."""
        return False

    def missing(self, names: Collection[str], obj: objects.Object) -> str:
        return ""

    def usage(self, obj: objects.Object) -> Mapping[str, quantity.Quantity]:
        return dict.fromkeys(self.names, ONE)
