"""Requests for custom resources that no route is for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

import kroute
from tests.fixtures import definitions, serving

ITEMS = definitions.items()
WITHOUT_NAMESPACE = f"/apis/{definitions.GROUP}/v1/widgets"
OF = f"widgets.{definitions.GROUP}"


@pytest.fixture
async def client() -> AsyncIterator[serving.Client]:
    async with kroute.APIServer(extensions=True).serve() as running, aiohttp.ClientSession() as session:
        found = serving.Client(session, running.url)
        versions = [
            definitions.version(subresources={"status": {}}),
            definitions.version("v1beta1", storage=False, deprecated=True),
        ]
        await definitions.establish(found, definitions.definition(*versions))
        await definitions.establish(found, definitions.definition(plural="moons", kind="Moon", scope="Cluster"))
        await found.send("POST", ITEMS, definitions.item("a"))
        yield found


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", f"{WITHOUT_NAMESPACE}/a"),
        ("POST", WITHOUT_NAMESPACE),
        ("DELETE", WITHOUT_NAMESPACE),
        ("GET", definitions.items(plural="moons")),
        ("POST", definitions.items(plural="moons")),
        ("GET", definitions.items(plural="suns")),
        ("GET", definitions.items("v2")),
    ],
)
async def test_what_is_not_where_it_is_looked_for_is_nowhere(client: serving.Client, method: str, path: str) -> None:
    found = await client.send(method, path, {} if method == "POST" else None)

    assert (found.status, found.body) == (404, "404 page not found\n")


@pytest.mark.parametrize("path", ["a/scale", "a/log", "missing/scale"])
async def test_a_subresource_that_there_is_not_is_an_object_that_there_is_not(
    client: serving.Client, path: str
) -> None:
    found = await client.get(f"{ITEMS}/{path}")

    assert (found.status, found.body["reason"]) == (404, "NotFound")
    assert found.body["message"] == f'{OF} "{path.partition("/")[0]}" not found'


@pytest.mark.parametrize(
    "method, path, verb",
    [("POST", "a/status", "create"), ("DELETE", "a/status", "delete"), ("OPTIONS", "a", ""), ("OPTIONS", "", "")],
)
async def test_a_method_that_is_not_served_is_told_with_its_verb(
    client: serving.Client, method: str, path: str, verb: str
) -> None:
    found = await client.send(method, f"{ITEMS}/{path}".rstrip("/"))

    assert found.status == 405
    assert found.body["message"] == f'{verb} is not supported on resources of kind "{OF}"'
    assert found.body["details"] == {"group": definitions.GROUP, "kind": "widgets"}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_write_without_a_name_is_refused(client: serving.Client, method: str) -> None:
    found = await client.send(method, ITEMS, definitions.item("a"))

    assert (found.status, found.body["message"]) == (400, "name must be provided")


async def test_a_create_at_an_objects_path_makes_an_object(client: serving.Client) -> None:
    found = await client.send("POST", f"{ITEMS}/b", definitions.item("b"))

    assert (found.status, found.body["metadata"]["name"]) == (201, "b")


async def test_what_follows_a_subresource_is_not_looked_at(client: serving.Client) -> None:
    found = await client.get(f"{ITEMS}/a/status/x")

    assert (found.status, found.body["kind"]) == (200, "Widget")


async def test_users_of_a_deprecated_version_are_warned_whatever_they_ask(client: serving.Client) -> None:
    found = await client.get(f"{definitions.items('v1beta1')}/a/scale")

    assert found.status == 404
    assert [warning.split('"')[1] for warning in found.warnings] == [
        f"{definitions.GROUP}/v1beta1 Widget is deprecated; use {definitions.GROUP}/v1 Widget"
    ]
