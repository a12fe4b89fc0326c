"""Services: what a new one may hold, what may change in one that is there, and what clients are warned of.

By then its addresses and node ports are allocated; the rules for addresses are in `serviceaddresses`.
Mirrors ValidateServiceCreate, ValidateServiceUpdate and ValidateServiceStatusUpdate of `pkg/apis/core/validation`, and
`pkg/api/service`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from kroute.coreapi import checks, networks
from kroute.coreapi.validation import loadbalancers, serviceaddresses
from kroute.machinery import fielderrors, goformat, metavalidation, names

Object = Mapping[str, Any]

CLUSTER_IP, NODE_PORT, LOAD_BALANCER = "ClusterIP", "NodePort", "LoadBalancer"
TYPES = (CLUSTER_IP, serviceaddresses.EXTERNAL_NAME, LOAD_BALANCER, NODE_PORT)
AFFINITIES = ("ClientIP", "None")
PROTOCOLS = ("SCTP", "TCP", "UDP")
TRAFFIC_POLICIES = ("Cluster", "Local")
DISTRIBUTIONS = ("PreferClose", "PreferSameZone", "PreferSameNode")
LONGEST_AFFINITY = 86400

HINTS, MODE = "service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode"
SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
NOT_FOR_EXTERNAL_NAME = "may not be set for ExternalName services"
LOAD_BALANCER_ONLY = "may only be used when `type` is 'LoadBalancer'"
ONLY_OUTSIDE = "may only be set for externally-accessible services"
ONLY_LOCAL = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
AFFINITY_BY_CLIENT = "when session affinity type is ClientIP"


def is_reached_from_outside(obj: Object) -> bool:
    spec = obj.get("spec") or {}
    kind = spec.get("type")
    return kind in (LOAD_BALANCER, NODE_PORT) or (kind == CLUSTER_IP and bool(spec.get("externalIPs")))


def needs_health_check(obj: Object) -> bool:
    """Whether a load balancer asks each node for pods of its own, at a port of its own."""
    spec = obj.get("spec") or {}
    return spec.get("type") == LOAD_BALANCER and spec.get("externalTrafficPolicy") == "Local"


def validate(obj: Object, old: Object | None = None) -> checks.Found:
    """A new service, or one that replaces `old`."""
    spec = obj.get("spec") or {}
    annotations = (obj.get("metadata") or {}).get("annotations") or {}
    yield from validate_topology(annotations)
    yield from validate_type(obj, spec)
    yield from validate_ports(spec.get("ports") or ())
    yield from checks.labels(spec.get("selector"), "spec.selector")
    yield from validate_affinity(spec)
    yield from serviceaddresses.validate(obj, old)
    yield from validate_external_addresses(spec, old)
    yield from checks.required_one_of(spec.get("type"), TYPES, "spec.type")
    yield from validate_different_ports(spec)
    yield from validate_source_ranges(spec, annotations, old)
    yield from validate_load_balancer(spec)
    yield from validate_external_traffic(obj, spec)
    yield from validate_internal_traffic(spec)
    yield from checks.optional_one_of(spec.get("trafficDistribution"), DISTRIBUTIONS, "spec.trafficDistribution")


def validate_update(obj: Object, old: Object) -> checks.Found:
    yield from serviceaddresses.validate_update(obj, old)
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    if spec.get("type") == before.get("type") == LOAD_BALANCER:
        path, name = "spec.loadBalancerClass", spec.get("loadBalancerClass")
        if name != before.get("loadBalancerClass"):
            yield fielderrors.invalid(path, name, serviceaddresses.FIXED)
    yield from validate_class(spec)
    field = "healthCheckNodePort"
    needed = needs_health_check(obj) and needs_health_check(old)
    if needed and (spec.get(field) or 0) != (before.get(field) or 0):
        yield fielderrors.forbidden(f"spec.{field}", metavalidation.IMMUTABLE)
    yield from validate(obj, old)


def validate_status_update(obj: Object, old: Object) -> checks.Found:
    spec, status = obj.get("spec") or {}, (obj.get("status") or {}).get("loadBalancer") or {}
    path = "status.loadBalancer"
    if status.get("ingress") and spec.get("type") != LOAD_BALANCER:
        yield fielderrors.forbidden(f"{path}.ingress", "may only be used when `spec.type` is 'LoadBalancer'")
        return
    before = (old.get("status") or {}).get("loadBalancer") or {}
    yield from loadbalancers.validate(status, before, path, with_mode=True)


def validate_topology(annotations: Mapping[str, str]) -> checks.Found:
    """The old and the new name of an annotation say the same."""
    if MODE in annotations and HINTS in annotations and annotations[MODE] != annotations[HINTS]:
        text = f"must match annotations[{HINTS}] when both are specified"
        yield fielderrors.invalid(f"metadata.annotations[{MODE}]", annotations[MODE], text)


def validate_type(obj: Object, spec: Object) -> checks.Found:
    """What the type needs and what it excludes."""
    kind, headless = spec.get("type"), serviceaddresses.is_headless(obj)
    if not spec.get("ports") and not headless and kind != serviceaddresses.EXTERNAL_NAME:
        yield fielderrors.required("spec.ports")
    if headless and kind in (LOAD_BALANCER, NODE_PORT):
        text = f"may not be set to 'None' for {kind} services"
        yield fielderrors.invalid(f"{serviceaddresses.IPS}[0]", serviceaddresses.NONE, text)
    if kind == serviceaddresses.EXTERNAL_NAME:
        for field in ("clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            if spec.get(field):
                yield fielderrors.forbidden(f"spec.{field}", NOT_FOR_EXTERNAL_NAME)
        name = (spec.get("externalName") or "").removesuffix(".")
        yield from checks.required_text(name, names.dns1123_subdomain, "spec.externalName")


def validate_ports(ports: Sequence[Object]) -> checks.Found:
    seen: set[str] = set()
    for index, port in enumerate(ports):
        yield from validate_port(port, seen, f"spec.ports[{index}]", named=len(ports) > 1)


def validate_port(port: Object, seen: set[str], path: str, *, named: bool) -> checks.Found:
    """One of several ports has a name; `seen` are the names before it."""
    name = port.get("name") or ""
    if name:
        yield from checks.text(name, names.dns1123_label, f"{path}.name")
        if name in seen:
            yield fielderrors.duplicate(f"{path}.name", name)
        seen.add(name)
    elif named:
        yield fielderrors.required(f"{path}.name")
    yield from checks.port(port.get("port") or 0, f"{path}.port")
    yield from checks.required_one_of(port.get("protocol"), PROTOCOLS, f"{path}.protocol")
    yield from checks.port_number_or_name(port.get("targetPort") or 0, f"{path}.targetPort")
    if port.get("appProtocol") is not None:
        yield from checks.text(port["appProtocol"], names.qualified_name, f"{path}.appProtocol")


def validate_affinity(spec: Object) -> checks.Found:
    affinity, config = spec.get("sessionAffinity"), spec.get("sessionAffinityConfig")
    path = "spec.sessionAffinityConfig"
    yield from checks.required_one_of(affinity, AFFINITIES, "spec.sessionAffinity")
    if affinity == "ClientIP":
        yield from validate_affinity_config(config, path)
    elif affinity == "None" and config is not None:
        yield fielderrors.forbidden(path, "must not be set when session affinity is None")


def validate_affinity_config(config: Object | None, path: str) -> checks.Found:
    if config is None:
        yield fielderrors.required(path, AFFINITY_BY_CLIENT)
        return
    client = config.get("clientIP")
    if client is None:
        yield fielderrors.required(f"{path}.clientIP", AFFINITY_BY_CLIENT)
        return
    seconds, at = client.get("timeoutSeconds"), f"{path}.clientIP.timeoutSeconds"
    if seconds is None:
        yield fielderrors.required(at, AFFINITY_BY_CLIENT)
    elif not 0 < seconds <= LONGEST_AFFINITY:
        yield fielderrors.invalid(at, seconds, f"must be greater than 0 and less than {LONGEST_AFFINITY}")


def validate_external_addresses(spec: Object, old: Object | None) -> checks.Found:
    known = (old.get("spec") or {}).get("externalIPs") or () if old is not None else ()
    for index, ip in enumerate(spec.get("externalIPs") or ()):
        path = f"spec.externalIPs[{index}]"
        wrong = list(checks.ip_address(ip, path, known=known))
        yield from wrong or networks.not_special(ip, path)


def validate_different_ports(spec: Object) -> checks.Found:
    """No two ports, and no two node ports, are the same for one protocol."""
    ports = spec.get("ports") or ()
    if spec.get("type") == CLUSTER_IP:
        for index, port in enumerate(ports):
            if port.get("nodePort"):
                text = f"may not be used when `type` is '{CLUSTER_IP}'"
                yield fielderrors.forbidden(f"spec.ports[{index}].nodePort", text)
    taken = set()
    for index, port in enumerate(ports):
        number = port.get("nodePort")
        if number:
            key = port.get("protocol"), number
            if key in taken:
                yield fielderrors.duplicate(f"spec.ports[{index}].nodePort", number)
            taken.add(key)
    seen = set()
    for index, port in enumerate(ports):
        protocol, number = port.get("protocol") or "", port.get("port") or 0
        if (protocol, number) in seen:
            yield fielderrors.duplicate(f"spec.ports[{index}]", port_as_shown(protocol, number))
        seen.add((protocol, number))


def port_as_shown(protocol: str, number: int) -> dict[str, Any]:
    """A port of which nothing else is known, as messages show Kubernetes' internal type."""
    return {"Name": "", "Protocol": protocol, "AppProtocol": None, "Port": number, "TargetPort": 0, "NodePort": 0}


