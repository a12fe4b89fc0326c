"""Services of one and of two IP families, on clusters that have one or both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from kroute.machinery import errors
from kroute.storage.backend.memory import backend as memory
from tests.unit.coreapi import clusters, harness
from tests.unit.coreapi.clusters import service

BOTH = ("10.96.0.0/16", "fd00:10:96::/112")
SINGLE, PREFER, REQUIRE = "SingleStack", "PreferDualStack", "RequireDualStack"
POLICY = 'Service "web" is invalid: spec.ipFamilyPolicy: Invalid value:'


@pytest.fixture
async def dual(backend: memory.MemoryBackend, make: harness.Maker) -> AsyncIterator[clusters.Cluster]:
    async with clusters.cluster(backend, make, ranges=BOTH) as found:
        yield found


async def refused(waiting: Any) -> str:
    with pytest.raises(errors.APIError) as caught:
        await waiting
    return caught.value.message


def families(obj: Any) -> tuple[list[str], str, int]:
    spec = obj["spec"]
    return spec["ipFamilies"], spec["ipFamilyPolicy"], len(spec["clusterIPs"])


@pytest.mark.parametrize(
    "spec, expected",
    [
        ({}, (["IPv4"], SINGLE, 1)),
        ({"ipFamilyPolicy": PREFER}, (["IPv4"], PREFER, 1)),
        ({"clusterIP": "None"}, (["IPv4"], SINGLE, 1)),
        ({"clusterIP": "None", "selector": None}, (["IPv4", "IPv6"], REQUIRE, 1)),
        ({"clusterIP": "None", "selector": None, "ipFamilyPolicy": SINGLE}, (["IPv4"], SINGLE, 1)),
        ({"clusterIP": "None", "selector": None, "ipFamilies": ["IPv6"]}, (["IPv6", "IPv4"], REQUIRE, 1)),
    ],
)
async def test_one_family(spec: Any, expected: Any, cluster: clusters.Cluster) -> None:
    assert families(await cluster.create("services", service(**spec))) == expected


@pytest.mark.parametrize(
    "spec, expected",
    [
        ({}, (["IPv4"], SINGLE, 1)),
        ({"ipFamilies": ["IPv6"]}, (["IPv6"], SINGLE, 1)),
        ({"ipFamilyPolicy": PREFER}, (["IPv4", "IPv6"], PREFER, 2)),
        ({"ipFamilyPolicy": REQUIRE, "ipFamilies": ["IPv6"]}, (["IPv6", "IPv4"], REQUIRE, 2)),
        ({"clusterIP": "fd00:10:96::7"}, (["IPv6"], SINGLE, 1)),
        (
            {"clusterIP": "fd00:10:96::7", "clusterIPs": ["fd00:10:96::7", "10.96.0.7"], "ipFamilyPolicy": REQUIRE},
            (["IPv6", "IPv4"], REQUIRE, 2),
        ),
    ],
)
async def test_two_families(spec: Any, expected: Any, dual: clusters.Cluster) -> None:
    made = await dual.create("services", service(**spec))
    assert families(made) == expected
    assert sorted(await dual.addresses()) == sorted(made["spec"]["clusterIPs"])


@pytest.mark.parametrize(
    "spec, expected",
    [
        ({"ipFamilyPolicy": REQUIRE}, f'{POLICY} "{REQUIRE}": this cluster is not configured for dual-stack services'),
        (
            {"ipFamilies": ["IPv6"]},
            'Service "web" is invalid: spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
        ),
        (
            {"clusterIP": "fd00::7"},
            'Service "web" is invalid: spec.clusterIPs[0]: Invalid value: ["fd00::7"]: '
            "IPv6 is not configured on this cluster",
        ),
        (
            {"ipFamilies": ["IPv4", "IPv6"], "ipFamilyPolicy": SINGLE},
            f"{POLICY} \"{SINGLE}\": must be '{REQUIRE}' or '{PREFER}' when multiple IP families are specified",
        ),
    ],
)
async def test_what_one_family_can_not_do(spec: Any, expected: str, cluster: clusters.Cluster) -> None:
    assert await refused(cluster.create("services", service(**spec))) == expected
    assert await cluster.addresses() == {}


async def test_the_second_family_comes_and_goes(dual: clusters.Cluster) -> None:
    first = (await dual.create("services", service(clusterIP="10.96.0.7")))["spec"]
    both = (await dual.patch("services", "web", {"spec": {"ipFamilyPolicy": REQUIRE}}))["spec"]
    assert both["clusterIPs"][0] == first["clusterIP"]
    assert (both["ipFamilies"], len(await dual.addresses())) == (["IPv4", "IPv6"], 2)
    text = await refused(dual.patch("services", "web", {"spec": {"ipFamilies": ["IPv4"]}}))
    assert text == f"{POLICY} \"{REQUIRE}\": must be '{SINGLE}' to release the secondary IP family"
    one = (await dual.patch("services", "web", {"spec": {"ipFamilyPolicy": SINGLE}}))["spec"]
    assert (one["clusterIPs"], one["ipFamilies"]) == (["10.96.0.7"], ["IPv4"])
    assert await dual.addresses() == {"10.96.0.7": "ns/web"}


async def test_a_second_address_that_is_taken_is_refused(dual: clusters.Cluster) -> None:
    await dual.create("services", service("first", clusterIP="fd00:10:96::7"))
    await dual.create("services", service(clusterIP="10.96.0.7"))
    more = {"ipFamilyPolicy": REQUIRE, "clusterIPs": ["10.96.0.7", "fd00:10:96::7"]}
    text = await refused(dual.patch("services", "web", {"spec": more}))
    assert text.endswith("failed to allocate IP fd00:10:96::7: provided IP is already allocated")
    both = {"ipFamilyPolicy": REQUIRE, "clusterIP": "10.96.0.8", "clusterIPs": ["10.96.0.8", "fd00:10:96::7"]}
    await refused(dual.create("services", service("third", **both)))
    assert sorted(await dual.addresses()) == ["10.96.0.7", "fd00:10:96::7"]


async def test_who_prefers_two_stays_with_one_after_the_cluster_has_two(
    backend: memory.MemoryBackend, make: harness.Maker
) -> None:
    async with clusters.cluster(backend, make) as single:
        await single.create("services", service(clusterIP="10.96.0.7", ipFamilyPolicy=PREFER))
    async with clusters.cluster(backend, make, ranges=BOTH) as dual:
        kept = await dual.patch("services", "web", {"metadata": {"labels": {"a": "b"}}})
        assert families(kept) == (["IPv4"], PREFER, 1)


async def test_an_address_of_a_family_that_is_no_more_stays_claimed(
    backend: memory.MemoryBackend, make: harness.Maker
) -> None:
    async with clusters.cluster(backend, make, ranges=BOTH) as dual:
        both = {"clusterIP": "10.96.0.7", "clusterIPs": ["10.96.0.7", "fd00:10:96::7"], "ipFamilyPolicy": REQUIRE}
        await dual.create("services", service(**both))
    async with clusters.cluster(backend, make) as single:
        await single.delete("services", "web")
        assert await single.addresses() == {"fd00:10:96::7": "ns/web"}
