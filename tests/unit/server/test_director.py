"""Where requests go: routes, plain paths, delegates, and what is answered when nothing is there."""

from __future__ import annotations

import pytest
from aiohttp import web

from kroute.actions import model
from kroute.server import generic, paths
from tests.unit.server import harness

ITEM = f"{harness.WIDGETS}/{{name}}"
PATH = "/apis/toys.example.org/v1/namespaces/default/widgets"


def say(text: str) -> model.Handler:
    async def handler(call: model.Call) -> web.StreamResponse:
        return web.Response(text=text)

    return handler


@pytest.mark.parametrize("path", ["/foo", "/foo/bar", "//livez", "/livez/", "/apis/other.example.org/v1/x", "/API"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_a_path_that_nobody_serves_is_not_found_in_plain_text(method: str, path: str) -> None:
    async with harness.serving(harness.complete(harness.route(ITEM, harness.echo))) as client:
        answer = await client(method, path)
    assert (answer.status, answer.text) == (404, "404 page not found\n")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("path", ["/apis/toys.example.org/v9", f"{PATH}/a/b/c", "/apis/toys.example.org/v1/gadgets"])
async def test_an_unknown_path_of_a_served_group_is_not_found_as_a_status(path: str) -> None:
    async with harness.serving(harness.complete(harness.route(ITEM, harness.echo))) as client:
        answer = await client.get(path)
    assert answer.status == 404
    assert answer.json["message"] == "the server could not find the requested resource"
    assert answer.json["details"] == {}


@pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS", "HEAD"])
async def test_another_method_on_a_served_path_is_not_allowed(method: str) -> None:
    async with harness.serving(harness.complete(harness.route(ITEM, harness.echo))) as client:
        answer = await client(method, f"{PATH}/a")
    assert answer.status == 405
    if method != "HEAD":
        assert answer.json["message"] == "the server does not allow this method on the requested resource"
        assert (answer.json["reason"], answer.json["details"]) == ("MethodNotAllowed", {})


@pytest.mark.parametrize(
    "path, name",
    [
        ("a%2Eb", "a.b"),
        ("%C3%BC", "ü"),
        ("a%20b", "a b"),
        ("a+b", "a+b"),
        ("a?x=%zz", "a"),
        ("a/", "a"),
        ("%ff", "�"),
    ],
)
async def test_a_path_is_decoded_once(path: str, name: str) -> None:
    async with harness.serving(harness.complete(harness.route(ITEM, harness.echo))) as client:
        answer = await client.get(f"{PATH}/{path}")
    assert answer.json["params"]["name"] == name


async def test_an_encoded_slash_is_a_slash() -> None:
    async with harness.serving(harness.complete(harness.route(ITEM, harness.echo))) as client:
        answer = await client.get(f"{PATH}%2Fa")
    assert answer.json["params"] == {"namespace": "default", "name": "a"}


async def test_a_broken_escape_is_a_bad_request() -> None:
    async with harness.serving(harness.complete(harness.route(ITEM, harness.echo))) as client:
        answer = await client.get(f"{PATH}/a%zz")
    assert (answer.status, answer.text) == (400, "400 Bad Request")


async def test_an_unknown_path_goes_to_the_next_server_of_the_chain() -> None:
    inner = harness.complete(name="inner")
    inner.director.paths.add("/inner", say("inner"))
    inner.director.paths.add("/both", say("inner"))
    outer = generic.GenericAPIServer("outer", delegate=inner)
    outer.director.paths.add("/both", say("outer"))
    outer.complete = True
    async with harness.serving(outer) as client:
        assert (await client.get("/inner")).text == "inner"
        assert (await client.get("/both")).text == "outer"
        assert (await client.get("/neither")).status == 404
        listed = (await client.get("/")).json["paths"]
    assert {"/inner", "/both", "/apis/toys.example.org"} <= set(listed)


async def test_until_everything_is_installed_an_unknown_path_may_come_yet() -> None:
    inner = generic.GenericAPIServer("inner")
    outer = generic.GenericAPIServer("outer", delegate=inner)
    outer.complete = True
    async with harness.serving(outer) as client:
        early = await client.get("/foo")
        inner.complete = True
        late = await client.get("/foo")
    assert (early.status, early.headers["Retry-After"], late.status) == (503, "5", 404)
    assert early.json["details"] == {"retryAfterSeconds": 5}


async def test_routes_come_and_go_while_the_server_runs() -> None:
    server = harness.complete()
    async with harness.serving(server) as client:
        assert (await client.get(f"{PATH}/a")).status == 404
        server.director.table.add("more", [harness.route(ITEM, harness.echo)])
        assert (await client.get(f"{PATH}/a")).status == 200
        server.director.table.remove("more")
        assert (await client.get(f"{PATH}/a")).status == 404


async def test_of_prefixes_the_longest_wins_and_exact_paths_win_over_all() -> None:
    server = harness.complete()
    server.director.paths.add_prefix("/docs/", say("docs"))
    server.director.paths.add_prefix("/docs/deep/", say("deep"))
    server.director.paths.add("/docs/deep/exact", say("exact"))
    async with harness.serving(server) as client:
        found = [(await client.get(path)).text for path in ("/docs/x", "/docs/deep/x", "/docs/deep/exact", "/docs/")]
        server.director.paths.remove("/docs/deep/")
        assert (await client.get("/docs/deep/x")).text == "docs"
    assert found == ["docs", "deep", "exact", "docs"]


def test_a_prefix_ends_in_a_slash() -> None:
    with pytest.raises(ValueError, match="must end in a slash"):
        paths.Paths().add_prefix("/docs", say("x"))
