"""APIServices for what a server serves itself: there from the start, and coming and going with custom resources."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.fixtures import aggregation
from tests.fixtures.aggregation import API_SERVICES, Aggregator
from tests.tools import toys

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
MANAGED = "kube-aggregator.kubernetes.io/automanaged"
CUSTOM = "v1.shop.example.org"
DEFINITION = {
    "metadata": {"name": "mugs.shop.example.org"},
    "spec": {
        "group": "shop.example.org",
        "scope": "Cluster",
        "names": {"plural": "mugs", "kind": "Mug"},
        "versions": [
            {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
        ],
    },
}


async def status(at: Aggregator, name: str, wanted: int) -> Any:
    """Wait until an APIService is there, or gone."""
    async with asyncio.timeout(aggregation.PATIENCE):
        while (found := await at.get(f"{API_SERVICES}/{name}")).status != wanted:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    return found.json


async def test_what_is_served_from_the_start_is_registered(tmp_path: Path) -> None:
    async with aggregation.aggregator(tmp_path, resources=[toys.WIDGETS]) as at:
        found = (await at.get(API_SERVICES)).json["items"]
    assert {item["metadata"]["name"] for item in found} == {"v1.", "v1.discovery.k8s.io", "v1.toys.example.org"}
    core = next(item for item in found if item["metadata"]["name"] == "v1.")
    assert core["metadata"]["labels"] == {MANAGED: "onstart"}
    assert core["spec"] == {"version": "v1", "groupPriorityMinimum": 18000, "versionPriority": 1}
    (condition,) = core["status"]["conditions"]
    assert (condition["status"], condition["reason"]) == ("True", "Local")


async def test_one_that_is_deleted_stays_away_until_the_next_start(tmp_path: Path) -> None:
    path = f"{API_SERVICES}/v1.discovery.k8s.io"
    async with on_disk(tmp_path) as at:
        assert (await at.send("DELETE", path)).status == 200
        await at.send("POST", DEFINITIONS, DEFINITION)
        await status(at, CUSTOM, 200)  # what was due before has been looked at
        assert (await at.get(path)).status == 404
        assert (await at.get("/apis/discovery.k8s.io/v1")).status == 200
    async with on_disk(tmp_path) as at:
        await status(at, "v1.discovery.k8s.io", 200)


async def test_one_that_was_changed_is_put_in_order_at_the_next_start(tmp_path: Path) -> None:
    path = f"{API_SERVICES}/v1.discovery.k8s.io"
    async with on_disk(tmp_path) as at:
        there = (await at.get(path)).json
        there["spec"]["groupPriorityMinimum"] = 7
        assert (await at.send("PUT", path, there)).status == 200
        groups = [group["name"] for group in (await at.get("/apis")).json["groups"]]
        assert groups[-1] == "discovery.k8s.io"
    async with on_disk(tmp_path) as at:
        async with asyncio.timeout(aggregation.PATIENCE):
            while (await at.get(path)).json["spec"]["groupPriorityMinimum"] == 7:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)


async def test_those_of_custom_resources_come_back_and_go_with_them(tmp_path: Path) -> None:
    async with on_disk(tmp_path) as at:
        await at.send("POST", DEFINITIONS, DEFINITION)
        made = await status(at, CUSTOM, 200)
        assert made["metadata"]["labels"] == {MANAGED: "true"}
        assert (made["spec"]["groupPriorityMinimum"], made["spec"]["versionPriority"]) == (1000, 100)
        await at.send("DELETE", f"{API_SERVICES}/{CUSTOM}")
        again = await status(at, CUSTOM, 200)
        assert again["metadata"]["uid"] != made["metadata"]["uid"]
    async with on_disk(tmp_path) as at:
        assert (await at.get(f"{API_SERVICES}/{CUSTOM}")).json["metadata"]["uid"] == again["metadata"]["uid"]
        await at.send("DELETE", f"{DEFINITIONS}/mugs.shop.example.org")
        await status(at, CUSTOM, 404)


async def test_one_that_somebody_wrote_is_theirs(tmp_path: Path) -> None:
    own = {
        "metadata": {"name": CUSTOM},
        "spec": {"group": "shop.example.org", "version": "v1", "groupPriorityMinimum": 3, "versionPriority": 4},
    }
    async with on_disk(tmp_path) as at:
        assert (await at.send("POST", API_SERVICES, own)).status == 201
        await at.send("POST", DEFINITIONS, DEFINITION)
        async with asyncio.timeout(aggregation.PATIENCE):
            while (await at.get("/apis/shop.example.org/v1/mugs")).status != 200:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        there = (await at.get(f"{API_SERVICES}/{CUSTOM}")).json
        assert there["spec"]["groupPriorityMinimum"] == 3
        assert "labels" not in there["metadata"]
        await at.send("DELETE", f"{DEFINITIONS}/mugs.shop.example.org")
        async with asyncio.timeout(aggregation.PATIENCE):
            while (await at.get("/apis/shop.example.org/v1/mugs")).status != 404:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        assert (await at.get(f"{API_SERVICES}/{CUSTOM}")).status == 200


async def test_the_table_of_kubectl(tmp_path: Path) -> None:
    async with aggregation.aggregator(tmp_path) as at:
        accept = "application/json;as=Table;g=meta.k8s.io;v=v1"
        found = (await at.get(f"{API_SERVICES}/v1.", Accept=accept)).json
    assert [column["name"] for column in found["columnDefinitions"]] == ["Name", "Service", "Available", "Age"]
    assert found["rows"][0]["cells"][:3] == ["v1.", "Local", "True"]


def on_disk(data_dir: Path) -> Any:
    """An aggregator with custom resources, whose objects stay."""
    return aggregation.aggregator(data_dir, storage=f"sqlite:///{data_dir}/kroute.db", extensions=True)


async def test_a_group_version_that_nobody_serves_is_listed_and_not_found(tmp_path: Path) -> None:
    own = {
        "metadata": {"name": CUSTOM},
        "spec": {"group": "shop.example.org", "version": "v1", "groupPriorityMinimum": 3, "versionPriority": 4},
    }
    async with aggregation.aggregator(tmp_path) as at:
        await at.send("POST", API_SERVICES, own)
        async with asyncio.timeout(aggregation.PATIENCE):
            while (found := await at.get("/apis/shop.example.org")).status != 200:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        groups = (await at.get("/apis")).json["groups"]
        assert groups[-1]["name"] == found.json["name"] == "shop.example.org"
        missing = await at.get("/apis/shop.example.org/v1")
        assert (missing.status, missing.text) == (404, "404 page not found\n")
        aggregated = (await at.get("/apis", Accept=aggregation.V2)).json["items"]
        assert "shop.example.org" not in {item["metadata"]["name"] for item in aggregated}
