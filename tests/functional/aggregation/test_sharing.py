"""Several aggregators over one store: what one is told, the others do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fixtures import aggregation
from tests.fixtures.aggregation import API_SERVICES, BASE, NAME, Aggregator
from tests.functional.aggregation import test_registering as registering

THINGS = f"{BASE}/namespaces/shop/things"
PROXY = ("front-proxy-ca.crt", "front-proxy-ca.key", "front-proxy-client.crt", "front-proxy-client.key")


@pytest.fixture
async def two(redis_url: str, tmp_path: Path) -> AsyncIterator[tuple[Aggregator, Aggregator]]:
    """Their front proxies have one authority, as those of one cluster have."""
    async with aggregation.aggregator(tmp_path / "one", storage=redis_url, extensions=True) as one:
        (tmp_path / "two" / "pki").mkdir(parents=True)
        for name in PROXY:
            (tmp_path / "two" / "pki" / name).write_bytes((tmp_path / "one" / "pki" / name).read_bytes())
        async with aggregation.aggregator(tmp_path / "two", storage=redis_url, extensions=True) as other:
            yield one, other


async def answered(at: Aggregator, path: str, status: int) -> None:
    async with asyncio.timeout(aggregation.PATIENCE):
        while (await at.get(path)).status != status:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def test_requests_are_passed_on_by_all(two: tuple[Aggregator, Aggregator], tmp_path: Path) -> None:
    authority = tmp_path / "one" / "pki" / "front-proxy-ca.crt"
    async with aggregation.other(tmp_path / "other", clients=authority) as other:
        await two[0].register(other.api_service())
        await answered(two[1], f"/apis/{aggregation.GROUP}", 200)
        assert (await two[1].get(THINGS)).text == "404 page not found\n"
        assert len(other.requests(THINGS)) == 1
        await two[1].send("DELETE", f"{API_SERVICES}/{NAME}")
        await answered(two[0], f"/apis/{aggregation.GROUP}", 404)


async def test_what_is_registered_stays_as_it_is(two: tuple[Aggregator, Aggregator]) -> None:
    """However little one process knows of the other's custom resources at the time."""
    path = f"{API_SERVICES}/{registering.CUSTOM}"
    await two[0].send("POST", registering.DEFINITIONS, registering.DEFINITION)
    await answered(two[1], path, 200)
    made = (await two[1].get(path)).json["metadata"]["uid"]
    for at in two:
        await answered(at, "/apis/shop.example.org/v1/mugs", 200)
        assert (await at.get(path)).json["metadata"]["uid"] == made
    await two[1].send("DELETE", f"{registering.DEFINITIONS}/mugs.shop.example.org")
    for at in two:
        await answered(at, path, 404)
        await answered(at, "/apis/shop.example.org/v1/mugs", 404)