def validate_source_ranges(spec: Object, annotations: Mapping[str, str], old: Object | None) -> checks.Found:
    """From where a load balancer may be asked: a field, or an annotation from before there was one."""
    before = old or {}
    ranges = spec.get("loadBalancerSourceRanges") or ()
    if ranges:
        path = "spec.LoadBalancerSourceRanges"
        known = [value.strip() for value in (before.get("spec") or {}).get("loadBalancerSourceRanges") or ()]
    elif SOURCE_RANGES in annotations:
        path, known = f"metadata.annotations[{SOURCE_RANGES}]", []
    else:
        return
    if spec.get("type") != LOAD_BALANCER:
        yield fielderrors.forbidden(path, LOAD_BALANCER_ONLY)
    if ranges:
        for index, value in enumerate(ranges):
            yield from networks.network(value.strip(), f"{path}[{index}]", known=known)
        return
    text = annotations[SOURCE_RANGES]
    if text != ((before.get("metadata") or {}).get("annotations") or {}).get(SOURCE_RANGES):
        for value in text.strip().split(",") if text.strip() else ():
            yield from networks.network(value.strip(), path)


def validate_load_balancer(spec: Object) -> checks.Found:
    is_one, field = spec.get("type") == LOAD_BALANCER, "allocateLoadBalancerNodePorts"
    if spec.get(field) is not None and not is_one:
        yield fielderrors.forbidden(f"spec.{field}", LOAD_BALANCER_ONLY)
    if spec.get(field) is None and is_one:
        yield fielderrors.required(field)
    yield from validate_class(spec)


