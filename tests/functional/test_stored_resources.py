"""Actions and the generic store together, over HTTP: two versions, status, scale, pages, watches, conflicts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from kroute import installer
from kroute.kinds import build, definition
from kroute.machinery import objects
from kroute.schema import compiling, godecoding, gotypes, structural
from kroute.storage import caches, strategy
from kroute.storage.backend.memory import backend as memory
from tests.fixtures import serving

V1 = "/apis/toys.example.org/v1/namespaces/play/widgets"
BETA = "/apis/toys.example.org/v1beta1/namespaces/play/widgets"
MERGE, APPLY = "application/merge-patch+json", "application/apply-patch+yaml"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


def schema(count: str) -> structural.Structural:
    integer = {"type": "integer", "minimum": 0}
    return compiling.compile_schema(
        {
            "type": "object",
            "properties": {
                "spec": {"type": "object", "properties": {count: integer, "color": {"type": "string"}}},
                "status": {"type": "object", "properties": {"ready": integer, "selector": {"type": "string"}}},
            },
        }
    )


def renaming(source: str, target: str) -> definition.Convert:
    def convert(obj: objects.Object) -> objects.Object:
        spec: Any = obj.get("spec")
        if spec and source in spec:
            spec[target] = spec.pop(source)
        return obj

    return convert


WIDGETS = definition.Resource(
    group="toys.example.org",
    kind="Widget",
    plural="widgets",
    singular="widget",
    namespaced=True,
    strategy=strategy.Strategy(),
    versions=[
        definition.Version(
            name="v1",
            schema=schema("replicas"),
            storage=True,
            status=True,
            scale=definition.Scale(
                spec_replicas=".spec.replicas", status_replicas=".status.ready", label_selector=".status.selector"
            ),
            columns=[definition.Column(name="Replicas", path=".spec.replicas", type="integer")],
            selectable_fields=[".spec.color"],
        ),
        definition.Version(
            name="v1beta1",
            schema=schema("count"),
            status=True,
            columns=[definition.Column(name="Count", path=".spec.count", type="integer")],
            deprecated=True,
            to_storage=renaming("count", "replicas"),
            from_storage=renaming("replicas", "count"),
        ),
    ],
)


@pytest.fixture
async def client() -> AsyncIterator[serving.Client]:
    decoder = godecoding.Decoder(gotypes.Types.load())
    backend = memory.MemoryBackend()
    async with backend, caches.Caches(backend) as shared:
        groups = build.Builder(shared, decoder=decoder).build([WIDGETS])
        installed = installer.APIInstaller(groups, settings=installer.Settings(decoder=decoder))
        async with serving.bare(installed) as found:
            yield found


def widget(name: str, version: str = "v1", **spec: Any) -> objects.Object:
    return {
        "apiVersion": f"toys.example.org/{version}",
        "kind": "Widget",
        "metadata": {"name": name},
        "spec": spec,
    }


async def create(client: serving.Client, name: str = "a", **spec: Any) -> Any:
    found = await client.send("POST", V1, widget(name, **spec))
    assert found.status == 201, found.body
    return found.body


# versions


async def test_an_object_has_the_form_of_the_version_that_is_asked(client: serving.Client) -> None:
    await create(client, replicas=3)
    found = await client.get(f"{BETA}/a")
    assert (found.body["apiVersion"], found.body["spec"]) == ("toys.example.org/v1beta1", {"count": 3})
    listed = await client.get(BETA)
    assert listed.body["apiVersion"] == "toys.example.org/v1beta1"
    assert [item["spec"] for item in listed.body["items"]] == [{"count": 3}]
    table = await client.get(BETA, accept=TABLE)
    assert [column["name"] for column in table.body["columnDefinitions"]] == ["Name", "Count"]
    assert table.body["rows"][0]["cells"] == ["a", 3]


async def test_an_old_version_warns(client: serving.Client) -> None:
    found = await client.get(BETA)
    assert found.warnings == ['299 - "toys.example.org/v1beta1 Widget is deprecated; use toys.example.org/v1 Widget"']
    assert (await client.get(V1)).warnings == []


async def test_an_object_can_be_written_in_each_version(client: serving.Client) -> None:
    created = await client.send("POST", BETA, widget("a", "v1beta1", count=2))
    assert (created.status, created.body["spec"]) == (201, {"count": 2})
    assert (await client.get(f"{V1}/a")).body["spec"] == {"replicas": 2}
    patched = await client.send("PATCH", f"{BETA}/a", {"spec": {"count": 4}}, content_type=MERGE)
    assert patched.body["spec"] == {"count": 4}
    assert (await client.get(f"{V1}/a")).body["spec"] == {"replicas": 4}
    replaced = await client.send("PUT", f"{BETA}/a", {**patched.body, "spec": {"count": 5}})
    assert (replaced.status, replaced.body["spec"]) == (200, {"count": 5})


async def test_each_version_watches_in_its_own_form(client: serving.Client) -> None:
    await create(client, replicas=1)
    async with client.session.get(f"{client.base}{BETA}?watch=1") as answer:
        event = json.loads(await answer.content.readline())
        assert (event["type"], event["object"]["spec"]) == ("ADDED", {"count": 1})
        await client.send("PATCH", f"{V1}/a", {"spec": {"replicas": 2}}, content_type=MERGE)
        event = json.loads(await answer.content.readline())
        assert (event["type"], event["object"]["spec"]) == ("MODIFIED", {"count": 2})
        assert event["object"]["apiVersion"] == "toys.example.org/v1beta1"


async def test_applying_in_one_version_conflicts_with_the_other(client: serving.Client) -> None:
    one = json.dumps(widget("a", replicas=1)).encode()
    await client.send("PATCH", f"{V1}/a?fieldManager=one", raw=one, content_type=APPLY)
    other = json.dumps(widget("a", "v1beta1", count=2)).encode()
    refused = await client.send("PATCH", f"{BETA}/a?fieldManager=two", raw=other, content_type=APPLY)
    assert (refused.status, refused.body["reason"]) == (409, "Conflict")
    forced = await client.send("PATCH", f"{BETA}/a?fieldManager=two&force=1", raw=other, content_type=APPLY)
    assert (forced.status, forced.body["spec"]) == (200, {"count": 2})
    assert (await client.get(f"{V1}/a")).body["spec"] == {"replicas": 2}


async def test_a_schema_holds_in_its_version(client: serving.Client) -> None:
    found = await client.send("POST", BETA, widget("a", "v1beta1", count=-1))
    assert (found.status, found.body["reason"]) == (422, "Invalid")
    assert "spec.count: Invalid value: -1" in found.body["message"]


# status and scale


async def test_status_and_the_rest_are_written_apart(client: serving.Client) -> None:
    made = await create(client, replicas=1)
    changed = {**made, "spec": {"replicas": 9}, "status": {"ready": 1}}
    status = await client.send("PUT", f"{V1}/a/status", changed)
    assert (status.body["spec"], status.body["status"]) == ({"replicas": 1}, {"ready": 1})
    assert status.body["metadata"]["generation"] == 1
    spec = await client.send("PUT", f"{V1}/a", {**status.body, "spec": {"replicas": 9}, "status": {"ready": 7}})
    assert (spec.body["spec"], spec.body["status"]) == ({"replicas": 9}, {"ready": 1})
    assert spec.body["metadata"]["generation"] == 2


async def test_scale_is_read_and_written(client: serving.Client) -> None:
    await create(client, replicas=2)
    await client.send("PATCH", f"{V1}/a/status", {"status": {"ready": 1, "selector": "a=b"}}, content_type=MERGE)
    scale = await client.get(f"{V1}/a/scale")
    assert (scale.body["kind"], scale.body["apiVersion"]) == ("Scale", "autoscaling/v1")
    assert scale.body["spec"] == {"replicas": 2}
    assert scale.body["status"] == {"replicas": 1, "selector": "a=b"}
    put = await client.send("PUT", f"{V1}/a/scale", {**scale.body, "spec": {"replicas": 5}})
    assert (put.status, put.body["spec"]) == (200, {"replicas": 5})
    patched = await client.send("PATCH", f"{V1}/a/scale", {"spec": {"replicas": 6}}, content_type=MERGE)
    assert patched.body["spec"] == {"replicas": 6}
    assert (await client.get(f"{V1}/a")).body["spec"] == {"replicas": 6}
    wrong = await client.send("PUT", f"{V1}/a/scale", {**scale.body, "spec": {"replicas": "many"}})
    assert (wrong.status, wrong.body["reason"]) == (400, "BadRequest")
    negative = await client.send("PATCH", f"{V1}/a/scale", {"spec": {"replicas": -1}}, content_type=MERGE)
    assert (negative.status, negative.body["reason"]) == (422, "Invalid")


# pages, selections, watches


async def test_pages_have_every_object_once(client: serving.Client) -> None:
    for index in range(7):
        await create(client, f"w{index}", replicas=index)
    names, more, pages = [], "", 0
    while pages == 0 or more:
        found = await client.get(f"{V1}?limit=3&continue={more}")
        names += [item["metadata"]["name"] for item in found.body["items"]]
        more, pages = found.body["metadata"]["continue"], pages + 1
    assert (names, pages) == ([f"w{index}" for index in range(7)], 3)
    broken = await client.get(f"{V1}?limit=3&continue=nonsense")
    assert (broken.status, broken.body["reason"]) == (400, "BadRequest")


async def test_objects_are_selected_by_fields_of_their_own(client: serving.Client) -> None:
    await create(client, "a", color="red")
    await create(client, "b", color="blue")
    found = await client.get(f"{V1}?fieldSelector=spec.color%3Dblue")
    assert [item["metadata"]["name"] for item in found.body["items"]] == ["b"]
    refused = await client.get(f"{BETA}?fieldSelector=spec.color%3Dblue")
    assert refused.status == 400


async def test_a_watch_goes_on_where_a_list_ended(client: serving.Client) -> None:
    await create(client, "a")
    version = (await client.get(V1)).body["metadata"]["resourceVersion"]
    await create(client, "b")
    async with client.session.get(f"{client.base}{V1}?watch=1&resourceVersion={version}") as answer:
        event = json.loads(await answer.content.readline())
    assert event["object"]["metadata"]["name"] == "b"


async def test_initial_events_end_with_a_bookmark(client: serving.Client) -> None:
    await create(client, "a")
    query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
    async with client.session.get(f"{client.base}{V1}?{query}") as answer:
        first, second = [json.loads(await answer.content.readline()) for _ in range(2)]
    assert (first["type"], second["type"]) == ("ADDED", "BOOKMARK")
    assert second["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


async def test_a_websocket_watches_too(client: serving.Client) -> None:
    async with client.session.ws_connect(f"{client.base}{V1}?watch=1") as socket:
        await create(client, "a")
        assert (await socket.receive_json())["object"]["metadata"]["name"] == "a"


# conflicts, dry runs, deletions


async def test_an_old_version_of_an_object_loses(client: serving.Client) -> None:
    made = await create(client, replicas=1)
    await client.send("PATCH", f"{V1}/a", {"spec": {"replicas": 2}}, content_type=MERGE)
    found = await client.send("PUT", f"{V1}/a", made)
    assert (found.status, found.body["reason"]) == (409, "Conflict")


async def test_patches_at_the_same_time_all_succeed(client: serving.Client) -> None:
    await create(client, replicas=1)
    sent = [
        client.send("PATCH", f"{V1}/a", {"metadata": {"labels": {f"l{index}": "x"}}}, content_type=MERGE)
        for index in range(20)
    ]
    found = await asyncio.gather(*sent)
    assert {answer.status for answer in found} == {200}
    assert len((await client.get(f"{V1}/a")).body["metadata"]["labels"]) == 20


async def test_a_dry_run_changes_nothing(client: serving.Client) -> None:
    assert (await client.send("POST", f"{V1}?dryRun=All", widget("a"))).status == 201
    assert (await client.get(f"{V1}/a")).status == 404
    made = await create(client, replicas=1)
    patched = await client.send("PATCH", f"{V1}/a?dryRun=All", {"spec": {"replicas": 2}}, content_type=MERGE)
    assert patched.body["spec"] == {"replicas": 2}
    assert (await client.send("DELETE", f"{V1}/a?dryRun=All")).status == 200
    assert (await client.get(f"{V1}/a")).body == made


async def test_names_are_generated(client: serving.Client) -> None:
    sent = widget("")
    sent["metadata"] = {"generateName": "gen-"}
    names = {(await client.send("POST", V1, sent)).body["metadata"]["name"] for _ in range(3)}
    assert len(names) == 3
    assert all(name.startswith("gen-") and len(name) == 9 for name in names)


async def test_finalizers_keep_an_object_until_they_are_gone(client: serving.Client) -> None:
    made = await create(client)
    finalizers = {"metadata": {"finalizers": ["toys.example.org/hold"]}}
    await client.send("PATCH", f"{V1}/a", finalizers, content_type=MERGE)
    waiting = await client.send("DELETE", f"{V1}/a")
    assert (waiting.status, waiting.body["kind"]) == (200, "Widget")
    assert "deletionTimestamp" in waiting.body["metadata"]
    await client.send("PATCH", f"{V1}/a", {"metadata": {"finalizers": None}}, content_type=MERGE)
    assert (await client.get(f"{V1}/a")).status == 404
    again = await create(client)
    assert again["metadata"]["uid"] != made["metadata"]["uid"]
    wrong = await client.send("DELETE", f"{V1}/a", {"preconditions": {"uid": made["metadata"]["uid"]}})
    assert (wrong.status, wrong.body["reason"]) == (409, "Conflict")


async def test_a_collection_is_deleted(client: serving.Client) -> None:
    for name in ("a", "b"):
        await create(client, name)
    async with client.session.get(f"{client.base}{V1}?watch=1") as answer:
        for _ in range(2):
            await answer.content.readline()
        found = await client.send("DELETE", BETA)
        assert (found.status, len(found.body["items"])) == (200, 2)
        events = [json.loads(await answer.content.readline()) for _ in range(2)]
    assert {(event["type"], event["object"]["metadata"]["name"]) for event in events} == {
        ("DELETED", "a"),
        ("DELETED", "b"),
    }
    assert (await client.get(V1)).body["items"] == []


async def test_clients_that_break_off_leave_the_server_well(client: serving.Client) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(5):
            answer = await session.get(f"{client.base}{V1}?watch=1")
            answer.close()
    assert (await client.get(V1)).status == 200
