"""Endpoints: where a service is found, as the older of the two kinds says it.

Mirrors ValidateEndpoints of `pkg/apis/core/validation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kroute.coreapi import checks, networks
from kroute.coreapi.validation import services
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]
MANAGED_BY, CONTROLLER = "endpoints.kubernetes.io/managed-by", "endpoint-controller"
KINDS = ("addresses", "notReadyAddresses")
NO_ADDRESSES = "must specify `addresses` or `notReadyAddresses`"


def validate(obj: Object) -> checks.Found:
    for index, subset in enumerate(obj.get("subsets") or ()):
        yield from validate_subset(subset, f"subsets[{index}]")


def validate_update(obj: Object, old: Object) -> checks.Found:
    """What is wrong with subsets that have changed; others may have been good once."""
    if not checks.same(obj.get("subsets"), old.get("subsets")):
        yield from validate(obj)


def validate_subset(subset: Object, path: str) -> checks.Found:
    if not subset.get("addresses") and not subset.get("notReadyAddresses"):
        yield fielderrors.required(path, NO_ADDRESSES)
    for kind in KINDS:
        for index, address in enumerate(subset.get(kind) or ()):
            yield from validate_address(address, f"{path}.{kind}[{index}]")
    ports = subset.get("ports") or ()
    for index, port in enumerate(ports):
        yield from validate_port(port, f"{path}.ports[{index}]", named=len(ports) > 1)


def validate_address(address: Object, path: str) -> checks.Found:
    ip = address.get("ip") or ""
    yield from checks.ip_address(ip, f"{path}.ip")
    yield from checks.optional_text(address.get("hostname"), names.dns1123_label, f"{path}.hostname")
    if address.get("nodeName") is not None:
        yield from checks.text(address["nodeName"], names.dns1123_subdomain, f"{path}.nodeName")
    yield from networks.not_special(ip, f"{path}.ip")


def validate_port(port: Object, path: str, *, named: bool) -> checks.Found:
    if port.get("name"):
        yield from checks.text(port["name"], names.dns1123_label, f"{path}.name")
    elif named:
        yield fielderrors.required(f"{path}.name")
    yield from checks.port(port.get("port") or 0, f"{path}.port")
    yield from checks.required_one_of(port.get("protocol"), services.PROTOCOLS, f"{path}.protocol")
    if port.get("appProtocol") is not None:
        yield from checks.text(port["appProtocol"], names.qualified_name, f"{path}.appProtocol")


def warnings(obj: Object, old: Object | None = None) -> Iterator[str]:
    """What clients are told about endpoints that they write; the controller knows what it does."""
    labels = (obj.get("metadata") or {}).get("labels") or {}
    if labels.get(MANAGED_BY) == CONTROLLER:
        return
    for index, subset in enumerate(obj.get("subsets") or ()):
        for kind in KINDS:
            for number, address in enumerate(subset.get(kind) or ()):
                path = f"subsets[{index}].{kind}[{number}].ip"
                yield from networks.address_warnings(address.get("ip") or "", path)
