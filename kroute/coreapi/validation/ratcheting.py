"""Options for updates of pods and templates: what the old object has, the new one may keep, though it is refused now.

Mirrors GetValidationOptionsFromPodSpecAndMeta of `pkg/api/pod`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import options, podannotations, resources, security
from kroute.machinery import labelselector, names

Object = Mapping[str, Any]
REQUIRED, PREFERRED = (f"{kind}DuringSchedulingIgnoredDuringExecution" for kind in ("required", "preferred"))


def for_update(old: Object | None, *, is_pod: bool = False) -> options.Options:
    """Options for the successor of `old`, a pod or template, or for a new one if there is none."""
    if old is None:
        return options.POD if is_pod else options.TEMPLATE
    spec = old.get("spec") or {}
    affinity = spec.get("affinity") or {}
    return options.Options(
        is_pod=is_pod,
        allow_deletion_cost=any(podannotations.validate_deletion_cost(podannotations.of(old), "")),
        allow_host_sysctls=any(security.host_sysctls(spec)),
        allow_huge_page_fractions=any(huge_page_fractions(spec)),
        allow_node_affinity_values=bool(affinity) and any(bad_node_values(affinity)),
        allow_selector_values=bool(affinity) and any(bad(pod_selectors(affinity))),
        allow_spread_selectors=any(
            bad(constraint.get("labelSelector") for constraint in spec.get("topologySpreadConstraints") or ())
        ),
        allow_token_paths=any(bad_token_paths(spec)),
    )


def bad(selectors: Iterable[Object | None]) -> Iterator[bool]:
    """One True for each fault of the selectors."""
    for selector in selectors:
        for _ in labelselector.validate(selector, ""):
            yield True


def pod_selectors(affinity: Object) -> Iterator[Object | None]:
    """The label selectors of affinity to pods."""
    for kind in ("podAffinity", "podAntiAffinity"):
        rules = affinity.get(kind) or {}
        terms = list(rules.get(REQUIRED) or ())
        terms += [weighted.get("podAffinityTerm") or {} for weighted in rules.get(PREFERRED) or ()]
        for term in terms:
            yield term.get("labelSelector")


def bad_node_values(affinity: Object) -> Iterator[bool]:
    required = (affinity.get("nodeAffinity") or {}).get(REQUIRED) or {}
    for term in required.get("nodeSelectorTerms") or ():
        for expression in term.get("matchExpressions") or ():
            for value in expression.get("values") or ():
                if names.label_value(value):
                    yield True


def huge_page_fractions(spec: Object) -> Iterator[bool]:
    for kind in ("containers", "initContainers"):
        for container in spec.get(kind) or ():
            for amounts in (container.get("resources") or {}).values():
                if isinstance(amounts, dict):
                    yield from (True for item in amounts.items() if resources.is_huge_page_fraction(*item))


def bad_token_paths(spec: Object) -> Iterator[bool]:
    for volume in spec.get("volumes") or ():
        for source in (volume.get("projected") or {}).get("sources") or ():
            token = source.get("serviceAccountToken")
            if token is not None and any(checks.file_below(token.get("path") or "", "")):
                yield True