def validate_class(spec: Object) -> checks.Found:
    name, path = spec.get("loadBalancerClass"), "spec.loadBalancerClass"
    if name is None:
        return
    if spec.get("type") == LOAD_BALANCER:
        yield from checks.text(name, names.qualified_name, path)
    else:
        yield fielderrors.forbidden(path, LOAD_BALANCER_ONLY)


def validate_external_traffic(obj: Object, spec: Object) -> checks.Found:
    policy, path = spec.get("externalTrafficPolicy"), "spec.externalTrafficPolicy"
    if is_reached_from_outside(obj):
        yield from checks.required_one_of(policy, TRAFFIC_POLICIES, path)
    elif policy:
        yield fielderrors.invalid(path, policy, ONLY_OUTSIDE)
    port, path = spec.get("healthCheckNodePort") or 0, "spec.healthCheckNodePort"
    if not needs_health_check(obj):
        if port:
            yield fielderrors.invalid(path, port, ONLY_LOCAL)
    elif port:
        yield from checks.port(port, path)
    else:
        yield fielderrors.required(path)


def validate_internal_traffic(spec: Object) -> checks.Found:
    policy, path = spec.get("internalTrafficPolicy"), "spec.internalTrafficPolicy"
    if policy is None and spec.get("type") in (CLUSTER_IP, NODE_PORT, LOAD_BALANCER):
        yield fielderrors.required(path)
    yield from checks.optional_one_of(policy, TRAFFIC_POLICIES, path)


