"""What a request meets on its way: who it is, what it may, and how refusals look."""

from __future__ import annotations

import asyncio
import logging
import re

import pytest
from aiohttp import web

from kroute.actions import model
from kroute.auth import authentication
from kroute.machinery import errors
from tests.unit.server import harness

ITEM = f"{harness.WIDGETS}/{{name}}"
PATH = "/apis/toys.example.org/v1/namespaces/default/widgets/a"


async def test_a_handler_gets_user_path_and_audit_id() -> None:
    async with harness.serving(harness.complete(harness.route(ITEM, harness.echo))) as client:
        answer = await client.get(PATH, {**harness.ALICE, "User-Agent": "kubectl/1.37", "Audit-Id": "mine"})
    assert answer.json == {
        "user": "alice",
        "groups": ["system:authenticated"],
        "verb": "get",
        "namespace": "default",
        "audit_id": "mine",
        "user_agent": "kubectl/1.37",
        "params": {"namespace": "default", "name": "a"},
    }
    assert answer.headers["Audit-Id"] == "mine"


async def test_every_answer_has_an_audit_id_of_its_own_and_is_not_for_caches() -> None:
    async with harness.serving(harness.complete()) as client:
        answers = [await client.get(path) for path in ("/livez", "/nothing", "/api", "/version")]
    ids = {answer.headers["Audit-Id"] for answer in answers}
    assert len(ids) == 4
    assert all(re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", one) for one in ids)
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-cache, private"}
    assert not any("Server" in answer.headers for answer in answers)


@pytest.mark.parametrize("path", ["/api", "/healthz", "/version", "/foo", PATH])
async def test_a_bad_token_is_unauthorized_everywhere(path: str) -> None:
    async with harness.serving(harness.complete(harness.route(ITEM, harness.echo))) as client:
        answer = await client.get(path, {"Authorization": "Bearer wrong"})
    assert answer.status == 401
    assert answer.json == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": "Unauthorized",
        "reason": "Unauthorized",
        "code": 401,
    }


async def test_a_refusal_is_yaml_for_clients_that_ask_for_it() -> None:
    async with harness.serving(harness.complete()) as client:
        yaml = await client.get("/api", {"Authorization": "Bearer wrong", "Accept": "application/yaml"})
        html = await client.get("/api", {"Authorization": "Bearer wrong", "Accept": "text/html"})
    assert yaml.headers["Content-Type"] == "application/yaml"
    assert yaml.text == (
        "apiVersion: v1\ncode: 401\nkind: Status\nmessage: Unauthorized\nmetadata: {}\n"
        "reason: Unauthorized\nstatus: Failure\n"
    )
    assert html.headers["Content-Type"] == "application/json"


async def test_anonymous_requests_are_forbidden_with_the_reason() -> None:
    async with harness.serving(harness.complete(harness.route(ITEM, harness.echo))) as client:
        answer = await client.get(PATH, {"Authorization": "Bearer  alicetoken"})
    assert answer.status == 403
    assert answer.json["message"].startswith('widgets.toys.example.org "a" is forbidden: User "system:anonymous"')
    assert answer.headers["Warning"] == (
        '299 - "the provided Authorization header contains extra space before the bearer token, and is ignored"'
    )


async def test_without_anonymous_requests_no_credentials_are_wrong_credentials() -> None:
    class Nobody:
        async def authenticate(self, request: authentication.Request) -> None:
            return None

    async with harness.serving(harness.complete(), authenticator=Nobody()) as client:
        assert (await client.get("/livez", {})).status == 401


