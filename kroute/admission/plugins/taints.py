"""TaintNodesByCondition: a new node takes no pods before it is known to be ready.

Mirrors `k8s.io/kubernetes/plugin/pkg/admission/nodetaint`.
"""

from __future__ import annotations

from kroute.admission import attributes
from kroute.machinery import gvk

NODES = gvk.GroupResource("", "nodes")
NOT_READY = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}


class TaintNodesByCondition:
    operations = (attributes.Operation.CREATE,)
    resources = (NODES,)

    async def admit(self, found: attributes.Attributes) -> None:
        if found.subresource:
            return
        assert found.obj is not None
        spec = found.obj.setdefault("spec", {})
        taints = spec.get("taints") or []
        known = {(each.get("key"), each.get("effect")) for each in taints}
        if (NOT_READY["key"], NOT_READY["effect"]) not in known:
            spec["taints"] = [*taints, dict(NOT_READY)]
