"""Selectors of a pod's affinities and constraints that are to match pods with, or without, some of its own labels.

What `matchLabelKeys` and `mismatchLabelKeys` name is put into the selectors once, when the pod is created.
Mirrors mutatePodAffinity and mutateTopologySpreadConstraints of `pkg/registry/core/pod`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kroute.machinery import objects

AFFINITIES = ("podAffinity", "podAntiAffinity")
OPERATORS = (("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn"))


def complete(spec: objects.Object, labels: Mapping[str, str]) -> None:
    """Put a pod's labels into the selectors of its spec that ask for them."""
    for term in terms(spec):
        selector = term.get("labelSelector")
        if selector is None:
            continue
        asked = [
            {"key": key, "operator": operator, "values": [labels[key]]}
            for field, operator in OPERATORS
            for key in term.get(field) or ()
            if key in labels
        ]
        if asked:
            selector["matchExpressions"] = [*(selector.get("matchExpressions") or ()), *asked]


def terms(spec: objects.Object) -> Iterator[objects.Object]:
    """Everything that has such selectors."""
    affinity = spec.get("affinity") or {}
    for kind in AFFINITIES:
        found = affinity.get(kind) or {}
        for weighted in found.get("preferredDuringSchedulingIgnoredDuringExecution") or ():
            if weighted.get("podAffinityTerm") is not None:
                yield weighted["podAffinityTerm"]
        yield from found.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
    yield from spec.get("topologySpreadConstraints") or ()
