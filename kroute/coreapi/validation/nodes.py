"""Nodes: their taints, ranges and resources.  Mirrors ValidateNode of `pkg/apis/core/validation`."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from kroute.coreapi import checks, internals
from kroute.coreapi.validation import resources
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
TAINTS, RANGES = "metadata.taints", "spec.podCIDRs"
BAD_RANGE = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
ONE_EACH = "may specify no more than one CIDR for each IP family"
RANGES_FIXED = 'node updates may not change podCIDR except from "" to valid'
PROVIDER_FIXED = 'node updates may not change providerID except from "" to valid'


def validate(obj: Object) -> checks.Found:
    spec = obj.get("spec") or {}
    yield from validate_taints(spec.get("taints") or ())
    yield from validate_resources(obj)
    yield from validate_ranges(spec.get("podCIDRs") or ())


def validate_taints(taints: Sequence[Object]) -> checks.Found:
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(taints):
        path, effect = f"{TAINTS}[{index}]", taint.get("effect") or ""
        yield from checks.label_name(taint.get("key") or "", f"{path}.key")
        wrong = names.label_value(taint.get("value") or "")
        if wrong:
            yield fielderrors.invalid(f"{path}.value", taint["value"], ";".join(wrong))
        yield from checks.required_one_of(effect, EFFECTS, f"{path}.effect")
        pair = (effect, taint.get("key") or "")
        if pair in seen:
            error = fielderrors.duplicate(path, internals.encode(taint, "core.v1.Taint"))
            error.detail = "taints must be unique by key and effect pair"
            yield error
        seen.add(pair)


def validate_resources(obj: Object) -> checks.Found:
    status = obj.get("status") or {}
    for field in ("capacity", "allocatable"):
        for name, text in (status.get(field) or {}).items():
            yield from resources.validate_value(name, text, f"status.{field}.{name}")


def validate_ranges(ranges: Sequence[str]) -> checks.Found:
    versions = []
    for index, text in enumerate(ranges):
        version = version_of(text)
        if not version:
            yield fielderrors.invalid(f"{RANGES}[{index}]", text, BAD_RANGE)
        versions.append(version)
    if len(ranges) > 1 and all(versions) and (len(ranges) > 2 or versions[0] == versions[1]):
        yield fielderrors.invalid(RANGES, list(ranges), ONE_EACH)


def version_of(text: str) -> int:
    """The IP version of a range; 0 for what is none."""
    if "/" not in text:
        return 0
    try:
        return ipaddress.ip_network(text, strict=False).version
    except ValueError:
        return 0


def validate_update(obj: Object, old: Object) -> checks.Found:
    yield from validate(obj)
    yield from validate_status_update(obj, old)


def validate_status_update(obj: Object, old: Object) -> checks.Found:
    """What holds for updates of the status as well."""
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    yield from validate_resources(obj)
    yield from validate_addresses((obj.get("status") or {}).get("addresses") or ())
    if before.get("podCIDRs") and spec.get("podCIDRs") != before["podCIDRs"]:
        yield fielderrors.forbidden(RANGES, RANGES_FIXED)
    if before.get("providerID") and spec.get("providerID") != before["providerID"]:
        yield fielderrors.forbidden("spec.providerID", PROVIDER_FIXED)
    yield from validate_taints(spec.get("taints") or ())
    if (spec.get("externalID") or "") != (before.get("externalID") or ""):
        yield fielderrors.forbidden("spec.externalID", "may not be updated")


def validate_addresses(addresses: Sequence[Object]) -> checks.Found:
    seen = set()
    for index, address in enumerate(addresses):
        pair = (address.get("type") or "", address.get("address") or "")
        if pair in seen:
            yield fielderrors.duplicate(f"status.addresses[{index}]", {"Type": pair[0], "Address": pair[1]})
        seen.add(pair)
