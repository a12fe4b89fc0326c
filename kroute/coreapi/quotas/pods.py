"""What pods use of a quota: what their containers ask for, as long as they have not ended.

Mirrors `pkg/quota/v1/evaluator/core/pods.go`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from kroute.admission import attributes
from kroute.admission.plugins import resource_quota
from kroute.coreapi import podresources, qos, resourcenames
from kroute.coreapi.quotas import counting
from kroute.machinery import gvk, objects, quantity

Amounts = dict[str, quantity.Quantity]

PODS, OBJECTS = "pods", "count/pods"
REQUESTED = ("cpu", "memory", "ephemeral-storage")
STANDARD = frozenset({
    PODS, OBJECTS, *REQUESTED, *(f"requests.{name}" for name in REQUESTED), *(f"limits.{name}" for name in REQUESTED),
})  # fmt: skip
DEMANDED = frozenset({"cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"})
"""What every container must say when there is a quota of it."""

ENDED = ("Succeeded", "Failed")
AFFINITY = ("requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution")


class Pods(counting.Counter):
    def __init__(self) -> None:
        super().__init__(gvk.GroupResource("", "pods"), alias=True)

    def handles(self, found: attributes.Attributes) -> bool:
        return super().handles(found) or found.subresource == "resize"

    def counted(self, names: Iterable[str]) -> set[str]:
        return {name for name in names if name in STANDARD or is_further(name)}

    def fits(self, scope: resource_quota.Scope, obj: objects.Object) -> bool:
        spec = obj.get("spec") or {}
        ending = (spec.get("activeDeadlineSeconds") or -1) >= 0 or spec.get("activeDeadlineSeconds") == 0
        match scope.name:
            case "Terminating":
                return ending
            case "NotTerminating":
                return not ending
            case "BestEffort":
                return qos.class_of(obj) == qos.BEST_EFFORT
            case "NotBestEffort":
                return qos.class_of(obj) != qos.BEST_EFFORT
            case "PriorityClass":
                return scope.takes(spec.get("priorityClassName") or "")
            case "CrossNamespacePodAffinity":
                return reaches_out(spec.get("affinity") or {})
        return False

    def missing(self, names: Collection[str], obj: objects.Object) -> str:
        spec = obj.get("spec") or {}
        lacking: dict[str, set[str]] = {}
        for container in (*(spec.get("containers") or ()), *(spec.get("initContainers") or ())):
            said = compute(podresources.amounts_of(container, "requests"), podresources.amounts_of(container, "limits"))
            for name in DEMANDED.intersection(names) - said.keys():
                lacking.setdefault(name, set()).add(container.get("name", ""))
        return "; ".join(f"{name} for: {','.join(sorted(lacking[name]))}" for name in sorted(lacking))

    def usage(self, obj: objects.Object) -> Mapping[str, quantity.Quantity]:
        found: Amounts = {OBJECTS: counting.ONE}
        if (obj.get("status") or {}).get("phase") in ENDED:
            return found
        spec = obj.get("spec") or {}
        wanted = compute(podresources.total(spec, "requests"), podresources.total(spec, "limits"))
        return {**found, PODS: counting.ONE, **wanted}


def is_further(name: str) -> bool:
    """Huge pages, and resources of others as quotas have them."""
    if name.startswith(("hugepages-", "requests.hugepages-")):
        return True
    return name.startswith("requests.") and resourcenames.is_extended(name.removeprefix("requests."))


def compute(requests: Amounts, limits: Amounts) -> Amounts:
    """Requests and limits by the names that quotas have for them."""
    found: Amounts = {}
    for name, amount in requests.items():
        if name in REQUESTED or resourcenames.is_huge_pages(name):
            found[name] = found[f"requests.{name}"] = amount
        elif resourcenames.is_extended(name):
            found[f"requests.{name}"] = amount
    for name in REQUESTED:
        if name in limits:
            found[f"limits.{name}"] = limits[name]
    return found


def reaches_out(affinity: Mapping[str, Any]) -> bool:
    """Whether the pod wants to be near, or far from, pods of other namespaces."""
    for kind in ("podAffinity", "podAntiAffinity"):
        for field in AFFINITY:
            for term in (affinity.get(kind) or {}).get(field) or ():
                inner = term.get("podAffinityTerm") or term
                if inner.get("namespaces") or inner.get("namespaceSelector") is not None:
                    return True
    return False
