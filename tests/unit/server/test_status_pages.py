"""`/statusz` and `/metrics/slis`, and how metrics are counted anew."""

from __future__ import annotations

import json

import pytest

from kroute.server import health
from tests.unit.server import harness

ONLY = "only the following media types are accepted: application/json, application/yaml, text/plain"


async def unwell() -> None:
    raise health.Unhealthy("the disk is full")


@pytest.mark.parametrize(
    "accept",
    [
        "application/json",
        "text/html",
        "application/json;v=v9;g=config.k8s.io;as=Statusz",
        "application/json;v=v1beta1;g=config.k8s.io;as=Flagz",
        "text/plain;as=Statusz;v=v1beta1;g=config.k8s.io",
    ],
)
async def test_other_forms_of_the_status_are_not_acceptable(accept: str) -> None:
    async with harness.serving(harness.complete()) as client:
        answer = await client.get("/statusz", {**harness.ADMIN, "Accept": accept})
    found = json.loads(answer.text)
    assert (answer.status, found["reason"], found["message"]) == (406, "NotAcceptable", ONLY)


@pytest.mark.parametrize("accept", ["text/plain", "*/*", "text/*", "application/json;v=foo;as=Statusz,*/*"])
async def test_the_status_is_text_for_humans(accept: str) -> None:
    async with harness.serving(harness.complete()) as client:
        answer = await client.get("/statusz", {**harness.ADMIN, "Accept": accept})
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert answer.text.startswith("\napiserver statusz\nWarning: This endpoint is not meant to be machine parseable")
    assert "Paths: /healthz /livez /metrics /readyz" in answer.text


@pytest.mark.parametrize("version, warned", [("v1beta1", False), ("v1alpha1", True)])
async def test_machines_ask_for_a_version_of_it(version: str, warned: bool) -> None:
    wanted = f"g=config.k8s.io;v={version};as=Statusz"
    async with harness.serving(harness.complete()) as client:
        answer = await client.get("/statusz", {**harness.ADMIN, "Accept": f"application/json;{wanted}"})
    found = json.loads(answer.text)
    assert answer.headers["Content-Type"] == f"application/json;{wanted}"
    assert ("Warning" in answer.headers) is warned
    assert (found["kind"], found["apiVersion"]) == ("Statusz", f"config.k8s.io/{version}")
    assert found["metadata"] == {"name": "apiserver"}
    assert found["uptimeSeconds"] >= 0


async def test_it_comes_in_yaml_too() -> None:
    async with harness.serving(harness.complete()) as client:
        answer = await client.get(
            "/statusz", {**harness.ADMIN, "Accept": "application/yaml;g=config.k8s.io;v=v1beta1;as=Statusz"}
        )
    assert "kind: Statusz\n" in answer.text


async def test_how_checks_turned_out_is_counted_when_they_are_asked() -> None:
    server = harness.complete()
    server.add_check(health.Check("disk", unwell))
    async with harness.serving(server) as client:
        await client.get("/livez")
        answer = await client.get("/metrics/slis")
        reset = await client("DELETE", "/metrics/slis")
        after = await client.get("/metrics/slis")
    assert 'kubernetes_healthcheck{name="disk",type="livez"} 0.0' in answer.text
    assert 'kubernetes_healthchecks_total{name="ping",status="success",type="livez"} 1.0' in answer.text
    assert (reset.status, reset.text) == (200, "metrics reset\n")
    assert "ping" not in after.text


async def test_deleting_the_metrics_counts_requests_anew() -> None:
    async with harness.serving(harness.complete(harness.route("/things", harness.echo))) as client:
        await client.get("/things")
        before = await client.get("/metrics")
        reset = await client("DELETE", "/metrics")
        after = await client.get("/metrics")
    assert (reset.text, reset.headers["Content-Type"]) == ("metrics reset\n", "text/plain; charset=utf-8")
    assert 'subresource="/things"' in before.text
    assert 'subresource="/things"' not in after.text
