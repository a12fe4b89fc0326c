"""The repair loops: addresses and node ports that were leaked, lost, handed out twice, or are of no range."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kroute.controllers import events
from kroute.coreapi.allocation import claims, pools
from kroute.machinery import gvk, objects
from kroute.storage.backend import base
from kroute.storage.backend.memory import backend as memory
from tests.unit.controllers import serving

NAMES = ("namespaces", "services", "events", "ipaddresses.networking.k8s.io", "servicecidrs.networking.k8s.io")
SERVICES = gvk.GroupVersionResource("", "v1", "services")
ADDRESSES = gvk.GroupVersionResource("networking.k8s.io", "v1", "ipaddresses")
PORTS = {"ports": [{"port": 80}]}


async def told(served: serving.Served, reason: str) -> objects.Object:
    """Wait for an event."""
    found: list[objects.Object] = []

    async def check() -> bool:
        items = (await served.client.list(events.EVENTS))["items"]
        found[:] = [item for item in items if item["reason"] == reason]
        return bool(found)

    await serving.eventually(check)
    return found[0]


async def smuggle(log: base.Log, key: str, obj: Any) -> None:
    """Write an object past everything that would refuse it."""
    head = json.dumps({"kind": obj["kind"], "apiVersion": obj["apiVersion"]})[:-1]
    metadata = json.dumps(obj["metadata"])[1:]
    rest = json.dumps({name: value for name, value in obj.items() if name not in ("kind", "apiVersion", "metadata")})
    draft = base.Draft(
        f'{head},"metadata":{{"resourceVersion":"'.replace(" ", "").encode(), f'",{metadata},{rest[1:]}'.encode()
    )
    await log.create(key, draft)


async def lose(served: serving.Served, address: str) -> None:
    """Take an address's claim away, as a crash or a restored copy may."""
    log = served.caches.named("ipaddresses.networking.k8s.io").log
    record = await log.get(address)
    assert record is not None
    await log.delete(address, expected=record.revision)


def service(name: str, address: str) -> objects.Object:
    spec = {**PORTS, "type": "ClusterIP", "clusterIP": address, "clusterIPs": [address], "ipFamilies": ["IPv4"]}
    metadata = {"name": name, "namespace": "default", "uid": name}
    return {"kind": "Service", "apiVersion": "v1", "metadata": metadata, "spec": spec, "status": {}}


async def test_an_address_that_was_lost_under_a_service_comes_back() -> None:
    async with serving.served(NAMES) as served:
        made = await served.create(SERVICES, "web", "default", spec=PORTS)
        address = made["spec"]["clusterIP"]
        await lose(served, address)
        event = await told(served, "ClusterIPNotAllocated")
        assert event["message"] == f"Cluster IP [IPv4]: {address} is not allocated; repairing"
        assert event["involvedObject"]["name"] == "web"
        found = await served.client.get(ADDRESSES, address)
        assert found["spec"]["parentRef"] == {"resource": "services", "namespace": "default", "name": "web"}


async def test_an_address_without_a_service_goes_once_it_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "GRACE", 0.0)
    async with serving.served(NAMES) as served:
        await served.create(
            ADDRESSES,
            "10.96.7.7",
            metadata={"labels": {claims.MANAGER_LABEL: claims.MANAGER, claims.FAMILY_LABEL: "IPv4"}},
            spec={"parentRef": {"resource": "services", "namespace": "default", "name": "gone"}},
        )
        event = await told(served, "IPAddressNotAllocated")
        assert event["message"] == "IPAddress: 10.96.7.7 for Service default/gone appears to have leaked: cleaning up"
        await served.gone(ADDRESSES, "10.96.7.7")


async def test_addresses_that_others_keep_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "GRACE", 0.0)
    async with serving.served(NAMES) as served:
        reference = {"group": "gateway.networking.k8s.io", "resource": "gateways", "namespace": "default", "name": "g"}
        await served.create(ADDRESSES, "10.96.7.7", spec={"parentRef": reference})
        made = await served.create(SERVICES, "web", "default", spec=PORTS)
        await lose(served, made["spec"]["clusterIP"])
        await told(served, "ClusterIPNotAllocated")
        assert await served.is_there(ADDRESSES, "10.96.7.7")


async def test_an_address_of_two_services_is_told() -> None:
    async with serving.served(NAMES) as served:
        made = await served.create(SERVICES, "web", "default", spec=PORTS)
        address = made["spec"]["clusterIP"]
        await smuggle(served.caches.named("services").log, "default/twin", service("twin", address))
        event = await told(served, "ClusterIPAlreadyAllocated")
        assert event["involvedObject"]["name"] == "twin"
        assert event["message"] == (
            f"Cluster IP [IPv4]:{address} was assigned to multiple services; please recreate service"
        )


async def test_an_address_of_no_range_is_told() -> None:
    async with serving.served(NAMES) as served:
        await smuggle(served.caches.named("services").log, "default/odd", service("odd", "192.168.1.1"))
        event = await told(served, "ClusterIPOutOfRange")
        assert event["message"] == (
            "Cluster IP [IPv4]: 192.168.1.1 is not within any configured Service CIDR; please recreate service"
        )


async def test_node_ports_are_looked_at_when_the_server_starts() -> None:
    async with memory.MemoryBackend() as backend:
        async with serving.served(("namespaces", "services"), backend=backend) as served:
            made = await served.create(SERVICES, "web", "default", spec={**PORTS, "type": "NodePort"})
            port = made["spec"]["ports"][0]["nodePort"]
        claimed = backend.log(claims.NODE_PORTS)
        record = await claimed.get(str(port))
        assert record is not None
        await claimed.delete(str(port), expected=record.revision)
        for name, number in (("twin", port), ("odd", 31)):
            obj = service(name, "10.96.9.9")
            obj["spec"] |= {"type": "NodePort", "ports": [{"port": 80, "nodePort": number}]}
            await smuggle(backend.log("services"), f"default/{name}", obj)
        async with serving.served(NAMES, backend=backend) as served:
            await told(served, "PortNotAllocated")
            twice = await told(served, "PortAlreadyAllocated")
            assert twice["message"] == f"Port {port} was assigned to multiple services; please recreate service"
            odd = await told(served, "PortOutOfRange")
            assert odd["message"] == "Port 31 is not within the port range 30000-32767; please recreate service"
            assert await claimed.get(str(port)) is not None
