"""Node ports of services: named and found ones, shared by protocols, of load balancers and their health checks."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.coreapi.allocation import claims
from kroute.machinery import errors
from kroute.storage.backend.memory import backend as memory
from tests.unit.coreapi import clusters, harness
from tests.unit.coreapi.clusters import service


def node_ports(obj: Any) -> list[int]:
    return [port.get("nodePort", 0) for port in obj["spec"]["ports"]]


def with_ports(*ports: Any, name: str = "web", **spec: Any) -> Any:
    return service(name, **{"type": "NodePort", **spec}, ports=list(ports))


async def claimed(backend: memory.MemoryBackend) -> list[int]:
    return sorted(int(record.key) for record in (await backend.log(claims.NODE_PORTS).list()).records)


async def refused(waiting: Any) -> str:
    with pytest.raises(errors.APIError) as caught:
        await waiting
    return caught.value.message


async def test_each_port_gets_one(cluster: clusters.Cluster, backend: memory.MemoryBackend) -> None:
    made = await cluster.create("services", with_ports({"name": "a", "port": 80}, {"name": "b", "port": 81}))
    first, second = node_ports(made)
    assert first != second
    assert await claimed(backend) == sorted((first, second))


async def test_protocols_of_one_port_share_theirs(cluster: clusters.Cluster, backend: memory.MemoryBackend) -> None:
    ports = [{"name": "t", "port": 53}, {"name": "u", "port": 53, "protocol": "UDP"}]
    first, second = node_ports(await cluster.create("services", with_ports(*ports)))
    assert first == second
    ports[1]["nodePort"] = 30053
    made = await cluster.create("services", with_ports(*ports, name="named"))
    assert node_ports(made) == [30053, 30053]
    ports[0]["nodePort"] = 30054
    await cluster.delete("services", "named")
    made = await cluster.create("services", with_ports(*ports, name="two"))
    assert node_ports(made) == [30054, 30053]
    assert await claimed(backend) == sorted({first, 30053, 30054})


@pytest.mark.parametrize(
    "ports, expected",
    [
        (
            [{"port": 80, "nodePort": 30061}],
            "spec.ports[0].nodePort: Invalid value: 30061: provided port is already ...",
        ),
        (
            [{"port": 80, "nodePort": 8080}],
            "spec.ports[0].nodePort: Invalid value: 8080: provided port is not in the valid range. "
            "The range of valid ports is 30000-32767",
        ),
        (
            [{"name": "a", "port": 80, "nodePort": 30001}, {"name": "b", "port": 81, "nodePort": 30001}],
            "spec.ports[1].nodePort: Invalid value: 30001: provided port is already allocated",
        ),
    ],
)
async def test_ports_that_are_not_to_be_had(
    ports: Any, expected: str, cluster: clusters.Cluster, backend: memory.MemoryBackend
) -> None:
    await cluster.create("services", with_ports({"port": 80, "nodePort": 30061}, name="first"))
    text = await refused(cluster.create("services", with_ports(*ports)))
    assert harness.said([text], [f'Service "web" is invalid: {expected}'])
    assert await claimed(backend) == [30061]


async def test_a_port_changes(cluster: clusters.Cluster, backend: memory.MemoryBackend) -> None:
    await cluster.create("services", with_ports({"port": 80, "nodePort": 30061}))
    await cluster.create("services", with_ports({"port": 80, "nodePort": 30063}, name="other"))
    await cluster.patch("services", "web", {"spec": {"ports": [{"port": 80, "nodePort": 30064}]}})
    assert await claimed(backend) == [30063, 30064]
    text = await refused(cluster.patch("services", "web", {"spec": {"ports": [{"port": 80, "nodePort": 30063}]}}))
    assert text.endswith("spec.ports[0].nodePort: Invalid value: 30063: provided port is already allocated")
    assert await claimed(backend) == [30063, 30064]


async def test_ports_come_and_go(cluster: clusters.Cluster, backend: memory.MemoryBackend) -> None:
    made = await cluster.create("services", with_ports({"name": "a", "port": 80}))
    [first] = node_ports(made)
    more = [{"name": "b", "port": 81}, {"name": "a", "port": 82}]
    changed = await cluster.patch("services", "web", {"spec": {"ports": more}})
    assert node_ports(changed)[1] == first
    changed = await cluster.patch("services", "web", {"spec": {"ports": [{"name": "c", "port": 81}]}})
    assert await claimed(backend) == node_ports(changed)


async def test_the_same_port_twice_in_an_update_is_an_error(cluster: clusters.Cluster) -> None:
    await cluster.create("services", with_ports({"name": "a", "port": 80}))
    twice = [{"name": "a", "port": 80, "nodePort": 30001}, {"name": "b", "port": 81, "nodePort": 30001}]
    text = await refused(cluster.patch("services", "web", {"spec": {"ports": twice}}))
    assert text == "duplicate nodePort: {TCP 30001}"


async def test_load_balancers_may_do_without(cluster: clusters.Cluster, backend: memory.MemoryBackend) -> None:
    balancer = {"type": "LoadBalancer", "allocateLoadBalancerNodePorts": False}
    made = await cluster.create("services", with_ports({"port": 80}, **balancer))
    assert (node_ports(made), await claimed(backend)) == ([0], [])
    named = {"ports": [{"port": 80, "nodePort": 30007}]}
    await cluster.patch("services", "web", {"spec": named})
    assert await claimed(backend) == [30007]


async def test_a_health_check_has_a_port(cluster: clusters.Cluster, backend: memory.MemoryBackend) -> None:
    local = {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "allocateLoadBalancerNodePorts": False}
    made = await cluster.create("services", with_ports({"port": 80}, healthCheckNodePort=30009, **local))
    assert (made["spec"]["healthCheckNodePort"], await claimed(backend)) == (30009, [30009])
    text = await refused(
        cluster.create("services", with_ports({"port": 80}, name="b", healthCheckNodePort=30009, **local))
    )
    assert text == (
        "Internal error occurred: failed to allocate requested HealthCheck NodePort 30009: "
        "provided port is already allocated"
    )
    text = await refused(cluster.patch("services", "web", {"spec": {"healthCheckNodePort": 30010}}))
    assert text.endswith("spec.healthCheckNodePort: Forbidden: field is immutable")
    kept = await cluster.put("services", "web", with_ports({"port": 81}, **local))
    assert kept["spec"]["healthCheckNodePort"] == 30009


async def test_all_ports_of_a_small_range_can_be_had(make: harness.Maker, backend: memory.MemoryBackend) -> None:
    async with clusters.cluster(backend, make, ports=(30000, 30019)) as cluster:
        for number in range(20):
            await cluster.create("services", with_ports({"port": 80}, name=f"s{number}"))
        assert await claimed(backend) == list(range(30000, 30020))
        text = await refused(cluster.create("services", with_ports({"port": 80}, name="more")))
        assert text == "Internal error occurred: failed to allocate a nodePort: range is full"
        assert len(await cluster.addresses()) == 20
        await cluster.delete("services", "s7")
        await cluster.create("services", with_ports({"port": 80}, name="more"))
