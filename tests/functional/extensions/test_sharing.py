"""Definitions in several processes that share a store: each serves what another one was told."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import aiohttp
import pytest

import kroute
from tests.fixtures import definitions, serving

CRD = f"{definitions.CRDS}/widgets.{definitions.GROUP}"
ITEMS = definitions.items()
RESOURCES = f"/apis/{definitions.GROUP}/v1"


@contextlib.asynccontextmanager
async def serving_from(storage: str) -> AsyncIterator[serving.Client]:
    async with (
        kroute.APIServer(extensions=True, storage=storage).serve() as running,
        aiohttp.ClientSession() as session,
    ):
        yield serving.Client(session, running.url)


@pytest.fixture
async def two(redis_url: str) -> AsyncIterator[tuple[serving.Client, serving.Client]]:
    async with serving_from(redis_url) as first, serving_from(redis_url) as second:
        yield first, second


async def test_what_one_was_told_all_serve(two: tuple[serving.Client, serving.Client]) -> None:
    first, second = two
    await definitions.establish(first, definitions.definition())

    await definitions.until(second, ITEMS, lambda found: found.status == 200)
    made = await second.send("POST", ITEMS, definitions.item("a", spec={"size": 1}))

    assert made.status == 201
    assert (await first.get(f"{ITEMS}/a")).body["spec"] == {"size": 1}
    for client in two:
        assert [each["name"] for each in (await client.get(RESOURCES)).body["resources"]] == ["widgets"]
        await definitions.until(client, f"/openapi/v3{RESOURCES}", lambda found: found.status == 200)


async def test_a_change_of_the_definition_reaches_all(two: tuple[serving.Client, serving.Client]) -> None:
    first, second = two
    await definitions.establish(first, definitions.definition())
    await definitions.until(second, ITEMS, lambda found: found.status == 200)
    current = (await second.get(CRD)).body
    current["spec"]["versions"][0]["subresources"] = {"status": {}}

    assert (await second.send("PUT", CRD, current)).status == 200

    def has_status(found: serving.Response) -> bool:
        return len(found.body["resources"]) == 2

    for client in two:
        await definitions.until(client, RESOURCES, has_status)


async def test_what_is_deleted_at_one_is_gone_at_all(two: tuple[serving.Client, serving.Client]) -> None:
    first, second = two
    await definitions.establish(first, definitions.definition())
    await definitions.until(second, ITEMS, lambda found: found.status == 200)
    for client, name in ((first, "a"), (second, "b")):
        assert (await client.send("POST", ITEMS, definitions.item(name))).status == 201

    assert (await second.send("DELETE", CRD)).status == 200

    for client in two:
        await definitions.until(client, CRD, lambda found: found.status == 404)
        await definitions.until(client, ITEMS, lambda found: found.status == 404)
    await definitions.establish(first, definitions.definition())
    assert (await first.get(ITEMS)).body["items"] == []


async def test_a_process_that_starts_later_serves_what_is_there(redis_url: str) -> None:
    async with serving_from(redis_url) as first:
        await definitions.establish(first, definitions.definition())
        await first.send("POST", ITEMS, definitions.item("a"))

        async with serving_from(redis_url) as second:
            await definitions.until(second, f"{ITEMS}/a", lambda found: found.status == 200)


async def test_a_deletion_that_was_interrupted_goes_on_after_the_next_start(redis_url: str) -> None:
    async with serving_from(redis_url) as first:
        await definitions.establish(first, definitions.definition())
        held = definitions.item("a")
        held["metadata"]["finalizers"] = ["example.org/wait"]
        await first.send("POST", ITEMS, held)
        await first.send("DELETE", CRD)
        await definitions.until(first, f"{ITEMS}/a", lambda found: "deletionTimestamp" in found.body["metadata"])

    async with serving_from(redis_url) as second:
        served = await definitions.until(second, RESOURCES, lambda found: found.status == 200)
        verbs = served.body["resources"][0]["verbs"]
        assert not {"create", "patch", "update"} & set(verbs)
        refused = await second.send("POST", ITEMS, definitions.item("b"))
        assert "while custom resource definition is terminating" in refused.body["message"]
        await second.send(
            "PATCH", f"{ITEMS}/a", {"metadata": {"finalizers": None}}, content_type="application/merge-patch+json"
        )
        await definitions.until(second, CRD, lambda found: found.status == 404)
