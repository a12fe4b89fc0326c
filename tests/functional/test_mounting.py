"""A server's resources inside somebody's aiohttp application."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import test_utils, web

import kroute
from kroute.storage.backend.memory import backend as memory
from tests.fixtures import serving

WIDGETS = "/apis/toys.example.org/v1/namespaces/default/widgets"
PATIENCE = 20


class Signing(kroute.Strategy):
    async def prepare_for_create(self, ctx: kroute.RequestContext, obj: kroute.Object) -> None:
        obj["spec"] = {"maker": ctx.user.name}


def server(**options: Any) -> kroute.APIServer:
    schema = {"properties": {"spec": {"type": "object", "properties": {"maker": {"type": "string"}}}}}
    widgets = kroute.resource(group="toys.example.org", version="v1", kind="Widget", schema=schema, strategy=Signing())
    return kroute.APIServer([widgets], **options)


def widget(name: str) -> Any:
    return {"apiVersion": "toys.example.org/v1", "kind": "Widget", "metadata": {"name": name}}


@contextlib.asynccontextmanager
async def hosted(made: kroute.APIServer, **options: Any) -> AsyncIterator[serving.Client]:
    app = web.Application()
    made.install(app, **options)
    async with test_utils.TestServer(app) as host, serving.session() as session:
        yield serving.Client(session, str(host.make_url("")).rstrip("/"))


@pytest.mark.parametrize(
    "url, complaint",
    [
        ("etcd://localhost", "the store etcd://localhost can't be used: there is no store of the kind etcd://"),
        ("here", "the store here can't be used: 'here' is no URL of a store"),
    ],
)
def test_a_store_that_is_none_is_refused_at_once(url: str, complaint: str) -> None:
    with pytest.raises(kroute.CannotServe, match=complaint):
        server().install(web.Application(), storage=url)


@pytest.mark.parametrize("prefix", ["kube", "/kube/", "/"])
def test_a_prefix_is_a_path_without_a_slash_at_its_end(prefix: str) -> None:
    with pytest.raises(kroute.InstallError, match="must begin with a slash and not end in one"):
        server().install(web.Application(), prefix=prefix)


async def test_a_prefix_that_is_taken_is_refused() -> None:
    app = web.Application()
    server().install(app, prefix="/kube")
    async with test_utils.TestServer(app):
        with pytest.raises(RuntimeError):  # aiohttp's: an application is put together before it runs
            server().install(app, prefix="/other")


async def test_hooks_know_the_user_whom_the_application_names() -> None:
    async def user(request: web.Request) -> kroute.User:
        return kroute.User(request.headers["X-User"])

    async with hosted(server(), prefix="/kube", user=user) as client:
        made = await client.send("POST", f"/kube{WIDGETS}", widget("a"), X_User="ann")
        assert (made.status, made.body["spec"]) == (201, {"maker": "ann"})


async def test_without_a_user_everybody_is_anonymous() -> None:
    async with hosted(server()) as client:
        made = await client.send("POST", WIDGETS, widget("a"))
        assert (made.status, made.body["spec"]) == (201, {"maker": "system:anonymous"})


async def test_objects_are_kept_where_the_url_says(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/kept.db"
    async with hosted(server(storage=url), prefix="/kube") as client:
        await client.send("POST", f"/kube{WIDGETS}", widget("a"))
    async with hosted(server(), prefix="/other", storage=url) as client:
        found = await client.get(f"/other{WIDGETS}")
        assert [item["metadata"]["name"] for item in found.body["items"]] == ["a"]


async def test_a_store_may_be_a_backend_of_ones_own() -> None:
    made = memory.MemoryBackend()
    async with hosted(server(storage=lambda: made)) as client:
        await client.send("POST", WIDGETS, widget("a"))
        assert [record.key for record in (await made.log("widgets.toys.example.org").list()).records] == ["default/a"]


async def test_an_open_watch_does_not_keep_the_application_from_ending() -> None:
    app = web.Application()
    server().install(app)
    async with serving.session() as session, asyncio.timeout(PATIENCE):
        host = test_utils.TestServer(app)
        await host.start_server()
        async with session.get(host.make_url(f"{WIDGETS}?watch=true")) as answer:
            assert answer.status == 200
            await host.close()
            await answer.read()


async def test_documents_say_the_prefix_once() -> None:
    async with hosted(server(), prefix="/kube") as client:
        index = json.loads((await client.get("/kube/openapi/v3")).body)
        url = index["paths"]["apis/toys.example.org/v1"]["serverRelativeURL"]
        assert url.startswith("/kube/openapi/v3/apis/toys.example.org/v1?hash=")
        document = (await client.get(url)).body
        assert document["servers"] == [{"url": "/kube"}]
        assert "/apis/toys.example.org/v1/namespaces/{namespace}/widgets" in document["paths"]
        swagger = (await client.get("/kube/openapi/v2")).body
        assert swagger["basePath"] == "/kube"
        assert swagger["paths"].keys() >= document["paths"].keys()


async def test_without_a_prefix_the_page_of_documents_is_the_applications() -> None:
    async with hosted(server()) as client:
        assert (await client.get("/docs")).status == 404
        assert (await client.get("/openapi/v3")).status == 200


async def test_what_is_not_there_is_told_as_a_status_below_the_prefix_only() -> None:
    async with hosted(server(), prefix="/kube") as client:
        found = await client.get("/kube/openapi/nothing")
        assert (found.status, found.body["reason"]) == (404, "NotFound")
        assert (await client.get("/elsewhere")).body == "404: Not Found"
