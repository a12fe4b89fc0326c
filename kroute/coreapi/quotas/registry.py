"""Which evaluator each resource has."""

from __future__ import annotations

from kroute.admission.plugins import resource_quota
from kroute.coreapi.quotas import claims, counting, pods, services
from kroute.machinery import gvk

NAMED = ("configmaps", "replicationcontrollers", "resourcequotas", "secrets")
"""Resources that quotas have always known by their own names."""

IGNORED = frozenset({
    gvk.GroupResource("", "bindings"),
    gvk.GroupResource("", "events"),
    gvk.GroupResource("events.k8s.io", "events"),
    gvk.GroupResource("authorization.k8s.io", "localsubjectaccessreviews"),
})  # fmt: skip


class Evaluators:
    """The evaluators of all resources, made on first use."""

    def __init__(self) -> None:
        self._known: dict[gvk.GroupResource, resource_quota.Evaluator] = {
            gvk.GroupResource("", "pods"): pods.Pods(),
            gvk.GroupResource("", "services"): services.Services(),
            gvk.GroupResource("", "persistentvolumeclaims"): claims.Claims(),
        }

    def of(self, resource: gvk.GroupResource) -> resource_quota.Evaluator | None:
        """The evaluator of a resource; None for one that isn't counted."""
        if resource in IGNORED:
            return None
        found = self._known.get(resource)
        if found is None:
            alias = not resource.group and resource.resource in NAMED
            found = self._known[resource] = counting.Counter(resource, alias=alias)
        return found
