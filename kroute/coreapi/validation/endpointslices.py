"""Endpoint slices: what they may hold, and what clients are warned of.

Mirrors `pkg/apis/discovery/validation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kroute.coreapi import checks, networks
from kroute.coreapi.validation import services
from kroute.machinery import fielderrors, metavalidation, names

Object = Mapping[str, Any]
FQDN = "FQDN"
ADDRESS_TYPES = (FQDN, *networks.FAMILIES)
MOST_ENDPOINTS, MOST_ADDRESSES, MOST_PORTS = 1000, 100, 20000
MOST_TOPOLOGY_LABELS, MOST_HINTS = 16, 8
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
CONTROLLERS = ("endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io")


def validate(obj: Object, old: Object | None = None) -> checks.Found:
    """A new slice, or one that replaces `old`, whose endpoints it may keep as they are."""
    kind = obj.get("addressType") or ""
    yield from checks.required_one_of(kind, ADDRESS_TYPES, "addressType")
    yield from validate_ports(obj.get("ports") or ())
    if old is None or not checks.same(obj.get("endpoints"), old.get("endpoints")):
        yield from validate_endpoints(obj.get("endpoints") or (), kind)


def validate_update(obj: Object, old: Object) -> checks.Found:
    yield from validate(obj, old)
    kind, before = obj.get("addressType") or "", old.get("addressType") or ""
    yield from metavalidation.validate_immutable(kind, before, "addressType")


def validate_ports(ports: Sequence[Object]) -> checks.Found:
    if len(ports) > MOST_PORTS:
        yield fielderrors.too_many("ports", len(ports), MOST_PORTS)
        return
    seen = set()
    for index, port in enumerate(ports):
        path, name = f"ports[{index}]", port.get("name") or ""
        yield from checks.optional_text(name, names.dns1123_label, f"{path}.name")
        if name in seen:
            yield fielderrors.duplicate(f"{path}.name", name)
        seen.add(name)
        if port.get("protocol") is None:
            yield fielderrors.required(f"{path}.protocol")
        else:
            yield from checks.one_of(port["protocol"], services.PROTOCOLS, f"{path}.protocol")
        if port.get("appProtocol") is not None:
            yield from checks.text(port["appProtocol"], names.qualified_name, f"{path}.appProtocol")


def validate_endpoints(endpoints: Sequence[Object], kind: str) -> checks.Found:
    if len(endpoints) > MOST_ENDPOINTS:
        yield fielderrors.too_many("endpoints", len(endpoints), MOST_ENDPOINTS)
        return
    for index, endpoint in enumerate(endpoints):
        yield from validate_endpoint(endpoint, kind, f"endpoints[{index}]")


def validate_endpoint(endpoint: Object, kind: str, path: str) -> checks.Found:
    addresses, at = endpoint.get("addresses") or (), f"{path}.addresses"
    if not addresses:
        yield fielderrors.required(at, "must contain at least 1 address")
    elif len(addresses) > MOST_ADDRESSES:
        yield fielderrors.too_many(at, len(addresses), MOST_ADDRESSES)
    for index, address in enumerate(addresses):
        if kind in networks.FAMILIES:
            yield from validate_ip(address, kind, at, index)
        elif kind == FQDN:
            yield from validate_domain(address, f"{at}[{index}]")
    if endpoint.get("nodeName") is not None:
        yield from checks.text(endpoint["nodeName"], names.dns1123_subdomain, f"{path}.nodeName")
    topology, at = endpoint.get("deprecatedTopology") or {}, f"{path}.deprecatedTopology"
    if len(topology) > MOST_TOPOLOGY_LABELS:
        yield fielderrors.too_many(at, len(topology), MOST_TOPOLOGY_LABELS)
    yield from checks.labels(topology, at)
    if endpoint.get("hostname") is not None:
        yield from checks.text(endpoint["hostname"], names.dns1123_label, f"{path}.hostname")
    if endpoint.get("hints") is not None:
        yield from validate_hints(endpoint["hints"], f"{path}.hints")


def validate_ip(address: str, kind: str, path: str, index: int) -> checks.Found:
    """An address of the slice's family; of another family it is the list that is wrong."""
    wrong = list(checks.ip_address(address, f"{path}[{index}]"))
    yield from wrong
    if not wrong:
        if networks.family(address) != kind:
            yield fielderrors.invalid(path, address, f"must be an {kind} address")
        yield from networks.not_special(address, f"{path}[{index}]")


def validate_domain(name: str, path: str) -> checks.Found:
    """A domain of at least two labels, with or without a dot at its end."""
    if not name:
        yield fielderrors.required(path)
        return
    name = name.removesuffix(".")
    wrong = names.dns1123_subdomain(name)
    if wrong:
        yield fielderrors.invalid(path, name, ",".join(wrong))
    elif "." not in name:
        yield fielderrors.invalid(path, name, "should be a domain with at least two segments separated by dots")
    else:
        yield from validate_first_label(name, path)


def validate_first_label(name: str, path: str) -> checks.Found:
    """The first label that is too long."""
    for label in name.split("."):
        wrong = names.dns1123_label(label)
        if wrong:
            yield fielderrors.invalid(path, label, ",".join(wrong))
            return


def validate_hints(hints: Object, path: str) -> checks.Found:
    for kind, rule in (("forZones", names.label_value), ("forNodes", names.dns1123_subdomain)):
        places, at = hints.get(kind) or (), f"{path}.{kind}"
        if len(places) > MOST_HINTS:
            yield fielderrors.too_many(at, len(places), MOST_HINTS)
            continue
        seen = set()
        for index, place in enumerate(places):
            name = place.get("name") or ""
            if name in seen:
                yield fielderrors.duplicate(f"{at}[{index}].name", name)
            seen.add(name)
            yield from checks.text(name, rule, f"{at}[{index}].name")


def warnings(obj: Object, old: Object | None = None) -> Iterator[str]:
    """What clients are told about a slice that they write."""
    if old is None and obj.get("addressType") == FQDN:
        yield "spec.addressType: FQDN endpoints are deprecated"
    labels = (obj.get("metadata") or {}).get("labels") or {}
    if labels.get(MANAGED_BY) in CONTROLLERS:
        return
    for index, endpoint in enumerate(obj.get("endpoints") or ()):
        for number, address in enumerate(endpoint.get("addresses") or ()):
            yield from networks.address_warnings(address, f"endpoints[{index}].addresses[{number}]")
