"""IPAddresses, each of which says who has an address of services, and ServiceCIDRs, where these addresses come from.

Mirrors ValidateIPAddress and ValidateServiceCIDR of `pkg/apis/networking/validation`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kroute.coreapi import checks, internals, networks
from kroute.coreapi.validation import references
from kroute.machinery import fielderrors, metavalidation

Object = Mapping[str, Any]
CIDRS = "spec.cidrs"
ONE_EACH = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"


def address_name(name: str, prefix: bool = False) -> list[str]:
    """The NameRule of IPAddresses: the address itself, in canonical form."""
    return networks.canonical_address(name)


def validate_address(obj: Object) -> checks.Found:
    parent, path = (obj.get("spec") or {}).get("parentRef"), "spec.parentRef"
    if parent is None:
        yield fielderrors.required(path)
    else:
        yield from references.validate_parent(parent, path)


def validate_address_update(obj: Object, old: Object) -> checks.Found:
    parent, before = ((each.get("spec") or {}).get("parentRef") or {} for each in (obj, old))
    if not checks.same_fields(parent, before):
        shown = internals.encode(parent, "networking.v1.ParentReference")
        yield fielderrors.invalid("spec.parentRef", shown, metavalidation.IMMUTABLE)


def ranges(obj: Object) -> Sequence[str]:
    return (obj.get("spec") or {}).get("cidrs") or ()


def validate_range(obj: Object) -> checks.Found:
    """A ServiceCIDR: a network of each family at most."""
    cidrs = ranges(obj)
    if not cidrs:
        yield fielderrors.required(CIDRS, "at least one CIDR required")
        return
    if len(cidrs) > 2:
        yield fielderrors.invalid(CIDRS, {"CIDRs": list(cidrs)}, "may only hold up to 2 values")
        return
    for index, cidr in enumerate(cidrs):
        yield from networks.canonical_network(cidr, f"{CIDRS}[{index}]")
    parsed = [found.network.version for found in map(networks.parse_network, cidrs) if found is not None]
    if len(parsed) == 2 and parsed[0] == parsed[1]:
        yield fielderrors.invalid(CIDRS, list(cidrs), ONE_EACH)


def validate_range_update(obj: Object, old: Object) -> checks.Found:
    """Networks stay as they are; one may get a second one beside it."""
    cidrs, before = ranges(obj), ranges(old)
    if len(before) == len(cidrs) or (len(before), len(cidrs)) == (1, 2):
        for index, (cidr, other) in enumerate(zip(cidrs, before, strict=False)):
            if cidr != other:
                yield fielderrors.invalid(f"{CIDRS}[{index}]", cidr, metavalidation.IMMUTABLE)
        if len(before) < len(cidrs):
            yield from validate_range(obj)
    else:
        yield fielderrors.invalid(CIDRS, list(cidrs) or None, metavalidation.IMMUTABLE)