async def test_a_bug_is_an_internal_error_that_tells_nothing_but_where_to_look(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def broken(call: model.Call) -> web.StreamResponse:
        raise KeyError("a secret")

    async with harness.serving(harness.complete(harness.route(ITEM, broken))) as client:
        with caplog.at_level(logging.ERROR, "kroute.server"):
            answer = await client.get(PATH)
        assert (await client.get("/livez")).status == 200
    assert answer.status == 500
    assert answer.json["reason"] == "InternalError"
    assert answer.headers["Audit-Id"] in answer.json["message"]
    assert "secret" not in answer.text
    assert answer.headers["Audit-Id"] in caplog.text
    assert "a secret" in caplog.text


async def test_the_warnings_of_a_request_become_headers_once_each() -> None:
    async def warn(call: model.Call) -> web.StreamResponse:
        call.ctx.warn('say "no"')
        call.ctx.warn('say "no"')
        call.ctx.warn("second")
        call.ctx.warn("bro\nken")
        return web.Response(text="ok")

    async with harness.serving(harness.complete(harness.route(ITEM, warn))) as client:
        answer = await client.get(PATH)
    assert answer.headers.getall("Warning") == [r'299 - "say \"no\""', '299 - "second"']


async def test_very_long_warnings_are_cut() -> None:
    async def warn(call: model.Call) -> web.StreamResponse:
        for letter in "abcdefgh":
            call.ctx.warn(letter * 1000)
        return web.Response(text="ok")

    async with harness.serving(harness.complete(harness.route(ITEM, warn))) as client:
        answer = await client.get(PATH)
    assert [len(value) for value in answer.headers.getall("Warning")] == [len('299 - ""') + 256] * 8


async def test_an_answer_with_a_line_break_in_a_header_is_not_sent() -> None:
    async def split(call: model.Call) -> web.StreamResponse:
        return web.Response(text="ok", headers={"Location": "x\r\nSet-Cookie: y"})

    async with harness.serving(harness.complete(harness.route(ITEM, split))) as client:
        answer = await client.get(PATH)
    assert answer.status == 500
    assert "Set-Cookie" not in answer.headers


async def test_a_request_that_takes_too_long_is_given_up() -> None:
    cancelled = asyncio.Event()

    async def slow(call: model.Call) -> web.StreamResponse:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        raise AssertionError

    async with harness.serving(harness.complete(harness.route(ITEM, slow))) as client:
        answer = await client.get(f"{PATH}?timeout=1ms")
        assert (answer.status, answer.json["reason"]) == (504, "Timeout")
        assert answer.json["message"] == "request did not complete within the allotted timeout"
        assert cancelled.is_set()
        assert (await client.get(f"{PATH}?timeout=soon")).json["message"] == (
            'invalid timeout specified in the request URL - time: invalid duration "soon"'
        )


async def test_one_request_too_many_is_told_to_come_back_unless_it_is_an_administrators() -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def wait(call: model.Call) -> web.StreamResponse:
        entered.set()
        await leave.wait()
        return web.Response(text="ok")

    routes = [harness.route(ITEM, wait), harness.route(ITEM, harness.echo, "PUT", model.Verb.PUT)]
    async with harness.serving(harness.complete(*routes), max_reads=1, max_writes=1) as client:
        first = asyncio.ensure_future(client.get(PATH))
        await entered.wait()
        refused = await client.get(PATH, harness.ALICE)
        write = await client("PUT", PATH, harness.ALICE)
        health = await client.get("/livez", harness.ADMIN)
        leave.set()
        assert (await first).status == 200
        assert (await client.get(PATH, harness.ALICE)).status == 200
    assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
    assert refused.json["message"] == "Too many requests, please try again later."
    assert refused.json["details"] == {"retryAfterSeconds": 1}
    assert (write.status, health.status) == (200, 200)


async def test_a_body_over_the_limit_is_refused_when_it_is_read() -> None:
    async def read(call: model.Call) -> web.StreamResponse:
        return web.Response(text=str(len(await call.request.read())))

    async with harness.serving(
        harness.complete(harness.route(ITEM, read, "PUT", model.Verb.PUT)), max_body=1000
    ) as client:
        assert (await client("PUT", PATH, data=b"x" * 1000)).text == "1000"
        answer = await client("PUT", PATH, data=b"x" * 1001)
    assert (answer.status, answer.json["reason"]) == (413, "RequestEntityTooLarge")
    assert answer.json["message"] == "Request entity too large: limit is 1000"


async def test_api_errors_of_handlers_are_answered_with_their_headers() -> None:
    async def refuse(call: model.Call) -> web.StreamResponse:
        raise errors.ServiceUnavailable("later", headers={"Retry-After": "3"})

    async with harness.serving(harness.complete(harness.route(ITEM, refuse))) as client:
        answer = await client.get(PATH)
    assert (answer.status, answer.headers["Retry-After"], answer.json["message"]) == (503, "3", "later")
