"""Definitions that change while their controllers work on them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

import kroute
from tests.fixtures import definitions, serving

CRD = f"{definitions.CRDS}/widgets.{definitions.GROUP}"
ITEMS = definitions.items()


@pytest.fixture
async def client() -> AsyncIterator[serving.Client]:
    async with kroute.APIServer(extensions=True).serve() as running, aiohttp.ClientSession() as session:
        yield serving.Client(session, running.url)


def is_gone(found: serving.Response) -> bool:
    return found.status == 404


async def test_a_definition_may_go_and_come_again_at_any_time(client: serving.Client) -> None:
    for size in range(5):
        await client.send("POST", definitions.CRDS, definitions.definition())
        for _ in range(size):
            await client.send("POST", ITEMS, definitions.item("a"))
        assert (await client.send("DELETE", CRD)).status == 200
        await definitions.until(client, CRD, is_gone)

    await definitions.establish(client, definitions.definition())

    assert (await client.get(ITEMS)).body["items"] == []
    assert (await client.send("POST", ITEMS, definitions.item("b"))).status == 201


async def test_no_object_survives_that_was_made_while_its_definition_went(client: serving.Client) -> None:
    await definitions.establish(client, definitions.definition())
    made: list[str] = []
    going = asyncio.Event()

    async def make(worker: int) -> None:
        for number in range(1000):
            found = await client.send("POST", ITEMS, definitions.item(f"{worker}-{number}"))
            if found.status != 201:
                return
            made.append(found.body["metadata"]["name"])
            if len(made) > 20:
                going.set()

    async with asyncio.TaskGroup() as makers:
        for worker in range(4):
            makers.create_task(make(worker))
        await going.wait()
        await client.send("DELETE", CRD)
    await definitions.until(client, CRD, is_gone)
    await definitions.establish(client, definitions.definition())

    assert len(made) > 20
    assert (await client.get(ITEMS)).body["items"] == []


async def test_of_two_that_want_the_same_names_the_second_is_served_when_the_first_is_gone(
    client: serving.Client,
) -> None:
    await definitions.establish(client, definitions.definition())
    other = definitions.definition(plural="gadgets", kind="Widget")
    await client.send("POST", definitions.CRDS, other)
    path = f"{definitions.CRDS}/gadgets.{definitions.GROUP}"

    def is_refused(found: serving.Response) -> bool:
        conditions = found.body["status"]["conditions"] or []
        return any(each["type"] == "NamesAccepted" and each["status"] == "False" for each in conditions)

    await definitions.until(client, path, is_refused)
    assert is_gone(await client.get(definitions.items(plural="gadgets")))
    await client.send("DELETE", CRD)

    await definitions.until(client, path, definitions.is_established)
    await definitions.until(client, definitions.items(plural="gadgets"), lambda found: found.status == 200)


async def test_watches_of_objects_end_with_their_definition(client: serving.Client) -> None:
    await definitions.establish(client, definitions.definition())
    await client.send("POST", ITEMS, definitions.item("a"))
    async with client.session.get(f"{client.base}{ITEMS}?watch=true") as response:
        assert b"ADDED" in await response.content.readline()

        await client.send("DELETE", CRD)

        assert b"DELETED" in await response.content.readline()
        assert await response.content.read() == b""
