"""The Service `default/kubernetes`: the address by which everything in the cluster finds the server, and its endpoints.

The endpoints are the addresses of the servers that live: of this one where nobody shares the store, else of those
whose Leases are renewed.  Mirrors `controller/kubernetesservice` and `reconcilers` of
`k8s.io/kubernetes/pkg/controlplane`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from kroute.bootstrap import keeping
from kroute.machinery import gvk, objects
from kroute.server import loopback

NAME, NAMESPACE, PORT_NAME = "kubernetes", "default", "https"
SERVICE = gvk.GroupVersionResource("", "v1", "services")
ENDPOINTS = gvk.GroupVersionResource("", "v1", "endpoints")
SLICE = gvk.GroupVersionResource("discovery.k8s.io", "v1", "endpointslices")
LEASES = "leases.coordination.k8s.io"
INTERVAL = 10.0
"""Seconds after which endpoints are looked at again, though nothing has changed that could be followed."""

Alive = Callable[[], Awaitable[Sequence[str]]]
"""The addresses of the servers that live."""


def service(client: loopback.Client, *, cluster_ip: str, port: int) -> keeping.Kept:
    """The Service; `port` is the one that the server listens at."""
    ports = [{"name": PORT_NAME, "port": 443, "protocol": "TCP", "targetPort": port}]
    spec = {
        "ports": ports,
        "clusterIP": cluster_ip,
        "ipFamilyPolicy": "SingleStack",
        "sessionAffinity": "None",
        "type": "ClusterIP",
    }
    labels = {"provider": "kubernetes", "component": "apiserver"}

    def mend(obj: objects.Object) -> bool:
        there = obj["spec"]
        if there.get("type") == "ClusterIP" and [kept(each) for each in there.get("ports") or ()] == ports:
            return False
        there["type"], there["ports"] = "ClusterIP", [dict(each) for each in ports]
        there.pop("externalTrafficPolicy", None)
        return True

    place = keeping.Place(SERVICE, NAME, NAMESPACE)
    return keeping.Fixed(client, place, {"metadata": {"labels": labels}, "spec": spec}, mend)


def kept(port: dict[str, Any]) -> dict[str, Any]:
    return {key: port.get(key) for key in ("name", "port", "protocol", "targetPort")}


class Addresses:
    """The Endpoints, or the EndpointSlice, with the addresses of the servers that live."""

    def __init__(self, client: loopback.Client, resource: gvk.GroupVersionResource, alive: Alive, port: int) -> None:
        self.place = keeping.Place(resource, NAME, NAMESPACE)
        self.causes: Sequence[str] = (LEASES,)
        self._client, self._alive, self._port = client, alive, port

    async def ensure(self, found: objects.Object | None) -> float | None:
        addresses = sorted(await self._alive(), key=ipaddress.ip_address)
        port = {"name": PORT_NAME, "port": self._port, "protocol": "TCP"}
        build = subsets if self.place.resource == ENDPOINTS else endpoints
        wanted = build(addresses, port)

        def mend(obj: objects.Object) -> bool:
            metadata = obj["metadata"]
            labels = {**(metadata.get("labels") or {}), **wanted["metadata"]["labels"]}
            fields = {key: value for key, value in wanted.items() if key != "metadata"}
            if labels == metadata.get("labels") and all((obj.get(key) or []) == fields[key] for key in fields):
                return False
            metadata["labels"] = labels
            obj.update(fields)
            return True

        if found is not None and wanted.get("addressType", "") != found.get("addressType", ""):
            await self._client.delete(self.place.resource, NAME, namespace=NAMESPACE, uid=found["metadata"]["uid"])
            found = None
        await keeping.bring(self._client, self.place, found, lambda: wanted, mend)
        return INTERVAL


def subsets(addresses: Sequence[str], port: objects.Object) -> objects.Object:
    found = [{"addresses": [{"ip": each} for each in addresses], "ports": [port]}] if addresses else []
    return {"metadata": {"labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}}, "subsets": found}


def endpoints(addresses: Sequence[str], port: objects.Object) -> objects.Object:
    family = "IPv6" if addresses and ":" in addresses[0] else "IPv4"
    return {
        "metadata": {"labels": {"kubernetes.io/service-name": NAME}},
        "addressType": family,
        "endpoints": [{"addresses": [each], "conditions": {"ready": True}} for each in addresses],
        "ports": [port],
    }
