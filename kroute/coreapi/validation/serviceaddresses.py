"""The addresses of services: `clusterIP` and `clusterIPs`, `ipFamilies` and `ipFamilyPolicy`.

The allocator of addresses asks these rules too, before it works out what is left open.
Mirrors ValidateServiceClusterIPsRelatedFields of `pkg/apis/core/validation`, and what it checks of updates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kroute.coreapi import checks, networks
from kroute.machinery import fielderrors

Object = Mapping[str, Any]

NONE = "None"
EXTERNAL_NAME = "ExternalName"
SINGLE, PREFER, REQUIRE = "SingleStack", "PreferDualStack", "RequireDualStack"
POLICIES = (PREFER, REQUIRE, SINGLE)
IPS, FAMILIES, POLICY = "spec.clusterIPs", "spec.ipFamilies", "spec.ipFamilyPolicy"
FIXED = "may not change once set"


def addresses(obj: Object) -> Sequence[str]:
    return (obj.get("spec") or {}).get("clusterIPs") or ()


def families(obj: Object) -> Sequence[str]:
    return (obj.get("spec") or {}).get("ipFamilies") or ()


def policy(obj: Object) -> str | None:
    found: str | None = (obj.get("spec") or {}).get("ipFamilyPolicy")
    return found


def is_external_name(obj: Object) -> bool:
    return (obj.get("spec") or {}).get("type") == EXTERNAL_NAME


def is_headless(obj: Object) -> bool:
    """Whether a service has no address, as it was asked for."""
    return list(addresses(obj)) == [NONE]


def shown(values: Sequence[str]) -> list[str] | None:
    """A list as messages show it: null when it is empty."""
    return list(values) or None


def validate(obj: Object, old: Object | None = None) -> checks.Found:
    """How the fields fit together; `old` is what the service replaces."""
    if is_external_name(obj):
        return
    ips = addresses(obj)
    yield from validate_first(obj, ips)
    yield from validate_families(families(obj))
    yield from checks.optional_one_of(policy(obj), POLICIES, POLICY)
    wrong = list(validate_each(ips, () if old is None else addresses(old)))
    yield from wrong
    if len(ips) > 2:
        yield fielderrors.invalid(IPS, list(ips), "may only hold up to 2 values")
    if not wrong:
        yield from validate_against_families(obj, ips)


def validate_first(obj: Object, ips: Sequence[str]) -> checks.Found:
    """The single address is the first of all."""
    single = (obj.get("spec") or {}).get("clusterIP") or ""
    if single and not ips:
        yield fielderrors.required(IPS)
    elif single and ips[0] != single:
        yield fielderrors.invalid(IPS, list(ips), "first value must match `clusterIP`")
    elif ips and not single:
        yield fielderrors.invalid(IPS, list(ips), "must be empty when `clusterIP` is not specified")


def validate_families(found: Sequence[str]) -> checks.Found:
    for index, family in enumerate(found):
        yield from checks.one_of(family, networks.FAMILIES, f"{FAMILIES}[{index}]")
        if family in found[:index]:
            yield fielderrors.duplicate(f"{FAMILIES}[{index}]", family)


def validate_each(ips: Sequence[str], known: Sequence[str]) -> checks.Found:
    for index, ip in enumerate(ips):
        if index == 0 and ip == NONE:
            if len(ips) > 1:
                yield fielderrors.invalid(IPS, list(ips), "'None' must be the first and only value")
        else:
            yield from checks.ip_address(ip, f"{IPS}[{index}]", known=known)


def validate_against_families(obj: Object, ips: Sequence[str]) -> checks.Found:
    """One address a family, in the order of the families."""
    if len(ips) > 1 and len({networks.family(ip) for ip in ips}) < 2:
        yield fielderrors.invalid(IPS, list(ips), "may specify no more than one IP for each IP family")
    if is_headless(obj):
        return
    for index, (ip, family) in enumerate(zip(ips, families(obj), strict=False)):
        if family in networks.FAMILIES and networks.family(ip) != family:
            text = f"expected an {family} value as indicated by `ipFamilies[{index}]`"
            yield fielderrors.invalid(f"{IPS}[{index}]", ip, text)


def validate_update(obj: Object, old: Object) -> checks.Found:
    """Addresses and families stay, but for a second one, which may come and go."""
    if is_external_name(obj) or is_external_name(old):
        return
    headless, was_headless = is_headless(obj), is_headless(old)
    if not (headless and was_headless):
        yield from validate_kept_addresses(obj, old)
    if not headless and not was_headless:
        yield from validate_kept_families(obj, old)


def validate_kept_addresses(obj: Object, old: Object) -> checks.Found:
    ips, before = addresses(obj), addresses(old)
    if len(before) == len(ips):
        for index, ip in enumerate(before):
            if ip != ips[index]:
                yield fielderrors.invalid(f"{IPS}[{index}]", shown(ips), FIXED)
        return
    if before and not ips:
        yield fielderrors.invalid(f"{IPS}[0]", None, "primary clusterIP can not be unset")
    elif before and ips[0] != before[0]:
        yield fielderrors.invalid(f"{IPS}[0]", shown(ips), FIXED)
    if len(before) > len(ips) == 1 and policy(obj) != SINGLE:
        text = f"must be set to '{SINGLE}' when releasing the secondary clusterIP"
        yield fielderrors.invalid(POLICY, policy(obj), text)


def validate_kept_families(obj: Object, old: Object) -> checks.Found:
    found, before, ips = families(obj), families(old), addresses(obj)
    if len(before) == len(found):
        for family, other in zip(before, found, strict=True):
            if family != other:
                yield fielderrors.invalid(f"{FAMILIES}[0]", shown(found), FIXED)
        return
    if len(before) > len(found) and not ips:
        yield fielderrors.invalid(f"{FAMILIES}[0]", shown(found), "primary ipFamily can not be unset")
    if before and found and found[0] != before[0]:
        # it is the addresses that kube-apiserver shows here
        yield fielderrors.invalid(f"{FAMILIES}[0]", shown(ips), FIXED)
    if len(before) > len(found) == 1 and policy(obj) != SINGLE:
        text = f"must be set to '{SINGLE}' when releasing the secondary ipFamily"
        yield fielderrors.invalid(POLICY, policy(obj), text)
