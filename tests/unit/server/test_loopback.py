"""The client of the process itself, against a server of plain handlers and one of Kubernetes' own kinds."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from kroute.actions import model
from kroute.aio import tasks
from kroute.coreapi import server as coreapi
from kroute.machinery import context, errors, gvk, objects
from kroute.server import assembling, generic, loopback
from kroute.storage.backend.memory import backend as memory
from tests.unit.server import harness

ITEM = f"{harness.WIDGETS}/{{name}}"
PATH = "/apis/toys.example.org/v1/namespaces/default/widgets/a"
CONFIGMAPS = gvk.GroupVersionResource("", "v1", "configmaps")
NAMESPACES = gvk.GroupVersionResource("", "v1", "namespaces")
DEPLOYMENTS = gvk.GroupVersionResource("apps", "v1", "deployments")


async def test_nothing_can_be_asked_before_the_server_runs() -> None:
    made = harness.complete()
    with pytest.raises(errors.ServiceUnavailable, match="not running"):
        await made.loopback.request("GET", "/version")


async def test_a_request_comes_from_the_superuser_and_passes_the_chain() -> None:
    made = harness.complete(harness.route(ITEM, harness.echo))
    async with harness.serving(made):
        answer = await made.loopback.request("GET", PATH)
    assert answer.status == 200
    assert answer.body.pop("audit_id")
    assert answer.body == {
        "user": "system:apiserver",
        "groups": ["system:masters", "system:authenticated"],
        "verb": "get",
        "namespace": "default",
        "user_agent": "kube-apiserver/kroute",
        "params": {"namespace": "default", "name": "a"},
    }


async def test_nobody_outside_becomes_the_superuser() -> None:
    made = harness.complete(harness.route(ITEM, harness.echo))
    async with harness.serving(made) as client:
        answer = await client.get(PATH, {"User-Agent": "kube-apiserver/kroute", "Host": "localhost"})
    assert answer.status == 403


async def test_servers_of_one_chain_have_one_client() -> None:
    inner = harness.complete(harness.route(ITEM, harness.echo))
    outer = generic.GenericAPIServer("outer", delegate=inner)
    outer.complete = True
    async with harness.serving(outer):
        assert (await inner.loopback.request("GET", PATH)).body["user"] == context.LOOPBACK.name


async def test_what_a_handler_writes_in_pieces_arrives_whole() -> None:
    async def stream(call: model.Call) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(call.request)
        for piece in (b'{"a"', b":1}"):
            await response.write(piece)
        await response.write_eof()
        return response

    made = harness.complete(harness.route(ITEM, stream))
    async with harness.serving(made):
        assert (await made.loopback.request("GET", PATH)).body == {"a": 1}


async def test_a_body_can_be_read_and_paths_may_have_odd_characters() -> None:
    async def read(call: model.Call) -> web.StreamResponse:
        return web.json_response({"body": (await call.request.read()).decode(), "name": call.params["name"]})

    made = harness.complete(harness.route(ITEM, read, "PUT", model.Verb.PUT))
    async with harness.serving(made):
        answer = await made.loopback.request("PUT", f"{PATH} %41:é", {"x": 1})
    assert answer.body == {"body": '{"x":1}', "name": "a %41:é"}


async def test_a_bug_is_an_internal_error() -> None:
    async def fail(call: model.Call) -> web.StreamResponse:
        raise RuntimeError("secret")

    made = harness.complete(harness.route(ITEM, fail))
    async with harness.serving(made):
        with pytest.raises(errors.InternalError) as caught:
            await made.loopback.request("GET", PATH)
    assert "secret" not in str(caught.value)


async def test_hooks_can_use_it() -> None:
    found: list[objects.JSON] = []
    made = harness.complete(harness.route(ITEM, harness.echo))

    async def hook(scope: tasks.Scope) -> None:
        found.append((await made.loopback.request("GET", PATH)).body["user"])

    made.add_post_start_hook("ask", hook)
    async with harness.serving(made) as client:
        while (await client.get("/readyz")).status != 200:
            pass
    assert found == ["system:apiserver"]


@contextlib.asynccontextmanager
async def core(*names: str) -> AsyncIterator[loopback.Client]:
    content = assembling.Content((), admission=(), title="test", version="1")
    async with (
        memory.MemoryBackend() as backend,
        content.assembled(backend, sources=assembling.Sources(main=coreapi.CoreAPI(names=names))) as server,
        harness.serving(server),
    ):
        yield server.loopback


async def test_objects_are_created_read_changed_and_deleted() -> None:
    async with core("namespaces", "configmaps") as client:
        made = await client.create(CONFIGMAPS, {"metadata": {"name": "a"}, "data": {"x": "1"}}, namespace="default")
        assert made["metadata"]["managedFields"][0]["manager"] == "kube-apiserver"
        made["data"]["x"] = "2"
        written = await client.named("some-controller").update(CONFIGMAPS, made, namespace="default")
        assert {each["manager"] for each in written["metadata"]["managedFields"]} == {
            "kube-apiserver",
            "some-controller",
        }
        found = await client.list(CONFIGMAPS, namespace="default", query={"labelSelector": "!x"})
        assert [item["data"] for item in found["items"]] == [{"x": "2"}]
        partly = await client.list(CONFIGMAPS, metadata_only=True)
        assert partly["items"][0]["metadata"]["name"] == "a"
        assert "data" not in partly["items"][0]
        await client.patch(CONFIGMAPS, "a", {"data": {"y": "3"}}, namespace="default")
        await client.named("me").apply(
            CONFIGMAPS,
            {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a"}, "data": {"y": "4"}},
            namespace="default",
        )
        assert (await client.get(CONFIGMAPS, "a", namespace="default"))["data"] == {"x": "2", "y": "4"}
        await client.delete(CONFIGMAPS, "a", namespace="default", uid=made["metadata"]["uid"])
        with pytest.raises(errors.NotFound):
            await client.get(CONFIGMAPS, "a", namespace="default")


async def test_refusals_are_errors_of_their_kind() -> None:
    async with core("namespaces", "configmaps") as client:
        made = await client.create(CONFIGMAPS, {"metadata": {"name": "a"}}, namespace="default")
        with pytest.raises(errors.AlreadyExists):
            await client.create(CONFIGMAPS, {"metadata": {"name": "a"}}, namespace="default")
        with pytest.raises(errors.Conflict, match="the UID in the precondition"):
            await client.delete(CONFIGMAPS, "a", namespace="default", uid="other")
        with pytest.raises(errors.Conflict):
            await client.update(
                CONFIGMAPS, {"metadata": {**made["metadata"], "resourceVersion": "1"}}, namespace="default"
            )
        with pytest.raises(errors.Invalid) as caught:
            await client.create(CONFIGMAPS, {"metadata": {"name": "Not valid"}}, namespace="default")
        assert caught.value.details is not None
        assert caught.value.details["causes"]
        with pytest.raises(errors.NotFound):
            await client.get(DEPLOYMENTS, "a", namespace="default")


async def test_a_change_is_made_anew_when_somebody_was_faster() -> None:
    async with core("namespaces", "configmaps") as client:
        await client.create(CONFIGMAPS, {"metadata": {"name": "a"}, "data": {}}, namespace="default")
        tries = 0

        def make(obj: objects.Object) -> bool:
            nonlocal tries
            tries += 1
            if tries == 1:
                obj["metadata"]["resourceVersion"] = "1"
            obj["data"] = {"tries": str(tries)}
            return True

        assert (await client.change(CONFIGMAPS, "a", make, namespace="default"))["data"] == {"tries": "2"}
        before = await client.get(CONFIGMAPS, "a", namespace="default")
        assert await client.change(CONFIGMAPS, "a", lambda obj: False, namespace="default") == before


async def test_collections_are_deleted() -> None:
    async with core("namespaces", "configmaps") as client:
        for name in "ab":
            await client.create(CONFIGMAPS, {"metadata": {"name": name}}, namespace="default")
        await client.delete_collection(CONFIGMAPS, namespace="default", propagation="Background")
        assert not (await client.list(CONFIGMAPS, namespace="default"))["items"]
