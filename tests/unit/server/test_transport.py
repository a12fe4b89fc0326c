"""What comes over the wire: odd requests, broken ones, several at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from aiohttp import web

from kroute.actions import answers, model
from kroute.server import transport
from tests.unit.server import harness

PATH = harness.WIDGETS.format(namespace="default")
HEAD = f"{PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer admintoken\r\n"


async def exchange(port: int, *parts: str | bytes, until_closed: bool = True) -> bytes:
    """Send parts one after the other, and read all that comes back until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part if isinstance(part, bytes) else part.encode())
        await writer.drain()
    found = await reader.read() if until_closed else await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return found


async def read_body(call: model.Call) -> web.StreamResponse:
    return web.Response(text=f"<{(await call.request.read()).decode()}>")


async def test_what_is_no_http_is_a_bad_request() -> None:
    async with harness.serving(harness.complete()) as client:
        found = await exchange(client.port, b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
        assert found.startswith(b"HTTP/1.0 400 Bad Request\r\n")
        assert found.endswith(b"400 Bad Request")
        assert (await client.get("/livez")).status == 200


@pytest.mark.parametrize("line", [f"GET /{'a' * 70_000} HTTP/1.1", f"GET / HTTP/1.1\r\nX: {'a' * 70_000}"])
async def test_headers_that_are_too_long_are_refused(line: str) -> None:
    async with harness.serving(harness.complete()) as client:
        found = await exchange(client.port, f"{line}\r\n\r\n")
    assert b" 431 " in found.split(b"\r\n")[0]


async def test_headers_that_are_too_much_together_are_refused() -> None:
    async with harness.serving(harness.complete()) as client:
        lines = "".join(f"X-{number}: {'a' * 60_000}\r\n" for number in range(20))
        found = await exchange(client.port, "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n", lines, "\r\n")
        assert b" 431 " in found.split(b"\r\n")[0]
        assert (await client.get("/livez")).status == 200


async def test_a_large_body_does_not_count_as_headers() -> None:
    routes = [harness.route(harness.WIDGETS, read_body, "POST", model.Verb.POST)]
    body = "b" * 2_500_000
    async with harness.serving(harness.complete(*routes)) as client:
        head = f"POST {HEAD}Content-Length: {len(body)}\r\n"
        found = await exchange(client.port, f"{head}\r\n", body, f"{head}Connection: close\r\n\r\n", body)
    assert found.count(b"HTTP/1.1 200 OK") == 2


async def test_long_queries_and_headers_are_fine() -> None:
    async with harness.serving(harness.complete(harness.route(harness.WIDGETS, harness.echo))) as client:
        answer = await client.get(f"{PATH}?labelSelector={'a' * 30_000}", {**harness.ADMIN, "X": "b" * 30_000})
    assert answer.status == 200


async def test_requests_sent_at_once_are_answered_in_order() -> None:
    async with harness.serving(harness.complete(harness.route(harness.WIDGETS, harness.echo))) as client:
        one, two = "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", f"GET {HEAD}Connection: close\r\n\r\n"
        found = await exchange(client.port, one * 3 + two)
    assert found.count(b"HTTP/1.1 200 OK") == 4
    assert found.index(b"ok") < found.index(b'"verb": "list"')


async def test_a_client_that_expects_it_is_told_to_go_on() -> None:
    routes = harness.route(harness.WIDGETS, read_body, "POST", model.Verb.POST)
    async with harness.serving(harness.complete(routes)) as client:
        head = f"POST {HEAD}Content-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(head.encode())
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"hello")
        found = await reader.read()
        writer.close()
    assert found.startswith(b"HTTP/1.1 200 OK")
    assert found.endswith(b"<hello>")


async def test_a_client_without_rights_is_not_told_to_go_on() -> None:
    routes = harness.route(harness.WIDGETS, read_body, "POST", model.Verb.POST)
    async with harness.serving(harness.complete(routes)) as client:
        head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
        found = await exchange(client.port, head, until_closed=False)
    assert found.startswith(b"HTTP/1.1 403 ")


async def test_an_old_client_gets_an_answer_and_its_connection_closed() -> None:
    async with harness.serving(harness.complete()) as client:
        found = await exchange(client.port, "GET /livez HTTP/1.0\r\n\r\n")
    assert found.startswith(b"HTTP/1.0 200 OK")
    assert found.endswith(b"\r\n\r\nok")


async def test_a_proxys_form_of_request_is_understood() -> None:
    async with harness.serving(harness.complete()) as client:
        found = await exchange(
            client.port, "GET http://127.0.0.1/livez?verbose HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        )
    assert found.startswith(b"HTTP/1.1 200 OK")
    assert b"livez check passed" in found


async def test_a_chunked_body_is_read_whole() -> None:
    routes = harness.route(harness.WIDGETS, read_body, "POST", model.Verb.POST)
    async with harness.serving(harness.complete(routes)) as client:
        head = f"POST {HEAD}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        found = await exchange(client.port, head, "3\r\nabc\r\n", "2\r\nde\r\n", "0\r\n\r\n")
    assert found.endswith(b"<abcde>")


@pytest.mark.parametrize("size", [0, 10, 1_000_000])
@pytest.mark.parametrize("kind", ["response", "answer"])
async def test_bodies_of_any_size_arrive_whole(kind: str, size: int) -> None:
    async def big(call: model.Call) -> web.StreamResponse:
        headers = {"Content-Type": "application/octet-stream"}
        if kind == "answer":
            return answers.Answer(200, headers, b"x" * size)
        return web.Response(body=b"x" * size, headers=headers)

    async with harness.serving(harness.complete(harness.route(harness.WIDGETS, big))) as client:
        for _ in range(3):
            answer = await client.get(PATH)
            assert answer.body == b"x" * size
            assert answer.headers["Content-Length"] == str(size)
        assert len(client.running.recorder.series) == 2  # by its own key and by its labels


async def test_an_answer_that_asks_for_it_closes_the_connection() -> None:
    async def close(call: model.Call) -> web.StreamResponse:
        response = web.Response(text="bye")
        response.force_close()
        return response

    async with harness.serving(harness.complete(harness.route(harness.WIDGETS, close))) as client:
        found = await exchange(client.port, f"GET {HEAD}\r\n")
    assert b"\r\nConnection: close\r\n" in found


async def test_an_upgrade_that_is_declined_gets_a_plain_answer() -> None:
    async with harness.serving(harness.complete(harness.route(harness.WIDGETS, harness.echo))) as client:
        ask = f"GET {HEAD}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        found = await exchange(client.port, ask, f"GET {HEAD}Connection: close\r\n\r\n")
    assert found.count(b"HTTP/1.1 200 OK") == 2


def texts() -> Iterator[str]:
    yield from ("", "tab\there", "fine", 'a "quote" and a \\')


def test_warnings_that_cannot_be_headers_are_left_out() -> None:
    assert list(transport.warning_headers(list(texts()))) == ['299 - "fine"', r'299 - "a \"quote\" and a \\"']
