"""Requests that are passed on to another server, and its answers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias

import aiohttp
import pytest
from aiohttp import test_utils, web

from kroute.coreapi import forwarding
from kroute.machinery import errors

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server(contextlib.AsyncExitStack):
    """A server that passes on what is below /proxy to a target, and clients of it."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[errors.APIError] = []

    async def listening(self, handler: Handler) -> test_utils.TestServer:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", handler)
        made = test_utils.TestServer(application, host="127.0.0.1")
        await made.start_server()
        self.push_async_callback(made.close)
        return made

    async def passing_on(self, handler: Handler) -> test_utils.TestClient[web.Request, web.Application]:
        """A client of the server in front of one that answers so."""
        target = await self.listening(handler)
        assert target.port is not None
        return await self.in_front_of(forwarding.Target("", "127.0.0.1", str(target.port)))

    async def in_front_of(self, target: forwarding.Target) -> test_utils.TestClient[web.Request, web.Application]:
        async def forwarded(request: web.Request) -> web.StreamResponse:
            try:
                return await forwarding.forward(request, target, request.path.removeprefix("/proxy"))
            except errors.APIError as error:
                self.failures.append(error)
                return web.Response(status=error.code)

        server = await self.listening(forwarded)
        return await self.enter_async_context(
            test_utils.TestClient(server, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar())
        )


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server() as made:
        yield made


async def mirror(request: web.Request) -> web.Response:
    """What was asked for."""
    seen = {
        "method": request.method,
        "target": request.raw_path,
        "body": (await request.read()).decode(),
        "headers": {name.lower(): ", ".join(request.headers.getall(name)) for name in request.headers},
    }
    return web.json_response(seen, status=202, headers={"X-Own": "yes", "Access-Control-Allow-Origin": "*"})


async def test_a_request_is_passed_on_wholly(server: Server) -> None:
    client = await server.passing_on(mirror)
    answer = await client.put("/proxy/a/b%20c?x=1&y=%26&z", data=b"hello", headers={"X-Mine": "1"})
    seen = await answer.json()
    assert (answer.status, answer.headers["X-Own"]) == (202, "yes")
    assert (seen["method"], seen["target"], seen["body"]) == ("PUT", "/a/b%20c?x=1&y=%26&z", "hello")
    assert (seen["headers"]["x-mine"], seen["headers"]["content-length"]) == ("1", "5")


async def test_a_body_of_unknown_length_is_passed_on_as_it_comes(server: Server) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"a"
        yield b"b"

    client = await server.passing_on(mirror)
    seen = await (await client.post("/proxy/", data=pieces())).json()
    assert (seen["body"], seen["headers"]["transfer-encoding"]) == ("ab", "chunked")


async def test_the_target_learns_by_whom_and_how_it_is_asked_but_not_with_which_rights(server: Server) -> None:
    client = await server.passing_on(mirror)
    secrets = {"Authorization": "Bearer t", "Impersonate-User": "bob", "X-Remote-User": "bob", "X-Forwarded-For": "::9"}
    headers = (await (await client.get("/proxy/", headers=secrets)).json())["headers"]
    assert not {"authorization", "impersonate-user", "x-remote-user"} & headers.keys()
    here = f"127.0.0.1:{client.port}"
    assert headers["host"] == headers["x-forwarded-host"] == here
    assert (headers["x-forwarded-uri"], headers["x-forwarded-proto"]) == ("/proxy/", "http")
    assert headers["x-forwarded-for"] == "::9, 127.0.0.1"


async def test_nothing_is_asked_for_that_the_client_did_not_ask_for(server: Server) -> None:
    client = await server.passing_on(mirror)
    answer = await client.get("/proxy/", skip_auto_headers=["Accept", "Accept-Encoding", "User-Agent"])
    assert not {"accept", "accept-encoding", "user-agent", "content-type"} & (await answer.json())["headers"].keys()
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_an_answer_may_take_as_long_as_it_needs(server: Server) -> None:
    may_go_on = asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"first")
        await may_go_on.wait()
        await response.write(b"second")
        return response

    client = await server.passing_on(slow)
    answer = await client.get("/proxy/")
    assert await answer.content.readany() == b"first"
    may_go_on.set()
    assert await answer.read() == b"second"


async def test_an_answer_that_ends_too_early_does_so_for_the_client_too(server: Server) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"part")
        assert request.transport is not None
        request.transport.abort()
        return response

    client = await server.passing_on(broken)
    answer = await client.get("/proxy/")
    with pytest.raises(aiohttp.ClientError):
        await answer.read()


@pytest.mark.parametrize(
    "location, expected",
    [
        ("/there?x=1#top", "http://{here}/proxy/there?x=1#top"),
        ("/proxy/there", "http://{here}/proxy/there"),
        ("there", "there"),
        ("../there", "../there"),
        ("http://{target}/there/", "http://{here}/proxy/there/"),
        ("http://{here}/there", "http://{here}/proxy/there"),
        ("https://example.com/there", "https://example.com/there"),
    ],
)
async def test_clients_are_sent_on_to_where_they_can_get(location: str, expected: str, server: Server) -> None:
    places: dict[str, str] = {}

    async def elsewhere(request: web.Request) -> web.Response:
        places["target"] = f"127.0.0.1:{request.transport.get_extra_info('sockname')[1]}" if request.transport else ""
        return web.Response(status=302, headers={"Location": location.format(**places)})

    client = await server.passing_on(elsewhere)
    places["here"] = f"127.0.0.1:{client.port}"
    answer = await client.get("/proxy/a", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (302, expected.format(**places))


async def test_the_root_is_asked_for_with_a_slash(server: Server) -> None:
    client = await server.passing_on(mirror)
    answer = await client.get("/proxy?x=1", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (301, "/proxy/?x=1")
    answer = await client.post("/proxy?x=1")
    assert (answer.status, (await answer.json())["target"]) == (202, "/?x=1")


async def test_a_target_that_does_not_answer_is_told_of(server: Server) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        client = await server.in_front_of(forwarding.Target("http", "127.0.0.1", str(port)))
        assert (await client.get("/proxy/")).status == 503
    (error,) = server.failures
    assert error.message == (f"error trying to reach service: dial tcp 127.0.0.1:{port}: connect: connection refused")


async def test_a_target_that_hangs_up_is_told_of(server: Server) -> None:
    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    client = await server.passing_on(hang_up)
    assert (await client.get("/proxy/")).status == 503
    assert server.failures[0].message.startswith("error trying to reach service: ")


@pytest.mark.parametrize("port", ["x", "65536", "-1"])
async def test_a_port_that_is_none_is_refused(port: str, server: Server) -> None:
    client = await server.in_front_of(forwarding.Target("http", "127.0.0.1", port))
    assert (await client.get("/proxy/")).status == 400


async def test_connections_keep_their_protocol(server: Server) -> None:
    client = await server.passing_on(mirror)
    answer = await client.get("/proxy/", headers={"Connection": "Upgrade", "Upgrade": "websocket"})
    assert answer.status == 400


@pytest.mark.parametrize(
    "target, address, authority",
    [
        (forwarding.Target("https", "10.0.0.1"), "10.0.0.1:443", "10.0.0.1"),
        (forwarding.Target("", "fd00::1"), "[fd00::1]:80", "[fd00::1]"),
        (forwarding.Target("", "web", "8080"), "web:8080", "web:8080"),
    ],
)
def test_targets_are_written_as_urls_have_them(target: forwarding.Target, address: str, authority: str) -> None:
    assert (target.address(), target.authority()) == (address, authority)
    assert target.url("/a b", "x=1").raw_path_qs == "/a%20b?x=1"
