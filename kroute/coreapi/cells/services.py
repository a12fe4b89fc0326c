"""Cells of services, ingresses and endpoints: addresses and ports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kroute.coreapi import cells
from kroute.machinery import objects

SHOWN = 3  # of a list of hosts, ports or addresses, the rest is counted


def load_balancer(obj: objects.Object) -> str:
    """The addresses under which a load balancer is reached."""
    ingress = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return ",".join(sorted({found for one in ingress if (found := one.get("ip") or one.get("hostname"))}))


def ingress_address(obj: objects.Object, now: float) -> str:
    return load_balancer(obj)


def cluster_ip(obj: objects.Object, now: float) -> str:
    found = (obj.get("spec") or {}).get("clusterIPs")
    return str(found[0]) if found else cells.NONE


def external_ip(obj: objects.Object, now: float) -> str:
    spec = obj.get("spec") or {}
    kind, external = spec.get("type"), spec.get("externalIPs") or []
    if kind in ("ClusterIP", "NodePort"):
        return ",".join(external) or cells.NONE
    if kind == "LoadBalancer":
        return ",".join(filter(None, [load_balancer(obj), *external])) or "<pending>"
    return spec.get("externalName") or "" if kind == "ExternalName" else cells.UNKNOWN


def service_ports(obj: objects.Object, now: float) -> str:
    found = (obj.get("spec") or {}).get("ports") or ()
    return ",".join(map(port_of, found)) or cells.NONE


def port_of(port: Mapping[str, Any]) -> str:
    node_port = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port.get('port', 0)}{node_port}/{port.get('protocol', '')}"


def ingress_hosts(obj: objects.Object, now: float) -> str:
    rules = (obj.get("spec") or {}).get("rules") or ()
    hosts: list[str] = []
    for rule in rules:
        if len(hosts) == SHOWN:
            return f"{','.join(hosts)} + {len(rules) - SHOWN} more..."
        if rule.get("host"):
            hosts.append(rule["host"])
    return ",".join(hosts) or "*"


def ingress_ports(obj: objects.Object, now: float) -> str:
    return "80, 443" if (obj.get("spec") or {}).get("tls") else "80"


def class_parameters(obj: objects.Object, now: float) -> str:
    """The object that has an ingress class's parameters."""
    found = (obj.get("spec") or {}).get("parameters")
    if found is None:
        return cells.NONE
    group = "" if found.get("apiGroup") is None else f".{found['apiGroup']}"
    return f"{found.get('kind', '')}{group}/{found.get('name', '')}"


def endpoints(obj: objects.Object, now: float) -> str:
    """The addresses of Endpoints, each with each port."""
    subsets = obj.get("subsets") or ()
    if not subsets:
        return cells.NONE
    found = [text for subset in subsets for text in endpoint_addresses(subset)]
    shown = ",".join(found[:SHOWN])
    return f"{shown} + {len(found) - SHOWN} more..." if len(found) > SHOWN else shown


def endpoint_addresses(subset: Mapping[str, Any]) -> Iterable[str]:
    addresses = [address.get("ip", "") for address in subset.get("addresses") or ()]
    ports = subset.get("ports")
    if not ports:
        return addresses
    return [f"[{ip}]:{port['port']}" if ":" in ip else f"{ip}:{port['port']}" for port in ports for ip in addresses]


def slice_ports(obj: objects.Object, now: float) -> str:
    ports = obj.get("ports") or ()
    return listed([str(port["port"]) if port.get("port") is not None else port.get("name") or "*" for port in ports])


def slice_addresses(obj: objects.Object, now: float) -> str:
    return listed([address for found in obj.get("endpoints") or () for address in found.get("addresses") or ()])


def listed(found: Sequence[str]) -> str:
    if len(found) > SHOWN:
        return f"{','.join(found[:SHOWN])} + {len(found) - SHOWN} more..."
    return ",".join(found) or cells.UNSET


def address_parent(obj: objects.Object, now: float) -> str:
    """The object that an IP address belongs to: `services/ns/web`."""
    found = (obj.get("spec") or {}).get("parentRef")
    if found is None:
        return cells.NONE
    resource = ".".join(filter(None, [found.get("resource"), found.get("group")])).lower()
    return "/".join([resource, *filter(None, [found.get("namespace")]), found.get("name") or ""])


def cidrs(obj: objects.Object, now: float) -> str:
    return ",".join((obj.get("spec") or {}).get("cidrs") or ())
