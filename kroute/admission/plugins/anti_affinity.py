"""LimitPodHardAntiAffinityTopology: pods keep others off their node, but not off a whole zone.  Not on by default.

Mirrors `k8s.io/kubernetes/plugin/pkg/admission/antiaffinity`.
"""

from __future__ import annotations

from kroute.admission import attributes
from kroute.machinery import errors, gvk

PODS = gvk.GroupResource("", "pods")
HOSTNAME = "kubernetes.io/hostname"


class LimitPodHardAntiAffinityTopology:
    operations = (attributes.Operation.CREATE, attributes.Operation.UPDATE)
    resources = (PODS,)

    async def validate(self, found: attributes.Attributes) -> None:
        """Raises Forbidden."""
        if found.subresource:
            return
        affinity = ((found.obj or {}).get("spec") or {}).get("affinity") or {}
        terms = (affinity.get("podAntiAffinity") or {}).get("requiredDuringSchedulingIgnoredDuringExecution") or ()
        for term in terms:
            key = term.get("topologyKey") or ""
            if key != HOSTNAME:
                what = "affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey"
                raise errors.Forbidden.of(PODS, found.name, f"{what} {key} but only key {HOSTNAME} is allowed")
