"""Services and what they are given: addresses and node ports, when they are created, changed and deleted."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.coreapi.allocation import claims
from kroute.machinery import errors
from kroute.storage.backend.memory import backend as memory
from tests.unit.coreapi import clusters, harness
from tests.unit.coreapi.clusters import service

NODE_PORT = {"type": "NodePort"}


async def ports(backend: memory.MemoryBackend) -> list[int]:
    """The claimed node ports."""
    return sorted(int(record.key) for record in (await backend.log(claims.NODE_PORTS).list()).records)


async def refused(waiting: Any) -> str:
    with pytest.raises(errors.APIError) as caught:
        await waiting
    return caught.value.message


async def test_a_service_gets_an_address(cluster: clusters.Cluster) -> None:
    made = await cluster.create("services", service())
    spec = made["spec"]
    assert spec["clusterIPs"] == [spec["clusterIP"]]
    assert spec["clusterIP"].startswith("10.96.")
    assert (spec["ipFamilies"], spec["ipFamilyPolicy"]) == (["IPv4"], "SingleStack")
    assert await cluster.addresses() == {spec["clusterIP"]: "ns/web"}
    [address] = await cluster.all("ipaddresses")
    assert address["metadata"]["labels"] == {
        "ipaddress.kubernetes.io/ip-family": "IPv4",
        "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
    }


async def test_an_address_goes_to_one_service_only(cluster: clusters.Cluster) -> None:
    await cluster.create("services", service("a", clusterIP="10.96.0.61"))
    text = await refused(cluster.create("services", service("b", clusterIP="10.96.0.61")))
    assert text == (
        'Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.61"]: '
        "failed to allocate IP 10.96.0.61: provided IP is already allocated"
    )


@pytest.mark.parametrize("address", ["10.95.255.255", "10.97.0.0", "10.96.0.0", "10.96.255.255"])
async def test_addresses_that_are_nobodys(address: str, cluster: clusters.Cluster) -> None:
    text = await refused(cluster.create("services", service(clusterIP=address)))
    assert text.endswith(f"failed to allocate IP {address}: the provided network does not match the current range")
    assert await cluster.addresses() == {}


@pytest.mark.parametrize(
    "spec", [{"clusterIP": "None"}, {"type": "ExternalName", "externalName": "db.example.com", "ports": None}]
)
async def test_services_without_an_address(spec: Any, cluster: clusters.Cluster) -> None:
    await cluster.create("services", service(**spec))
    assert await cluster.addresses() == {}


@pytest.mark.parametrize(
    "spec",
    [
        {"ports": []},
        {"sessionAffinity": "Sticky"},
        {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30061}, {"port": 80, "nodePort": 30062}]},
    ],
)
async def test_a_refused_service_leaves_nothing_claimed(
    spec: Any, cluster: clusters.Cluster, backend: memory.MemoryBackend
) -> None:
    await refused(cluster.create("services", service(**spec)))
    assert (await cluster.addresses(), await ports(backend)) == ({}, [])


async def test_a_name_that_is_taken_leaves_nothing_claimed(
    cluster: clusters.Cluster, backend: memory.MemoryBackend
) -> None:
    await cluster.create("services", service(clusterIP="10.96.0.7"))
    assert "already exists" in await refused(cluster.create("services", service(**NODE_PORT)))
    assert (await cluster.addresses(), await ports(backend)) == ({"10.96.0.7": "ns/web"}, [])


async def test_a_dry_run_claims_nothing(cluster: clusters.Cluster, backend: memory.MemoryBackend) -> None:
    made = await cluster.create("services", service(**NODE_PORT), dry_run=True)
    assert (made["spec"]["clusterIP"], made["spec"]["ports"][0]["nodePort"]) == ("10.96.0.0", 32769)
    await cluster.create("services", service("fixed", clusterIP="10.96.0.9"), dry_run=True)
    text = await refused(cluster.create("services", service(clusterIP="10.97.0.1"), dry_run=True))
    assert text.endswith(
        "the provided IP (10.97.0.1) is not in the valid range. The range of valid IPs is 10.96.0.0/16"
    )
    await cluster.create("services", service("taken", type="NodePort", ports=[{"port": 1, "nodePort": 30007}]))
    text = await refused(
        cluster.create("services", service(type="NodePort", ports=[{"port": 1, "nodePort": 30007}]), dry_run=True)
    )
    assert text.endswith("provided port is already allocated")
    assert (len(await cluster.addresses()), await ports(backend)) == (1, [30007])


async def test_a_dry_run_of_a_deletion_gives_nothing_back(cluster: clusters.Cluster) -> None:
    await cluster.create("services", service(clusterIP="10.96.0.7"))
    await cluster.delete("services", "web", dry_run=True)
    assert await cluster.addresses() == {"10.96.0.7": "ns/web"}


async def test_a_deleted_service_gives_everything_back(
    cluster: clusters.Cluster, backend: memory.MemoryBackend
) -> None:
    await cluster.create("services", service(type="LoadBalancer", externalTrafficPolicy="Local"))
    assert len(await ports(backend)) == 2
    await cluster.create("endpoints", {"metadata": {"name": "web"}})
    await cluster.delete("services", "web")
    assert (await cluster.addresses(), await ports(backend)) == ({}, [])
    assert await cluster.all("endpoints") == []


async def test_an_update_keeps_what_was_allocated(cluster: clusters.Cluster) -> None:
    made = await cluster.create("services", service(**NODE_PORT))
    put = await cluster.put("services", "web", service(ports=[{"port": 81}], **NODE_PORT))
    assert put["spec"]["clusterIPs"] == made["spec"]["clusterIPs"]
    assert put["spec"]["ports"][0]["nodePort"] == made["spec"]["ports"][0]["nodePort"]


async def test_an_address_does_not_change(cluster: clusters.Cluster) -> None:
    await cluster.create("services", service(clusterIP="10.96.0.7"))
    text = await refused(cluster.patch("services", "web", {"spec": {"clusterIP": "10.96.0.8"}}))
    assert text == (
        'Service "web" is invalid: spec.clusterIPs[0]: Invalid value: ["10.96.0.8"]: may not change once set'
    )
    assert await cluster.addresses() == {"10.96.0.7": "ns/web"}


async def test_the_type_says_what_is_needed(cluster: clusters.Cluster, backend: memory.MemoryBackend) -> None:
    await cluster.create("services", service(clusterIP="10.96.0.7"))
    assert await ports(backend) == []
    changed = await cluster.patch("services", "web", {"spec": NODE_PORT})
    node_port = changed["spec"]["ports"][0]["nodePort"]
    assert await ports(backend) == [node_port]
    local = {"type": "LoadBalancer", "externalTrafficPolicy": "Local"}
    changed = await cluster.patch("services", "web", {"spec": local})
    health = changed["spec"]["healthCheckNodePort"]
    assert await ports(backend) == sorted([node_port, health])
    changed = await cluster.patch("services", "web", {"spec": {"externalTrafficPolicy": "Cluster"}})
    assert ("healthCheckNodePort" in changed["spec"], await ports(backend)) == (False, [node_port])
    changed = await cluster.patch("services", "web", {"spec": {"type": "ClusterIP"}})
    assert "nodePort" not in changed["spec"]["ports"][0]
    assert "externalTrafficPolicy" not in changed["spec"]
    assert (await ports(backend), await cluster.addresses()) == ([], {"10.96.0.7": "ns/web"})
    external = {"type": "ExternalName", "externalName": "db.example.com"}
    changed = await cluster.patch("services", "web", {"spec": external})
    assert not {"clusterIP", "clusterIPs", "ipFamilies", "internalTrafficPolicy"} & set(changed["spec"])
    assert await cluster.addresses() == {}
    changed = await cluster.patch("services", "web", {"spec": {"type": "ClusterIP", "externalName": None}})
    assert await cluster.addresses() == {changed["spec"]["clusterIP"]: "ns/web"}


async def test_a_refused_update_leaves_everything_as_it_was(
    cluster: clusters.Cluster, backend: memory.MemoryBackend
) -> None:
    await cluster.create("services", service(clusterIP="10.96.0.7", type="NodePort"))
    before = await ports(backend)
    bad = {"type": "ExternalName", "externalName": "Not A Name"}
    await refused(cluster.patch("services", "web", {"spec": bad}))
    more = {"ports": [{"port": 80, "name": "a"}, {"port": 81}], "type": "LoadBalancer"}
    await refused(cluster.patch("services", "web", {"spec": more}))
    assert (await ports(backend), await cluster.addresses()) == (before, {"10.96.0.7": "ns/web"})


async def test_a_dry_run_of_an_update_changes_no_claims(
    cluster: clusters.Cluster, backend: memory.MemoryBackend
) -> None:
    await cluster.create("services", service(clusterIP="10.96.0.7", type="NodePort"))
    before = await ports(backend)
    external = {"type": "ExternalName", "externalName": "db.example.com"}
    shown = await cluster.patch("services", "web", {"spec": external}, dry_run=True)
    assert "clusterIP" not in shown["spec"]
    assert (await ports(backend), await cluster.addresses()) == (before, {"10.96.0.7": "ns/web"})


async def test_a_claim_that_a_service_needs_comes_back(cluster: clusters.Cluster) -> None:
    await cluster.create("services", service(clusterIP="10.96.0.7"))
    await cluster.delete("ipaddresses", "10.96.0.7")
    assert await cluster.addresses() == {"10.96.0.7": "ns/web"}


async def test_further_ranges_are_used(make: harness.Maker, backend: memory.MemoryBackend) -> None:
    async with clusters.cluster(backend, make, ranges=["10.96.0.0/30"]) as cluster:
        for name in "ab":
            await cluster.create("services", service(name))
        text = await refused(cluster.create("services", service("c")))
        assert text == "Internal error occurred: failed to allocate a serviceIP: range is full"
        more = {"metadata": {"name": "more"}, "spec": {"cidrs": ["10.98.0.0/24"]}}
        await cluster.create("servicecidrs", more)
        made = await cluster.create("services", service("c"))
        assert made["spec"]["clusterIP"].startswith("10.98.0.")
        await cluster.create("services", service("d", clusterIP="10.98.0.7"))


async def test_services_alone_have_addresses_too(make: harness.Maker, backend: memory.MemoryBackend) -> None:
    async with clusters.cluster(backend, make, names=["services"]) as cluster:
        made = await cluster.create("services", service())
        text = await refused(cluster.create("services", service("b", clusterIP=made["spec"]["clusterIP"])))
        assert text.endswith("provided IP is already allocated")
        await cluster.delete("services", "web")
        await cluster.create("services", service("b", clusterIP=made["spec"]["clusterIP"]))
