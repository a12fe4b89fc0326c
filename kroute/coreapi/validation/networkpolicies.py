"""Network policies: what they may hold, and what an update may keep that was good once.

Mirrors ValidateNetworkPolicy and ValidateNetworkPolicyUpdate of `pkg/apis/networking/validation`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from kroute.coreapi import checks, networks
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]
PROTOCOLS = ("TCP", "UDP", "SCTP")
TYPES = ("Ingress", "Egress")
DIRECTIONS = (("ingress", "from"), ("egress", "to"))


def validate(obj: Object, *, known: Collection[str] = (), bad_values: bool = False) -> checks.Found:
    """A policy.

    `known` networks were there before; `bad_values`: selectors may ask for values that labels can't have."""
    spec = obj.get("spec") or {}
    selector = spec.get("podSelector") or {}
    yield from checks.label_selector(selector, "spec.podSelector", allow_invalid_values=bad_values)
    for direction, peers in DIRECTIONS:
        for index, rule in enumerate(spec.get(direction) or ()):
            path = f"spec.{direction}[{index}]"
            for number, port in enumerate(rule.get("ports") or ()):
                yield from validate_port(port, f"{path}.ports[{number}]")
            for number, peer in enumerate(rule.get(peers) or ()):
                yield from validate_peer(peer, f"{path}.{peers}[{number}]", known, bad_values)
    types = spec.get("policyTypes") or ()
    if len(types) > len(TYPES):
        yield fielderrors.invalid("spec.policyTypes", list(types), "may not specify more than two policyTypes")
        return
    for index, kind in enumerate(types):
        yield from checks.one_of(kind, TYPES, f"spec.policyTypes[{index}]")


def validate_update(obj: Object, old: Object) -> checks.Found:
    selector = (old.get("spec") or {}).get("podSelector") or {}
    bad_values = any(checks.label_selector(selector, ""))
    yield from validate(obj, known=set(all_networks(old)), bad_values=bad_values)


def all_networks(obj: Object) -> Iterator[str]:
    """The networks that a policy names."""
    spec = obj.get("spec") or {}
    for direction, peers in DIRECTIONS:
        for rule in spec.get(direction) or ():
            for peer in rule.get(peers) or ():
                block = peer.get("ipBlock")
                if block is not None:
                    yield block.get("cidr") or ""
                    yield from block.get("except") or ()


def validate_port(port: Object, path: str) -> checks.Found:
    """A port, by number or name, or a range of ports."""
    first, last, at = port.get("port"), port.get("endPort"), f"{path}.endPort"
    if port.get("protocol") is not None:
        yield from checks.one_of(port["protocol"], PROTOCOLS, f"{path}.protocol")
    if first is None:
        if last is not None:
            yield fielderrors.invalid(at, last, "may not be specified when `port` is not specified")
    elif isinstance(first, int):
        yield from checks.port(first, f"{path}.port")
        if last is not None:
            if last < first:
                # kube-apiserver shows the first port here
                yield fielderrors.invalid(at, first, "must be greater than or equal to `port`")
            yield from checks.port(last, at)
    else:
        if last is not None:
            yield fielderrors.invalid(at, last, "may not be specified when `port` is non-numeric")
        yield from checks.text(first, names.port_name, f"{path}.port")


def validate_peer(peer: Object, path: str, known: Collection[str], bad_values: bool) -> checks.Found:
    """Pods, namespaces or both, or else a network."""
    selectors = [field for field in ("podSelector", "namespaceSelector") if peer.get(field) is not None]
    for field in selectors:
        yield from checks.label_selector(peer[field], f"{path}.{field}", allow_invalid_values=bad_values)
    block = peer.get("ipBlock")
    if block is not None:
        yield from validate_block(block, f"{path}.ipBlock", known)
        if selectors:
            yield fielderrors.forbidden(path, "may not specify both ipBlock and another peer")
    elif not selectors:
        yield fielderrors.required(path, "must specify a peer")


def validate_block(block: Object, path: str, known: Collection[str]) -> checks.Found:
    """A network without some of its parts."""
    cidr = block.get("cidr") or ""
    if not cidr:
        yield fielderrors.required(f"{path}.cidr")
        return
    yield from networks.network(cidr, f"{path}.cidr", known=known)
    whole = networks.parse_network(cidr)
    for index, value in enumerate(block.get("except") or () if whole is not None else ()):
        assert whole is not None
        at = f"{path}.except[{index}]"
        yield from networks.network(value, at, known=known)
        part = networks.parse_network(value)
        if part is not None and not is_within(part.network, whole.network):
            yield fielderrors.invalid(at, value, "must be a strict subset of `cidr`")


def is_within(part: networks.Network, whole: networks.Network) -> bool:
    """Whether a network is a part of a larger one."""
    return part.network_address in whole and part.prefixlen > whole.prefixlen


def warnings(obj: Object, old: Object | None = None) -> Iterator[str]:
    """What clients are told about a policy that they write."""
    spec = obj.get("spec") or {}
    for direction, peers in DIRECTIONS:
        for index, rule in enumerate(spec.get(direction) or ()):
            for number, peer in enumerate(rule.get(peers) or ()):
                block = peer.get("ipBlock")
                if block is not None:
                    path = f"spec.{direction}[{index}].{peers}[{number}].ipBlock"
                    yield from networks.network_warnings(block.get("cidr") or "", f"{path}.cidr")
                    for place, value in enumerate(block.get("except") or ()):
                        yield from networks.network_warnings(value, f"{path}.except[{place}]")
