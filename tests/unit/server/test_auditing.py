"""What is recorded of requests on their way through the chain."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from aiohttp import web

from kroute.actions import model
from kroute.audit import auditor, policy, sinks
from kroute.machinery import context, errors
from kroute.server import exchange
from tests.unit.server import harness

PATH = harness.WIDGETS.format(namespace="play")


class Carrier:
    def __init__(self) -> None:
        self.events: list[Any] = []
        self.broken = False

    async def open(self) -> None:
        pass

    async def carry(self, events: Sequence[bytes]) -> None:
        if self.broken:
            raise OSError("disk full")
        self.events += [json.loads(event) for event in events]

    async def close(self) -> None:
        pass

    def stages(self) -> list[str]:
        return [event["stage"] for event in self.events]


def audited(carrier: Carrier, *rules: dict[str, Any], strict: bool = False) -> auditor.Auditor:
    counts = sinks.Counts()
    document = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": list(rules) or [{"level": "Metadata"}]}
    target = auditor.Target(sinks.Immediate("log", carrier, counts, strict=strict))
    return auditor.Auditor(policy.Policy(document), [target], counts)


async def stream(call: model.Call) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(call.request)
    await response.write(b"one")
    await response.write_eof()
    return response


async def annotated(call: model.Call) -> web.StreamResponse:
    call.ctx.add_annotation("toys.example.org/checked", "yes")
    return await harness.echo(call)


async def bug(call: model.Call) -> web.StreamResponse:
    raise ZeroDivisionError("oops")


async def test_a_request_is_recorded_when_it_comes_and_when_it_is_answered() -> None:
    carrier = Carrier()
    server = harness.complete(harness.route(harness.WIDGETS, annotated))
    async with harness.serving(server, auditor=audited(carrier)) as client:
        answer = await client.get(f"{PATH}?limit=1", {**harness.ALICE, "User-Agent": "me"})
        metrics = (await client.get("/metrics")).text
    received, complete = carrier.events[:2]
    assert (received["stage"], complete["stage"]) == ("RequestReceived", "ResponseComplete")
    assert received["auditID"] == complete["auditID"] == answer.headers["Audit-Id"]
    assert received["requestURI"] == f"{PATH}?limit=1"
    assert received["user"]["username"] == "alice"
    assert received["sourceIPs"] == ["127.0.0.1"]
    assert received["userAgent"] == "me"
    assert received["objectRef"] == {
        "resource": "widgets",
        "namespace": "play",
        "apiGroup": "toys.example.org",
        "apiVersion": "v1",
    }
    assert "responseStatus" not in received
    assert "annotations" not in received
    assert complete["responseStatus"] == {"metadata": {}, "code": 200}
    assert complete["annotations"] == {
        "authorization.k8s.io/decision": "allow",
        "authorization.k8s.io/reason": "",
        "toys.example.org/checked": "yes",
    }
    assert "apiserver_audit_event_total 3.0" in metrics
    assert 'apiserver_audit_level_total{level="Metadata"} 2.0' in metrics


async def test_what_the_policy_does_not_want_is_not_recorded() -> None:
    carrier = Carrier()
    server = harness.complete(harness.route(harness.WIDGETS, harness.echo))
    async with harness.serving(server, auditor=audited(carrier, {"level": "None"})) as client:
        assert (await client.get(PATH)).status == 200
    assert carrier.events == []


async def test_a_watch_is_recorded_when_it_starts_too() -> None:
    carrier = Carrier()
    server = harness.complete(harness.route(harness.WIDGETS, stream, verb=model.Verb.LIST))
    async with harness.serving(server, auditor=audited(carrier)) as client:
        await client.get(f"{PATH}?watch=1")
        await client.get(PATH)
    assert carrier.stages() == [
        "RequestReceived", "ResponseStarted", "ResponseComplete", "RequestReceived", "ResponseComplete",
    ]  # fmt: skip
    assert carrier.events[1]["verb"] == "watch"
    assert carrier.events[1]["responseStatus"] == {"metadata": {}, "code": 200}


async def test_refused_credentials_are_recorded_without_a_user() -> None:
    carrier = Carrier()
    async with harness.serving(harness.complete(), auditor=audited(carrier)) as client:
        answer = await client.get(PATH, {"Authorization": "Bearer wrong"})
    assert answer.status == 401
    (event,) = carrier.events
    assert event["stage"] == "ResponseStarted"
    assert event["user"] == {}
    assert event["responseStatus"] == {
        "metadata": {},
        "message": "Authentication failed, attempted: bearer",
        "code": 401,
    }


async def test_refusals_are_recorded_with_their_status_and_object() -> None:
    carrier = Carrier()

    async def refuse(current: exchange.Exchange) -> None:
        raise errors.Forbidden("no")

    found = audited(carrier, {"level": "RequestResponse", "omitStages": ["RequestReceived"]})
    impersonation = exchange.Filter(async_check=refuse)
    async with harness.serving(harness.complete(), auditor=found, impersonation=impersonation) as client:
        assert (await client.get(PATH)).status == 403
    (event,) = carrier.events
    status = {"status": "Failure", "message": "no", "reason": "Forbidden", "code": 403}
    assert event["responseStatus"] == {"metadata": {}, **status}
    assert event["responseObject"] == {"kind": "Status", "apiVersion": "v1", "metadata": {}, **status}


async def test_a_user_who_acts_as_another_is_recorded_as_both() -> None:
    carrier = Carrier()

    def become(current: exchange.Exchange) -> None:
        current.user = context.User("bob", groups=("system:authenticated",))

    server = harness.complete(harness.route(harness.WIDGETS, harness.echo))
    impersonation = exchange.Filter(check=become)
    async with harness.serving(server, auditor=audited(carrier), impersonation=impersonation) as client:
        await client.get(PATH, harness.ALICE)
    received, complete = carrier.events
    assert "impersonatedUser" not in received
    assert complete["user"]["username"] == "alice"
    assert complete["impersonatedUser"] == {"username": "bob", "groups": ["system:authenticated"]}


async def test_a_bug_is_recorded_as_a_panic() -> None:
    carrier = Carrier()
    server = harness.complete(harness.route(harness.WIDGETS, bug))
    async with harness.serving(server, auditor=audited(carrier)) as client:
        assert (await client.get(PATH)).status == 500
    assert carrier.stages() == ["RequestReceived", "Panic"]
    assert carrier.events[1]["responseStatus"]["message"] == "APIServer panic'd: ZeroDivisionError: oops"


async def test_a_request_that_takes_too_long_is_recorded_as_such() -> None:
    carrier = Carrier()

    async def wait(call: model.Call) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    server = harness.complete(harness.route(harness.WIDGETS, wait))
    async with harness.serving(server, auditor=audited(carrier)) as client:
        assert (await client.get(f"{PATH}?timeout=1ms")).status == 504
    assert carrier.events[1]["responseStatus"]["reason"] == "Timeout"


@pytest.mark.parametrize("strict", [True, False])
async def test_a_request_that_cannot_be_recorded_goes_on_unless_the_sink_is_strict(strict: bool) -> None:
    carrier = Carrier()
    carrier.broken = True
    server = harness.complete(harness.route(harness.WIDGETS, harness.echo))
    async with harness.serving(server, auditor=audited(carrier, strict=strict)) as client:
        answer = await client.get(PATH)
    assert answer.status == (500 if strict else 200)
    if strict:
        assert answer.json["message"] == "Internal error occurred: failed to store audit event"