def warnings(obj: Object, old: Object | None = None) -> Iterator[str]:
    """What clients are told about a service that they write."""
    spec, annotations = obj.get("spec") or {}, (obj.get("metadata") or {}).get("annotations") or {}
    kind, single = spec.get("type"), spec.get("clusterIP") or ""
    outside = spec.get("externalIPs") or ()
    if HINTS in annotations:
        yield f"annotation {HINTS} is deprecated, please use {MODE} instead"
    if single and single != serviceaddresses.NONE:
        yield from warnings_of(serviceaddresses.addresses(obj), serviceaddresses.IPS)
    headless = kind == CLUSTER_IP and single == serviceaddresses.NONE
    if headless:
        yield from headless_warnings(spec)
    yield from warnings_of(outside, "spec.externalIPs")
    if outside and not headless and kind != serviceaddresses.EXTERNAL_NAME:
        yield "spec.externalIPs is deprecated and may no longer be implemented in some clusters"
    if spec.get("loadBalancerIP"):
        yield from networks.address_warnings(spec["loadBalancerIP"], "spec.loadBalancerIP")
    for index, value in enumerate(spec.get("loadBalancerSourceRanges") or ()):
        yield from networks.network_warnings(value, f"spec.loadBalancerSourceRanges[{index}]")
    name = goformat.quote(serviceaddresses.EXTERNAL_NAME)
    if outside and kind == serviceaddresses.EXTERNAL_NAME:
        yield f"spec.externalIPs is ignored when spec.type is {name}"
    if spec.get("externalName") and kind != serviceaddresses.EXTERNAL_NAME:
        yield f"spec.externalName is ignored when spec.type is not {name}"
    if spec.get("trafficDistribution") == "PreferClose":
        yield 'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'


def headless_warnings(spec: Object) -> Iterator[str]:
    if spec.get("loadBalancerIP"):
        yield "spec.loadBalancerIP is ignored for headless services"
    if spec.get("externalIPs"):
        yield "spec.externalIPs is ignored for headless services"
    if spec.get("sessionAffinity") != "None":
        yield "spec.SessionAffinity is ignored for headless services"


def warnings_of(addresses: Collection[str], path: str) -> Iterator[str]:
    for index, value in enumerate(addresses):
        yield from networks.address_warnings(value, f"{path}[{index}]")


def status_warnings(obj: Object) -> Iterator[str]:
    """What clients are told about a status that they write."""
    status = (obj.get("status") or {}).get("loadBalancer") or {}
    for index, ingress in enumerate(status.get("ingress") or ()):
        if ingress.get("ip"):
            yield from networks.address_warnings(ingress["ip"], f"status.loadBalancer.ingress[{index}]")
