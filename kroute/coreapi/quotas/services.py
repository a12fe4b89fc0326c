"""What services use of a quota: node ports and load balancers.

Mirrors `pkg/quota/v1/evaluator/core/services.go`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kroute.admission import attributes
from kroute.coreapi.quotas import counting
from kroute.machinery import gvk, objects, quantity

NODE_PORTS, BALANCERS = "services.nodeports", "services.loadbalancers"


class Services(counting.Counter):
    def __init__(self) -> None:
        super().__init__(gvk.GroupResource("", "services"), alias=True)

    def handles(self, found: attributes.Attributes) -> bool:
        """Updates too: they may change the type."""
        return not found.subresource

    def counted(self, names: Iterable[str]) -> set[str]:
        return {name for name in names if name in self.names or name in (NODE_PORTS, BALANCERS)}

    def usage(self, obj: objects.Object) -> Mapping[str, quantity.Quantity]:
        spec = obj.get("spec") or {}
        ports, kind = spec.get("ports") or (), spec.get("type")
        count = 0
        if kind == "NodePort":
            count = len(ports)
        elif kind == "LoadBalancer":
            allocated = spec.get("allocateLoadBalancerNodePorts") is not False
            count = sum(1 for port in ports if allocated or port.get("nodePort"))
        balancers = 1 if kind == "LoadBalancer" else 0
        return {
            **super().usage(obj),
            NODE_PORTS: quantity.parse(str(count)),
            BALANCERS: quantity.parse(str(balancers)),
        }
