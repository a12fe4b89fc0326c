"""The routes in an aiohttp application of somebody's: handlers that need nothing of kroute's own server."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from aiohttp import test_utils, web

from kroute import installer
from kroute.machinery import context
from kroute.storage import options, stored
from tests.fixtures import serving, widgets

ITEMS, BASE = serving.ITEMS, serving.BASE


@pytest.fixture
def installed(storage: widgets.Widgets) -> installer.APIInstaller:
    return installer.APIInstaller([serving.group(storage, widgets_status=widgets.WidgetStatus(storage))])


async def test_paths_that_there_are_not_are_a_status(installed: installer.APIInstaller) -> None:
    async with serving.hosted(installed) as client:
        found = await client.get(f"{BASE}/namespaces/play/gadgets")
        assert (found.status, found.body["reason"]) == (404, "NotFound")
        assert found.body["message"] == "the server could not find the requested resource"
        wrong = await client.send("PUT", ITEMS, {})
        assert (wrong.status, wrong.body["reason"]) == (405, "MethodNotAllowed")
        as_yaml = await client.get(f"{BASE}/gadgets", accept="application/yaml")
        assert (as_yaml.status, as_yaml.headers["Content-Type"]) == (404, "application/yaml")


async def test_errors_of_handlers_are_a_status(installed: installer.APIInstaller) -> None:
    async with serving.hosted(installed) as client:
        found = await client.get(f"{ITEMS}/a")
        assert (found.status, found.body["reason"]) == (404, "NotFound")
        broken = await client.send("POST", ITEMS, raw=b"{")
        assert (broken.status, broken.body["reason"]) == (400, "BadRequest")


async def test_objects_are_created_read_listed_changed_and_deleted(installed: installer.APIInstaller) -> None:
    async with serving.hosted(installed) as client:
        created = await client.send("POST", ITEMS, widgets.widget("a", odd=1))
        assert created.status == 201
        assert created.warnings == ['299 - "unknown field \\"spec.odd\\""']
        assert (await client.get(f"{ITEMS}/a")).body["metadata"]["name"] == "a"
        assert len((await client.get(ITEMS)).body["items"]) == 1
        changed = await client.send(
            "PATCH", f"{ITEMS}/a/status", {"status": {"phase": "Up"}}, content_type="application/merge-patch+json"
        )
        assert changed.body["status"] == {"phase": "Up"}
        assert (await client.send("DELETE", f"{ITEMS}/a")).status == 200


async def test_requests_have_audit_ids(installed: installer.APIInstaller) -> None:
    async with serving.hosted(installed) as client:
        given = await client.get(ITEMS, audit_id="mine")
        assert given.headers["Audit-Id"] == "mine"
        made = await client.get(ITEMS)
        assert uuid.UUID(made.headers["Audit-Id"])


async def test_discovery_documents_are_there(installed: installer.APIInstaller) -> None:
    async with serving.hosted(installed) as client:
        groups = await client.get("/apis")
        assert [group["name"] for group in groups.body["groups"]] == ["toys.example.org"]
        group = await client.get("/apis/toys.example.org")
        assert group.body["preferredVersion"] == {"groupVersion": "toys.example.org/v1", "version": "v1"}
        resources = await client.get(BASE)
        assert [entry["name"] for entry in resources.body["resources"]] == ["widgets", "widgets/status"]
        assert (await client.get("/api")).status == 404
        assert (await client.get(BASE, accept="image/png")).status == 406


class Spy:
    """Says who asked for what."""

    kind, namespaced = widgets.KIND, True

    async def get(self, ctx: context.RequestContext, name: str, options: options.GetOptions) -> stored.Result:
        assert ctx.info is not None
        said = {"user": ctx.user.name, "verb": ctx.info.verb, "resource": ctx.info.resource, "agent": ctx.user_agent}
        return {"kind": "Widget", "apiVersion": "toys.example.org/v1", "metadata": {"name": name}, "said": said}


async def test_everybody_is_anonymous_unless_the_application_knows_better() -> None:
    async with serving.hosted(installer.APIInstaller([serving.group(Spy())])) as client:
        found = await client.get(f"{ITEMS}/a")
    assert found.body["said"] == {
        "user": "system:anonymous",
        "verb": "get",
        "resource": "widgets",
        "agent": serving.AGENT,
    }

    async def user(request: web.Request) -> context.User:
        return context.User(name=request.headers["X-User"])

    async with serving.hosted(installer.APIInstaller([serving.group(Spy())]), user=user) as client:
        found = await client.get(f"{ITEMS}/a", x_user="anna")
    assert found.body["said"]["user"] == "anna"


async def test_everything_can_be_below_a_prefix() -> None:
    async with serving.hosted(installer.APIInstaller([serving.group(Spy())], prefix="/kube")) as client:
        found = await client.get(f"/kube{ITEMS}/a")
        assert (found.status, found.body["said"]["verb"]) == (200, "get")
        assert (await client.get("/kube/apis")).body["kind"] == "APIGroupList"
        assert (await client.get(f"/kube{BASE}/x")).body["reason"] == "NotFound"
        assert (await client.get(f"{ITEMS}/a")).status == 404


async def test_names_may_have_escapes(installed: installer.APIInstaller) -> None:
    async with serving.hosted(installed) as client:
        await client.send("POST", ITEMS, widgets.widget("odd name+ü"))
        found = await client.get(f"{ITEMS}/odd%20name%2B%C3%BC")
    assert (found.status, found.body["metadata"]["name"]) == (200, "odd name+ü")


async def test_middlewares_may_read_bodies_and_change_answers(installed: installer.APIInstaller) -> None:
    seen: list[Any] = []

    @web.middleware
    async def between(request: web.Request, handler: Any) -> web.StreamResponse:
        seen.append(await request.read())
        answer: web.StreamResponse = await handler(request)
        answer.headers["X-Between"] = "yes"
        return answer

    app = web.Application(middlewares=[between])
    installed.install(app.router)
    app.on_shutdown.append(installed.shutdown)
    async with test_utils.TestServer(app) as server, serving.session() as session:
        client = serving.Client(session, str(server.make_url("")).rstrip("/"))
        found = await client.send("POST", ITEMS, widgets.widget("a"))
    assert (found.status, found.headers["X-Between"]) == (201, "yes")
    assert b'"name": "a"' in seen[0]


async def test_open_watches_do_not_hold_up_the_shutdown(
    installed: installer.APIInstaller, storage: widgets.Widgets
) -> None:
    async with serving.hosted(installed) as client:
        await client.send("POST", ITEMS, widgets.widget("a"))
        answer = await client.session.get(f"{client.base}{ITEMS}?watch=1")
        assert b"ADDED" in await answer.content.readline()
    assert not storage.watchers
    answer.close()
