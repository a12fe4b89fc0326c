"""Requests passed on to another API server, and its answers passed back."""

from __future__ import annotations

import asyncio
import io
import json

import aiohttp
import pytest
from aiohttp import web

from tests.fixtures import aggregation
from tests.fixtures.aggregation import BASE, Aggregator, Other

THINGS = f"{BASE}/namespaces/shop/things"


async def test_the_server_is_told_who_asks(aggregator: Aggregator, other: Other) -> None:
    await aggregator.register(other.api_service())
    await aggregator.get(THINGS)
    headers = other.requests(THINGS)[0].headers
    assert headers["X-Remote-User"] == "system:unsecured"
    assert headers.getall("X-Remote-Group") == ["system:masters", "system:authenticated"]
    assert headers["X-Forwarded-Uri"] == THINGS


@pytest.mark.parametrize(
    "header",
    ["X-Remote-User", "x-remote-group", "X-Remote-Uid", "X-Remote-Extra-Scopes", "X_Remote_User", "Impersonate-Uid"],
)
async def test_what_a_client_says_of_itself_does_not_get_there(
    aggregator: Aggregator, other: Other, header: str
) -> None:
    await aggregator.register(other.api_service())
    await aggregator.send("GET", THINGS, **{header: "mallory"})
    said = other.requests(THINGS)
    assert all("mallory" not in value for request in said for value in request.headers.values())


async def test_credentials_stay_with_the_aggregator(aggregator: Aggregator, other: Other) -> None:
    await aggregator.register(other.api_service())
    await aggregator.get(THINGS, Connection="X-Secret", X_Secret="hop")
    headers = other.requests(THINGS)[0].headers
    assert "Authorization" not in headers
    assert "X-Secret" not in headers


@pytest.mark.parametrize("status", [200, 201, 204, 400, 404, 409, 422, 429, 500, 503])
async def test_status_headers_and_body_come_back_as_they_are(aggregator: Aggregator, other: Other, status: int) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        body = b"" if status == 204 else f"{request.method} {(await request.read()).decode()}".encode()
        return web.Response(status=status, body=body, headers={"X-Own": "kept", "Retry-After": "7"})

    other.paths[THINGS] = answer
    await aggregator.register(other.api_service())
    found = await aggregator.send("PUT", THINGS, b"what?")
    assert (found.status, found.text) == (status, "" if status == 204 else "PUT what?")
    assert (found.headers["X-Own"], found.headers["Retry-After"]) == ("kept", "7")
    assert len(found.headers.getall("Audit-Id")) == 1


async def test_the_query_is_sent_as_it_came(aggregator: Aggregator, other: Other) -> None:
    await aggregator.register(other.api_service())
    await aggregator.get(f"{THINGS}?labelSelector=a%3Db&limit=500")
    assert other.requests(THINGS)[0].raw_path == f"{THINGS}?labelSelector=a%3Db&limit=500"


async def test_a_body_larger_than_this_server_takes_is_passed_on(aggregator: Aggregator, other: Other) -> None:
    async def size(request: web.BaseRequest) -> web.StreamResponse:
        found = 0
        async for part in request.content.iter_any():
            found += len(part)
        return web.Response(text=str(found))

    other.paths[THINGS] = size
    await aggregator.register(other.api_service())
    assert (await aggregator.send("POST", THINGS, io.BytesIO(b"x" * 5_000_000))).text == "5000000"


async def test_a_large_answer_comes_whole(aggregator: Aggregator, other: Other) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=b"y" * 3_000_000)

    other.paths[THINGS] = answer
    await aggregator.register(other.api_service())
    assert (await aggregator.get(THINGS)).text == "y" * 3_000_000


