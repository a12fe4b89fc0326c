"""CustomResourceDefinitions over HTTP: served when they are established, changed while they are, gone with their
objects."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

import kroute
from tests.fixtures import serving

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WIDGETS = "/apis/toys.example.org/v1/namespaces/play/widgets"
MERGE = "application/merge-patch+json"


def definition(plural: str = "widgets", kind: str = "Widget", **spec: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.toys.example.org"},
        "spec": {
            "group": "toys.example.org",
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": kind},
            "versions": [version],
            **spec,
        },
    }


def widget(name: str, **more: Any) -> dict[str, Any]:
    return {"apiVersion": "toys.example.org/v1", "kind": "Widget", "metadata": {"name": name}, **more}


@pytest.fixture
async def client() -> AsyncIterator[serving.Client]:
    server = kroute.APIServer(extensions=True)
    async with server.serve() as running, aiohttp.ClientSession() as session:
        yield serving.Client(session, running.url)


async def until(client: serving.Client, path: str, holds: Callable[[serving.Response], bool]) -> serving.Response:
    async with asyncio.timeout(20):
        while True:
            answer = await client.get(path)
            if holds(answer):
                return answer
            await asyncio.sleep(0.01)


def is_established(answer: serving.Response) -> bool:
    conditions = answer.body["status"]["conditions"] or []
    return {"Established": "True"}.items() <= {each["type"]: each["status"] for each in conditions}.items()


async def establish(client: serving.Client, crd: dict[str, Any]) -> serving.Response:
    created = await client.send("POST", CRDS, crd)
    assert created.status == 201, created.body
    return await until(client, f"{CRDS}/{crd['metadata']['name']}", is_established)


async def test_an_established_definition_is_served_at_once(client: serving.Client) -> None:
    found = await establish(client, definition())

    made = await client.send("POST", WIDGETS, widget("one", spec={"size": 1, "unknown": True}))

    assert made.status == 201
    assert made.body["spec"] == {"size": 1}
    assert [each["reason"] for each in found.body["status"]["conditions"]] == ["NoConflicts", "InitialNamesAccepted"]
    assert found.body["spec"]["names"]["listKind"] == "WidgetList"
    listed = await client.get("/apis/toys.example.org/v1")
    assert [each["name"] for each in listed.body["resources"]] == ["widgets"]
    document = await client.get("/openapi/v3/apis/toys.example.org/v1")
    assert "org.example.toys.v1.Widget" in document.body["components"]["schemas"]


async def test_what_does_not_fit_the_schema_is_refused(client: serving.Client) -> None:
    await establish(client, definition())

    refused = await client.send("POST", WIDGETS, widget("one", spec={"size": "big"}))

    assert refused.status == 422
    assert refused.body["details"]["causes"][0]["field"] == "spec.size"


async def test_a_group_nobody_defines_is_not_found(client: serving.Client) -> None:
    answer = await client.get(WIDGETS)

    assert (answer.status, answer.body) == (404, "404 page not found\n")


async def test_definitions_of_one_group_version_are_served_together(client: serving.Client) -> None:
    await establish(client, definition())
    await establish(client, definition("gadgets", "Gadget"))

    listed = await client.get("/apis/toys.example.org/v1")
    assert [each["name"] for each in listed.body["resources"]] == ["gadgets", "widgets"]
    await client.send("DELETE", f"{CRDS}/gadgets.toys.example.org")
    await until(client, "/apis/toys.example.org/v1/gadgets", lambda answer: answer.status == 404)
    assert (await client.get(WIDGETS)).status == 200


async def test_a_kind_that_is_taken_is_not_accepted(client: serving.Client) -> None:
    await establish(client, definition())
    await client.send("POST", CRDS, definition("gadgets", "Widget"))

    found = await until(
        client, f"{CRDS}/gadgets.toys.example.org", lambda answer: bool(answer.body["status"]["conditions"])
    )

    assert [(each["type"], each["status"], each["reason"]) for each in found.body["status"]["conditions"]] == [
        ("NamesAccepted", "False", "ListKindConflict"),
        ("Established", "False", "NotAccepted"),
    ]
    await client.send("DELETE", f"{CRDS}/widgets.toys.example.org")
    await until(client, f"{CRDS}/gadgets.toys.example.org", is_established)


async def test_a_changed_schema_holds_for_what_comes_next_and_objects_stay(client: serving.Client) -> None:
    await establish(client, definition())
    await client.send("POST", WIDGETS, widget("one", spec={"size": 1}))
    versions = definition()["spec"]["versions"]
    versions[0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["color"] = {
        "type": "string",
        "default": "red",
    }

    changed = await client.send(
        "PATCH", f"{CRDS}/widgets.toys.example.org", {"spec": {"versions": versions}}, content_type=MERGE
    )

    assert changed.body["metadata"]["generation"] == 2
    shown = await until(client, f"{WIDGETS}/one", lambda answer: answer.body["spec"].get("color") == "red")
    assert shown.body["spec"] == {"size": 1, "color": "red"}


async def test_deleting_a_definition_deletes_its_objects_and_tells_watches(client: serving.Client) -> None:
    await establish(client, definition())
    for name in ("one", "two"):
        await client.send("POST", WIDGETS, widget(name))
    async with client.session.get(f"{client.base}{WIDGETS}?watch=1") as watch:
        told = await client.send("DELETE", f"{CRDS}/widgets.toys.example.org")
        events = [json.loads(await watch.content.readline()) for _ in range(4)]

    assert told.body["metadata"]["finalizers"] == ["customresourcecleanup.apiextensions.k8s.io"]
    assert [event["type"] for event in events] == ["ADDED", "ADDED", "DELETED", "DELETED"]
    await until(client, f"{CRDS}/widgets.toys.example.org", lambda answer: answer.status == 404)
    await until(client, WIDGETS, lambda answer: answer.status == 404)


async def test_a_definition_waits_for_the_finalizers_of_its_objects(client: serving.Client) -> None:
    await establish(client, definition())
    held = widget("held")
    held["metadata"]["finalizers"] = ["example.org/hold"]
    await client.send("POST", WIDGETS, held)

    await client.send("DELETE", f"{CRDS}/widgets.toys.example.org")
    await until(client, f"{WIDGETS}/held", lambda answer: "deletionTimestamp" in answer.body["metadata"])
    refused = await client.send("POST", WIDGETS, widget("late"))
    await client.send("PATCH", f"{WIDGETS}/held", {"metadata": {"finalizers": None}}, content_type=MERGE)

    assert refused.status == 403
    await until(client, f"{CRDS}/widgets.toys.example.org", lambda answer: answer.status == 404)


async def test_a_definition_can_come_back_with_another_shape(client: serving.Client) -> None:
    await establish(client, definition())
    await client.send("POST", WIDGETS, widget("one"))
    await client.send("DELETE", f"{CRDS}/widgets.toys.example.org")
    await until(client, f"{CRDS}/widgets.toys.example.org", lambda answer: answer.status == 404)

    await establish(client, definition(scope="Cluster"))

    found = await until(client, "/apis/toys.example.org/v1/widgets", lambda answer: answer.status == 200)
    assert found.body["items"] == []
