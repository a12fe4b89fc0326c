"""Custom resources in two versions that a webhook converts: `v1` has `spec.size`, `v2` has `spec.dimensions.size`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import kroute
from tests.fixtures import definitions, serving, webhooks

ONE, TWO = definitions.items("v1"), definitions.items("v2")
APPLY = "application/apply-patch+yaml"
SIZE = {"type": "integer"}
SCHEMAS = {
    "v1": {"type": "object", "properties": {"size": SIZE, "colour": {"type": "string", "default": "red"}}},
    "v2": {"type": "object", "properties": {"dimensions": {"type": "object", "properties": {"size": SIZE}}}},
}


def version(name: str, **more: Any) -> dict[str, Any]:
    status = {"type": "object", "properties": {"phase": {"type": "string"}}}
    schema = {"type": "object", "properties": {"spec": SCHEMAS[name], "status": status}}
    return definitions.version(name, schema=schema, subresources={"status": {}}, **more)


def definition(hook: webhooks.Hook, *, stored: str = "v1") -> dict[str, Any]:
    versions = [version(name, storage=name == stored) for name in ("v1", "v2")]
    webhook = {"clientConfig": hook.client_config, "conversionReviewVersions": ["v1"]}
    return definitions.definition(*versions, conversion={"strategy": "Webhook", "webhook": webhook})


def converted(obj: dict[str, Any], wanted: str) -> dict[str, Any]:
    spec = obj.get("spec") or {}
    if wanted.endswith("/v2") and "size" in spec:
        spec = {"dimensions": {"size": spec["size"]}}
    elif wanted.endswith("/v1") and "dimensions" in spec:
        spec = {"size": spec["dimensions"]["size"]}
    return {**obj, "apiVersion": wanted, "spec": spec}


def answer(review: dict[str, Any]) -> dict[str, Any]:
    request = review["request"]
    found = [converted(each, request["desiredAPIVersion"]) for each in request["objects"]]
    result = {"status": "Success"}
    response = {"uid": request["uid"], "convertedObjects": found, "result": result}
    return {"kind": "ConversionReview", "apiVersion": "apiextensions.k8s.io/v1", "response": response}


@pytest.fixture
async def hook(tmp_path: Path) -> AsyncIterator[webhooks.Hook]:
    async with webhooks.running(tmp_path, answer) as found:
        yield found


@pytest.fixture
async def client(hook: webhooks.Hook) -> AsyncIterator[serving.Client]:
    async with kroute.APIServer(extensions=True).serve() as running, aiohttp.ClientSession() as session:
        found = serving.Client(session, running.url)
        await definitions.establish(found, definition(hook))
        yield found


def one(name: str = "a", size: int = 3) -> dict[str, Any]:
    return definitions.item(name, spec={"size": size})


def two(name: str = "a", size: int = 3) -> dict[str, Any]:
    return definitions.item(name, version="v2", spec={"dimensions": {"size": size}})


async def test_objects_are_read_in_the_version_that_is_asked_for(client: serving.Client, hook: webhooks.Hook) -> None:
    made = await client.send("POST", ONE, one())
    assert made.status == 201
    assert made.body["spec"] == {"size": 3, "colour": "red"}

    found = await client.get(f"{TWO}/a")

    assert found.status == 200
    assert found.body["apiVersion"] == "toys.example.org/v2"
    assert found.body["spec"] == {"dimensions": {"size": 3}}
    assert found.body["metadata"]["resourceVersion"] == made.body["metadata"]["resourceVersion"]
    assert all(
        "resourceVersion" not in each["metadata"] for _, body in hook.seen for each in body["request"]["objects"]
    )


async def test_objects_written_in_another_version_are_stored_converted(client: serving.Client) -> None:
    made = await client.send("POST", TWO, two())
    assert (made.status, made.body["spec"]) == (201, {"dimensions": {"size": 3}})

    changed = await client.send("PUT", f"{TWO}/a", {**made.body, "spec": {"dimensions": {"size": 4}}})
    assert (changed.status, changed.body["metadata"]["generation"]) == (200, 2)

    assert (await client.get(f"{ONE}/a")).body["spec"] == {"size": 4, "colour": "red"}


async def test_an_update_that_changes_nothing_writes_nothing(client: serving.Client) -> None:
    made = await client.send("POST", TWO, two())

    again = await client.send("PUT", f"{TWO}/a", made.body)

    assert again.body["metadata"]["resourceVersion"] == made.body["metadata"]["resourceVersion"]


async def test_objects_are_validated_in_the_version_they_are_sent_in(
    client: serving.Client, hook: webhooks.Hook
) -> None:
    refused = await client.send("POST", TWO, definitions.item("a", version="v2", spec={"dimensions": {"size": "big"}}))

    assert refused.status == 422
    assert "spec.dimensions.size" in refused.body["message"]
    assert hook.seen == []


async def test_lists_and_watches_show_all_objects_in_their_version(client: serving.Client) -> None:
    for name in ("a", "b"):
        await client.send("POST", ONE, one(name))

    found = await client.get(TWO)
    assert [each["spec"] for each in found.body["items"]] == [{"dimensions": {"size": 3}}] * 2

    path = f"{TWO}?watch=true&resourceVersion={found.body['metadata']['resourceVersion']}"
    async with client.session.get(client.base + path) as response:
        await client.send("PATCH", f"{ONE}/b", {"spec": {"size": 9}}, content_type="application/merge-patch+json")
        await client.send("DELETE", f"{ONE}/b")
        events = [json.loads(await response.content.readline()) for _ in range(2)]

    assert [each["type"] for each in events] == ["MODIFIED", "DELETED"]
    assert [each["object"]["spec"] for each in events] == [{"dimensions": {"size": 9}}] * 2


async def test_owners_of_other_versions_keep_their_fields(client: serving.Client) -> None:
    await client.send("PATCH", f"{ONE}/a?fieldManager=first", one(), content_type=APPLY)

    conflict = await client.send("PATCH", f"{TWO}/a?fieldManager=second", two(size=5), content_type=APPLY)
    assert conflict.status == 409
    assert conflict.body["message"] == 'Apply failed with 1 conflict: conflict with "first": .spec.size'

    forced = await client.send("PATCH", f"{TWO}/a?fieldManager=second&force=true", two(size=5), content_type=APPLY)
    assert forced.status == 200
    entries = {each["manager"]: each for each in forced.body["metadata"]["managedFields"]}
    assert list(entries["second"]["fieldsV1"]["f:spec"]) == ["f:dimensions"]
    assert "first" not in entries


async def test_the_status_is_converted_too(client: serving.Client) -> None:
    await client.send("POST", ONE, one())

    changed = await client.send(
        "PATCH", f"{TWO}/a/status", {"status": {"phase": "New"}}, content_type="application/merge-patch+json"
    )

    assert (changed.status, changed.body["spec"]) == (200, {"dimensions": {"size": 3}})
    assert (await client.get(f"{ONE}/a")).body["status"] == {"phase": "New"}


async def test_metadata_stays_but_for_labels_and_annotations(client: serving.Client, hook: webhooks.Hook) -> None:
    await client.send(
        "POST", ONE, {**one(), "metadata": {"name": "a", "labels": {"x": "y"}, "finalizers": ["e.org/f"]}}
    )

    def changing(review: dict[str, Any]) -> dict[str, Any]:
        found = answer(review)
        for each in found["response"]["convertedObjects"]:
            each["metadata"] = {**each["metadata"], "annotations": {"made": "here"}, "generation": 77}
            each["metadata"].pop("finalizers")
            each["metadata"].pop("labels")
        return found

    hook.answer = changing
    found = (await client.get(f"{TWO}/a")).body["metadata"]

    assert (found["annotations"], found["generation"], found["finalizers"]) == ({"made": "here"}, 1, ["e.org/f"])
    assert "labels" not in found


def failing(**response: Any) -> Any:
    def fail(review: dict[str, Any]) -> dict[str, Any]:
        found = answer(review)
        found["response"].update(response)
        return found

    return fail


KIND = "toys.example.org/v1, Kind=Widget"


@pytest.mark.parametrize(
    "response, told",
    [
        ({"result": {"status": "Failure", "message": "no way"}}, "failed: no way"),
        ({"result": {}}, "failed: response.result.status was '', not 'Success'"),
        ({"convertedObjects": []}, "returned 0 objects, expected 1"),
        ({"convertedObjects": [one()]}, "returned invalid object at index 0: invalid groupVersion (expected "
         "toys.example.org/v2, received toys.example.org/v1)"),
        ({"convertedObjects": [{**two(), "kind": "Other"}]}, "returned invalid object at index 0: invalid kind "
         "(expected Widget, received Other)"),
        ({"convertedObjects": [two("b")]}, "returned invalid object: must have the same name: a != b"),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_an_answer_is_told(
    client: serving.Client, hook: webhooks.Hook, response: dict[str, Any], told: str
) -> None:
    await client.send("POST", ONE, one())
    hook.answer = failing(**response)

    found = await client.get(f"{TWO}/a")

    assert found.status == 500
    assert found.body["message"] == f"conversion webhook for {KIND} {told}"
    assert "reason" not in found.body


async def test_without_its_webhook_the_stored_version_goes_on(client: serving.Client, hook: webhooks.Hook) -> None:
    await client.send("POST", ONE, one())
    hook.answer = lambda review: aiohttp.web.Response(status=503)

    unread = await client.get(f"{TWO}/a")
    unwritten = await client.send("POST", TWO, two("b"))

    why = "the server is currently unable to handle the request"
    assert unread.body["message"] == f"conversion webhook for {KIND} failed: {why}"
    assert unwritten.body["message"] == f"conversion webhook for toys.example.org/v2, Kind=Widget failed: {why}"
    assert (await client.get(f"{ONE}/a")).status == 200
    assert [each["metadata"]["name"] for each in (await client.get(ONE)).body["items"]] == ["a"]
    hook.answer = answer
    assert (await client.get(f"{TWO}/a")).status == 200


async def test_a_list_that_cannot_be_converted_tells_why(client: serving.Client, hook: webhooks.Hook) -> None:
    hook.answer = failing(result={"status": "Failure", "message": "asleep"})
    await client.send("POST", ONE, one())

    found = await client.get(TWO)
    hook.answer = answer
    again = await client.get(TWO)

    assert (found.status, found.body["message"]) == (500, f"conversion webhook for {KIND} failed: asleep")
    assert [each["spec"] for each in again.body["items"]] == [{"dimensions": {"size": 3}}]


async def test_objects_stay_readable_when_another_version_becomes_the_stored_one(
    client: serving.Client, hook: webhooks.Hook
) -> None:
    await client.send("POST", ONE, one())
    name = "widgets.toys.example.org"
    current = (await client.get(f"{definitions.CRDS}/{name}")).body
    changed = {**current, "spec": {**current["spec"], **definition(hook, stored="v2")["spec"]}}
    answered = await client.send("PUT", f"{definitions.CRDS}/{name}", changed)
    assert answered.body["status"]["storedVersions"] == ["v1", "v2"]

    def is_current(found: serving.Response) -> bool:
        return bool(found.status == 200 and found.body["spec"] == {"dimensions": {"size": 3}})

    before = await definitions.until(client, f"{TWO}/a", is_current)
    rewritten = await client.send("PUT", f"{TWO}/a", before.body)
    again = await client.send("PUT", f"{TWO}/a", rewritten.body)

    assert rewritten.body["metadata"]["resourceVersion"] != before.body["metadata"]["resourceVersion"]
    assert again.body["metadata"]["resourceVersion"] == rewritten.body["metadata"]["resourceVersion"]
    assert (await client.get(f"{ONE}/a")).body["spec"]["size"] == 3


async def test_the_objects_go_with_their_definition(client: serving.Client) -> None:
    await client.send("POST", TWO, two())
    path = f"{definitions.CRDS}/widgets.toys.example.org"

    assert (await client.send("DELETE", path)).status == 200

    await definitions.until(client, path, lambda found: found.status == 404)
    await definitions.until(client, TWO, lambda found: found.status == 404)