async def test_a_watch_gets_events_as_they_happen_and_ends_with_its_client(
    aggregator: Aggregator, other: Other
) -> None:
    more, left = asyncio.Event(), asyncio.Event()

    async def watch(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        await response.write(b'{"type":"ADDED"}\n')
        await more.wait()
        await response.write(b'{"type":"DELETED"}\n')
        try:
            while True:
                await asyncio.sleep(0.01)
                await response.write(b"\n")
        except ConnectionError:
            left.set()
            raise

    other.paths[THINGS] = watch
    await aggregator.register(other.api_service())
    async with asyncio.timeout(aggregation.PATIENCE):
        async with aggregator.session.get(f"{aggregator.url}{THINGS}?watch=true") as stream:
            assert json.loads(await stream.content.readline()) == {"type": "ADDED"}
            more.set()
            assert json.loads(await stream.content.readline()) == {"type": "DELETED"}
        await left.wait()


async def test_a_web_socket_goes_through(aggregator: Aggregator, other: Other) -> None:
    async def echo(request: web.BaseRequest) -> web.StreamResponse:
        socket = web.WebSocketResponse(protocols=["v5.channel.k8s.io"])
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(f"{request.headers['X-Remote-User']}: {message.data}")
        return socket

    path = f"{THINGS}/a/exec"
    other.paths[path] = echo
    await aggregator.register(other.api_service())
    protocols = ("v5.channel.k8s.io",)
    async with asyncio.timeout(aggregation.PATIENCE):
        async with aggregator.session.ws_connect(aggregator.url + path, protocols=protocols) as socket:
            assert socket.protocol == "v5.channel.k8s.io"
            for text in ("hello", "x" * 100_000):
                await socket.send_str(text)
                assert await socket.receive_str() == f"system:unsecured: {text}"


async def test_a_refused_web_socket_is_answered_as_the_server_does(aggregator: Aggregator, other: Other) -> None:
    async def refuse(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=403, text="not you")

    path = f"{THINGS}/a/exec"
    other.paths[path] = refuse
    await aggregator.register(other.api_service())
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await aggregator.session.ws_connect(aggregator.url + path)
    assert caught.value.status == 403


async def test_an_upgrade_that_is_neither_accepted_nor_refused_is_an_error(
    aggregator: Aggregator, other: Other
) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text="what?")

    other.paths[THINGS] = answer
    await aggregator.register(other.api_service())
    found = await aggregator.get(THINGS, Connection="Upgrade", Upgrade="SPDY/3.1")
    assert (found.status, found.text) == (503, "invalid upgrade response: status code 200\n")


async def test_redirects_are_not_passed_back(aggregator: Aggregator, other: Other) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "https://elsewhere.example.org/"})

    other.paths[THINGS] = answer
    await aggregator.register(other.api_service())
    found = await aggregator.get(THINGS)
    assert (found.status, "Location" in found.headers) == (502, False)
    assert found.text == "the backend attempted to redirect this request, which is not permitted"


async def test_an_answer_that_breaks_off_is_seen_to_break_off(aggregator: Aggregator, other: Other) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000000"})
        await response.prepare(request)
        await response.write(b"z" * 1000)
        assert request.transport is not None
        request.transport.abort()
        return response

    other.paths[THINGS] = answer
    await aggregator.register(other.api_service())
    with pytest.raises(aiohttp.ClientError):
        await aggregator.get(THINGS)


async def test_a_group_version_of_this_server_can_be_taken_over_and_given_back(
    aggregator: Aggregator, other: Other
) -> None:
    base, name = "/apis/discovery.k8s.io/v1", "v1.discovery.k8s.io"
    slices = f"{base}/namespaces/shop/endpointslices"

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.json_response({"kind": "APIResourceList", "groupVersion": "discovery.k8s.io/v1", "resources": []})

    other.paths |= {base: answer, slices: answer}
    await aggregator.register(other.api_service())
    own = (await aggregator.get(base)).json
    taken = other.api_service(group="discovery.k8s.io")
    taken["metadata"]["name"] = name
    await aggregator.send("DELETE", f"{aggregation.API_SERVICES}/{name}")
    assert (await aggregator.send("POST", aggregation.API_SERVICES, taken)).status == 201
    await aggregator.condition("Passed", name)
    async with asyncio.timeout(aggregation.PATIENCE):
        while (await aggregator.get(base)).status == 503:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    for path in (base, slices):
        assert (await aggregator.get(path)).json["resources"] == []
    await aggregator.send("DELETE", f"{aggregation.API_SERVICES}/{name}")
    async with asyncio.timeout(aggregation.PATIENCE):
        while (await aggregator.get(base)).json != own:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    assert (await aggregator.get(slices)).json["kind"] == "EndpointSliceList"
