"""A chain of servers: a request for a resource goes straight to the server that has routes for its group-version."""

from __future__ import annotations

import pytest
from aiohttp import web

from kroute.actions import model
from kroute.machinery import gvk
from kroute.server import exchange, generic
from tests.unit.server import harness

TOYS = gvk.GroupVersion("toys.example.org", "v1")
ITEM = f"{harness.WIDGETS}/{{name}}"
PATH = "/apis/toys.example.org/v1/namespaces/default/widgets/a"


def say(text: str) -> model.Handler:
    async def handler(call: model.Call) -> web.StreamResponse:
        return web.Response(text=text)

    return handler


class Door:
    """Answers whatever comes."""

    async def answer(self, current: exchange.Exchange) -> web.StreamResponse:
        return web.Response(text="through the door")


def three() -> list[generic.GenericAPIServer]:
    """A chain, from the outside in."""
    inner = generic.GenericAPIServer("inner")
    middle = generic.GenericAPIServer("middle", delegate=inner)
    found = [generic.GenericAPIServer("outer", delegate=middle), middle, inner]
    for each in found:
        each.complete = True
    return found


@pytest.mark.parametrize("position", [0, 1, 2])
async def test_a_resource_is_found_wherever_it_is_served(position: int) -> None:
    servers = three()
    servers[position].director.table.add(TOYS, [harness.route(ITEM, say("here"))])
    async with harness.serving(servers[0]) as client:
        assert (await client.get(PATH)).text == "here"
        assert (await client.get(PATH)).text == "here"
        assert (await client("POST", PATH)).status == 405
        assert (await client.get(f"{PATH}/b/c/d")).status == 404


async def test_no_other_server_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    outer, middle, inner = three()
    inner.director.table.add(TOYS, [harness.route(ITEM, say("here"))])
    asked: list[str] = []
    for server in (outer, middle):
        table, name = server.director.table, server.name
        monkeypatch.setattr(table, "resolve", lambda method, path, name=name: asked.append(name))
    async with harness.serving(outer) as client:
        assert (await client.get(PATH)).text == "here"
    assert asked == []


async def test_of_several_the_outermost_answers() -> None:
    outer, middle, inner = three()
    for server in (inner, middle):
        server.director.table.add(TOYS, [harness.route(ITEM, say(server.name))])
    async with harness.serving(outer) as client:
        assert (await client.get(PATH)).text == "middle"
        middle.director.table.remove(TOYS)
        assert (await client.get(PATH)).text == "inner"
        middle.director.table.add(TOYS, [harness.route(ITEM, say("middle again"))])
        assert (await client.get(PATH)).text == "middle again"


async def test_a_group_version_can_be_taken_and_given_back() -> None:
    outer, _, inner = three()
    inner.director.table.add(TOYS, [harness.route(ITEM, say("here"))])
    async with harness.serving(outer) as client:
        assert (await client.get(PATH)).text == "here"
        outer.director.take(TOYS, Door())
        assert (await client.get(PATH)).text == "through the door"
        assert (await client.get("/apis/toys.example.org/v2/widgets/a")).status == 404
        outer.director.take(TOYS, None)
        assert (await client.get(PATH)).text == "here"


async def test_unknown_paths_of_a_group_are_told_as_a_status_by_whatever_server() -> None:
    outer, _, inner = three()
    inner.director.table.add(TOYS, [harness.route(ITEM, say("here"))])
    outer.director.own("/apis/toys.example.org")
    async with harness.serving(outer) as client:
        assert (await client.get("/apis/toys.example.org/v1/gadgets")).json["reason"] == "NotFound"
        outer.director.disown("/apis/toys.example.org")
        assert (await client.get("/apis/toys.example.org/v1/gadgets")).text == "404 page not found\n"


async def test_what_is_expected_of_an_inner_server_may_come_yet() -> None:
    outer, _, inner = three()
    came = inner.expect("custom resources")
    async with harness.serving(outer) as client:
        assert (await client.get("/apis/shop.example.org/v1/mugs")).status == 503
        came()
        await outer.places.settled()
        assert (await client.get("/apis/shop.example.org/v1/mugs")).status == 404
