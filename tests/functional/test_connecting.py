"""Connections that a storage takes over, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from kroute import installer
from kroute.admission import attributes, chain
from kroute.machinery import context, errors
from tests.fixtures import serving, widgets

ITEM = f"{serving.ITEMS}/a"


class Proxy:
    """Answers with what it was asked; gives an object for POST."""

    kind = "WidgetProxyOptions"
    connect_methods = ("GET", "POST", "PUT")
    connect_subpath = True

    async def connect(self, ctx: context.RequestContext, name: str, path: str, request: Any) -> Any:
        if name == "none":
            raise errors.NotFound.of(widgets.RESOURCE, name)
        if request.method == "POST":
            return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
        if "Upgrade" in request.headers:
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            await socket.send_str(f"{ctx.namespace}/{name}{path}")
            await socket.close()
            return socket
        return web.Response(text=f"{request.method} {ctx.namespace}/{name}{path} {await request.text()}")


class Guard:
    """Refuses connections to objects called `secret`."""

    operations = (attributes.Operation.CONNECT,)

    def __init__(self) -> None:
        self.asked: list[attributes.Attributes] = []

    async def validate(self, found: attributes.Attributes) -> None:
        self.asked.append(found)
        if found.name == "secret":
            raise errors.Forbidden.of(widgets.RESOURCE, found.name, "not there")


@pytest.fixture
def guard() -> Guard:
    return Guard()


@pytest.fixture
async def connected(guard: Guard) -> AsyncIterator[serving.Client]:
    settings = installer.Settings(admission=chain.AdmissionChain([guard]))
    installed = installer.APIInstaller([serving.group(widgets_proxy=Proxy())], settings=settings)
    async with serving.bare(installed) as found:
        yield found


async def test_what_the_storage_refuses_is_a_status(connected: serving.Client) -> None:
    found = await connected.get(f"{serving.ITEMS}/none/proxy")
    assert (found.status, found.body["reason"]) == (404, "NotFound")


async def test_there_are_no_dry_runs(connected: serving.Client) -> None:
    found = await connected.get(f"{ITEM}/proxy?dryRun=All")
    assert (found.status, found.body["message"]) == (400, "dryRun is not supported")


async def test_admission_is_asked_first(connected: serving.Client, guard: Guard) -> None:
    found = await connected.get(f"{serving.ITEMS}/secret/proxy?path=x&path=y")
    assert (found.status, found.body["reason"]) == (403, "Forbidden")
    [asked] = guard.asked
    assert (asked.operation, asked.subresource, asked.obj) == ("CONNECT", "proxy", {"path": "x"})


@pytest.mark.parametrize("path", ["", "/", "/x", "/x/y%20z/"])
async def test_the_storage_answers_itself(connected: serving.Client, path: str) -> None:
    found = await connected.send("PUT", f"{ITEM}/proxy{path}", raw=b"body")
    assert (found.status, found.body) == (200, f"PUT play/a{path.replace('%20', ' ')} body")


async def test_it_may_give_an_object_instead(connected: serving.Client) -> None:
    found = await connected.send("POST", f"{ITEM}/proxy")
    assert (found.status, found.body["status"]) == (200, "Success")


async def test_it_may_change_the_protocol(connected: serving.Client) -> None:
    async with connected.session.ws_connect(f"{connected.base}{ITEM}/proxy/z") as socket:
        assert await socket.receive_str() == "play/a/z"
