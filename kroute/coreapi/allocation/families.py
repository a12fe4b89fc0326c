"""The families of a service's addresses: what is left open is worked out, what can't be had is refused.

Mirrors initIPFamilyFields of `pkg/registry/core/service/storage/alloc.go`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kroute.coreapi import networks
from kroute.coreapi.validation import serviceaddresses
from kroute.machinery import errors, fielderrors, gvk, objects

SERVICE = gvk.GroupKind("", "Service")
SINGLE, PREFER, REQUIRE = serviceaddresses.SINGLE, serviceaddresses.PREFER, serviceaddresses.REQUIRE
NONE, POLICY = serviceaddresses.NONE, serviceaddresses.POLICY


def complete(obj: objects.Object, old: objects.Object | None, configured: Sequence[str]) -> None:
    """Set `ipFamilies` and `ipFamilyPolicy` of a service that may replace `old`, in place.

    `configured` are the families that there are addresses of, the default one first.  Raises Invalid."""
    if serviceaddresses.is_external_name(obj) or (old is not None and is_settled(obj, old)):
        return
    spec = obj["spec"]
    without_selector = spec.get("clusterIP") == NONE and not spec.get("selector")
    if spec.get("ipFamilyPolicy") is None:
        before = None if old is None else serviceaddresses.policy(old)
        spec["ipFamilyPolicy"] = before or (REQUIRE if without_selector else SINGLE)
    refuse(obj, serviceaddresses.validate(obj, old))
    refuse(obj, fit(obj, old, configured))
    if without_selector:
        families = spec.get("ipFamilies") or [configured[0]]
    else:
        refuse(obj, unavailable(obj, configured))
        families = spec.get("ipFamilies") or [configured[0]]
    wants_both = spec["ipFamilyPolicy"] != SINGLE and (without_selector or len(configured) == 2)
    if wants_both and len(families) == 1:
        families = [*families, other(families[0])]
    spec["ipFamilies"] = families


def refuse(obj: objects.Object, found: Iterator[fielderrors.FieldError]) -> None:
    problems = list(found)
    if problems:
        raise errors.Invalid.of(SERVICE, obj["metadata"].get("name") or "", problems)


def other(family: str) -> str:
    return networks.IPV6 if family == networks.IPV4 else networks.IPV4


def fit(obj: objects.Object, old: objects.Object | None, configured: Sequence[str]) -> Iterator[fielderrors.FieldError]:
    """Whether the policy fits the addresses and families; families that the addresses say are added."""
    spec = obj["spec"]
    policy = spec["ipFamilyPolicy"]
    if old is not None:
        if policy == SINGLE:
            reduce(spec, old["spec"])
        else:
            yield from reduced(spec, old["spec"])
    if policy == SINGLE:
        for field, what in (("clusterIPs", "cluster IPs"), ("ipFamilies", "IP families")):
            if len(spec.get(field) or ()) == 2:
                text = f"must be '{REQUIRE}' or '{PREFER}' when multiple {what} are specified"
                yield fielderrors.invalid(POLICY, policy, text)
    families = list(spec.get("ipFamilies") or ())
    for index, text in enumerate(spec.get("clusterIPs") or ()):
        if text == NONE:
            break
        if index < len(families):
            continue
        family = networks.family(text)
        if family in configured:
            families.append(family)
        else:
            why = f"{family} is not configured on this cluster"
            yield fielderrors.invalid(f"spec.clusterIPs[{index}]", spec["clusterIPs"], why)
    if families:
        spec["ipFamilies"] = families


def reduce(spec: objects.Object, old: objects.Object) -> None:
    """Who asks for a single family, and says no more, gives up the second one."""
    for field in ("clusterIPs", "ipFamilies"):
        values = spec.get(field) or []
        if len(values) > 1 and values == (old.get(field) or []):
            spec[field] = values[:1]


def reduced(spec: objects.Object, old: objects.Object) -> Iterator[fielderrors.FieldError]:
    """Who gives up the second one has to ask for a single family."""
    for field, what in (("clusterIPs", "cluster IP"), ("ipFamilies", "IP family")):
        if 0 < len(spec.get(field) or ()) < len(old.get(field) or ()):
            text = f"must be '{SINGLE}' to release the secondary {what}"
            yield fielderrors.invalid(POLICY, spec["ipFamilyPolicy"], text)


def unavailable(obj: objects.Object, configured: Sequence[str]) -> Iterator[fielderrors.FieldError]:
    """What this cluster can't do."""
    spec = obj["spec"]
    if spec["ipFamilyPolicy"] == REQUIRE and len(configured) < 2:
        yield fielderrors.invalid(POLICY, REQUIRE, "this cluster is not configured for dual-stack services")
    for index, family in enumerate(spec.get("ipFamilies") or ()):
        if family not in configured:
            yield fielderrors.invalid(f"spec.ipFamilies[{index}]", family, "not configured on this cluster")


def is_settled(obj: objects.Object, old: objects.Object) -> bool:
    """Whether a service that prefers two families stays as it is, even where the cluster has changed."""
    spec, before = obj["spec"], old["spec"]
    return bool(
        spec.get("ipFamilyPolicy") == PREFER
        and before.get("ipFamilyPolicy") in (PREFER, None)
        and spec.get("type") == before.get("type")
        and spec.get("type") in ("ClusterIP", "NodePort", "LoadBalancer")
        and (spec.get("clusterIPs") or []) == (before.get("clusterIPs") or [])
        and (spec.get("ipFamilies") or []) == (before.get("ipFamilies") or [])
    )
