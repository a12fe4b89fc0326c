"""Validation rules (CEL) of custom resources over HTTP: refused with the definition, or evaluated at each write."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

import kroute
from tests.fixtures import serving
from tests.functional.test_extensions import CRDS, MERGE, WIDGETS, definition, establish, widget

Schema = dict[str, Any]
APPLY = "application/apply-patch+yaml"


def ruled(spec: Schema) -> dict[str, Any]:
    """A definition with a status subresource, whose objects have this spec."""
    schema = {
        "type": "object",
        "properties": {
            "spec": spec,
            "status": {
                "type": "object",
                "properties": {"ready": {"type": "integer", "x-kubernetes-validations": [{"rule": "self >= 0"}]}},
            },
        },
    }
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
    }
    return definition(versions=[version])


SPEC: Schema = {
    "type": "object",
    "properties": {
        "min": {"type": "integer"},
        "max": {"type": "integer"},
        "class": {
            "type": "string",
            "default": "plain",
            "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "class is immutable"}],
        },
    },
    "x-kubernetes-validations": [
        {
            "rule": "!has(self.min) || !has(self.max) || self.min <= self.max",
            "messageExpression": "'min %d is more than max %d'.format([self.min, self.max])",
            "fieldPath": ".min",
        }
    ],
}


@pytest.fixture
async def client() -> AsyncIterator[serving.Client]:
    server = kroute.APIServer(extensions=True)
    async with server.serve() as running, aiohttp.ClientSession() as session:
        yield serving.Client(session, running.url)


def causes(answer: serving.Response) -> list[tuple[str, str]]:
    assert answer.status == 422
    return [(each["field"], each["message"]) for each in answer.body["details"]["causes"]]


async def test_rules_that_do_not_compile_are_refused_with_their_definition(client: serving.Client) -> None:
    wrong = {"type": "object", "x-kubernetes-validations": [{"rule": "self.min > 1"}, {"rule": "self.size() > 0 &&"}]}

    answer = await client.send("POST", CRDS, ruled(wrong))

    at = "spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations"
    found = causes(answer)
    assert [field for field, _ in found] == [f"{at}[0].rule", f"{at}[1].rule"]
    assert "compilation failed: ERROR: <input>:1:5: undefined field 'min'" in found[0][1]
    assert "Syntax error: mismatched input '<EOF>'" in found[1][1]


async def test_rules_hold_at_each_way_to_write(client: serving.Client) -> None:
    await establish(client, ruled(SPEC))

    refused = await client.send("POST", WIDGETS, widget("a", spec={"min": 2, "max": 1}))
    assert causes(refused) == [("spec.min", "Invalid value: min 2 is more than max 1")]

    assert (await client.send("POST", WIDGETS, widget("a", spec={"min": 1, "max": 2}))).status == 201
    patched = await client.send("PATCH", f"{WIDGETS}/a", {"spec": {"min": 3}}, content_type=MERGE)
    assert causes(patched) == [("spec.min", "Invalid value: min 3 is more than max 2")]
    changed = await client.send("PATCH", f"{WIDGETS}/a", {"spec": {"class": "gold"}}, content_type=MERGE)
    assert causes(changed) == [("spec.class", 'Invalid value: "gold": class is immutable')]
    applied = await client.send(
        "PATCH", f"{WIDGETS}/a?fieldManager=t&force=true", widget("a", spec={"class": "gold"}), content_type=APPLY
    )
    assert causes(applied) == [("spec.class", 'Invalid value: "gold": class is immutable')]
    stored = await client.get(f"{WIDGETS}/a")
    assert stored.body["spec"] == {"min": 1, "max": 2, "class": "plain"}
    replaced = await client.send("PUT", f"{WIDGETS}/a", {**stored.body, "spec": {"min": 5, "max": 4}})
    assert ("spec.min", "Invalid value: min 5 is more than max 4") in causes(replaced)


async def test_rules_hold_for_the_status(client: serving.Client) -> None:
    await establish(client, ruled(SPEC))
    await client.send("POST", WIDGETS, widget("a", spec={}))

    refused = await client.send("PATCH", f"{WIDGETS}/a/status", {"status": {"ready": -1}}, content_type=MERGE)
    assert causes(refused) == [("status.ready", "Invalid value: -1: failed rule: self >= 0")]
    assert (
        await client.send("PATCH", f"{WIDGETS}/a/status", {"status": {"ready": 1}}, content_type=MERGE)
    ).status == 200


async def test_what_breaks_a_new_rule_may_stay_as_it_is(client: serving.Client) -> None:
    await establish(
        client, ruled({"type": "object", "properties": {"n": {"type": "integer"}, "m": {"type": "integer"}}})
    )
    await client.send("POST", WIDGETS, widget("a", spec={"n": 1}))
    tighter = {
        **SPEC,
        "properties": {
            "n": {"type": "integer", "x-kubernetes-validations": [{"rule": "self > 1"}]},
            "m": {"type": "integer"},
        },
    }
    tighter.pop("x-kubernetes-validations")
    crd = (await client.get(f"{CRDS}/widgets.toys.example.org")).body
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"] = tighter
    assert (await client.send("PUT", f"{CRDS}/widgets.toys.example.org", crd)).status == 200
    await refuses(client, widget("b", spec={"n": 1}))

    kept = await client.send("PATCH", f"{WIDGETS}/a", {"spec": {"m": 1}}, content_type=MERGE)
    worse = await client.send("PATCH", f"{WIDGETS}/a", {"spec": {"n": 0}}, content_type=MERGE)

    assert kept.status == 200
    assert "spec.n: Invalid value: 1: failed rule: self > 1" in kept.headers["Warning"]
    assert causes(worse) == [("spec.n", "Invalid value: 0: failed rule: self > 1")]


async def refuses(client: serving.Client, obj: dict[str, Any]) -> None:
    """Waits until an object is refused, that is, until the definition that refuses it is the one that is served."""
    while (await client.send("POST", f"{WIDGETS}?dryRun=All", obj)).status != 422:
        pass


async def test_defaults_must_satisfy_the_rules(client: serving.Client) -> None:
    field = {"type": "integer", "default": 1, "x-kubernetes-validations": [{"rule": "self > 1"}]}

    answer = await client.send("POST", CRDS, ruled({"type": "object", "properties": {"n": field}}))

    at = "spec.validation.openAPIV3Schema.properties[spec].properties[n].default"
    assert causes(answer) == [(at, "Invalid value: 1: failed rule: self > 1")]
