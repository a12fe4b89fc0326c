"""The health endpoints, the version, the index and the metrics."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from kroute.actions import model
from kroute.aio import tasks
from kroute.server import exposition, health, routes, version
from tests.unit.server import harness


async def unwell() -> None:
    raise health.Unhealthy("the disk is full")


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz", "/livez/ping", "/livez/ping?verbose", "/livez?a=b"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_a_healthy_server_says_ok(method: str, path: str) -> None:
    async with harness.serving(harness.complete()) as client:
        answer = await client(method, path)
    assert (answer.status, answer.text) == (200, "ok")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


async def test_head_is_answered_without_a_body() -> None:
    async with harness.serving(harness.complete()) as client:
        answer = await client("HEAD", "/livez")
    assert (answer.status, answer.body) == (200, b"")


async def test_a_failing_check_fails_the_endpoint_and_keeps_its_reason_to_itself() -> None:
    server = harness.complete()
    server.add_check(health.Check("disk", unwell))
    async with harness.serving(server) as client:
        together = await client.get("/readyz", {})
        single = await client.get("/readyz/disk")
    assert (together.status, together.text) == (
        500,
        "[+]ping ok\n[-]disk failed: reason withheld\n[+]shutdown ok\nreadyz check failed\n",
    )
    assert (single.status, single.text) == (500, "internal server error: the disk is full\n")


async def test_checks_are_listed_and_left_out_on_demand() -> None:
    server = harness.complete()
    server.add_check(health.Check("disk", unwell, frozenset((health.LIVEZ,))))
    async with harness.serving(server) as client:
        excluded = await client.get("/livez?verbose&exclude=disk&exclude=nope")
        silent = await client.get("/livez?exclude=disk&exclude=ping")
        elsewhere = await client.get("/readyz/disk")
    assert excluded.text == (
        "[+]ping ok\n[+]disk excluded: ok\n"
        'warn: some health checks cannot be excluded: no matches for "nope"\nlivez check passed\n'
    )
    assert (silent.status, silent.text, elsewhere.status) == (200, "ok", 404)


async def test_a_server_is_ready_once_its_post_start_hooks_have_ended() -> None:
    let_go, background = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        background.set()

    async def hook(scope: tasks.Scope) -> None:
        await let_go.wait()
        scope.spawn(work(), name="work")

    server = harness.complete()
    server.add_post_start_hook("roles", hook)
    async with harness.serving(server) as client:
        early = await client.get("/readyz")
        let_go.set()
        await background.wait()
        late = await client.get("/readyz?verbose")
    assert early.status == 500
    assert "[-]poststarthook/roles failed" in early.text
    assert "[+]poststarthook/roles ok" in late.text


async def test_a_failed_post_start_hook_leaves_the_server_unready() -> None:
    async def hook(scope: tasks.Scope) -> None:
        raise RuntimeError("no roles")

    server = harness.complete()
    server.add_post_start_hook("roles", hook)
    async with harness.serving(server) as client:
        await client.get("/livez/ping")
        answer = await client.get("/readyz/poststarthook/roles")
    assert (answer.status, answer.text) == (500, "internal server error: failed: no roles\n")


async def test_the_version_names_a_kubernetes_release() -> None:
    server = harness.complete()
    routes.install_version(server.director.paths, version.document())
    async with harness.serving(server) as client:
        for headers in ({}, {"Accept": "application/json"}, {"Accept": "text/html, */*;q=0.1"}):
            answer = await client.get("/version", headers)
            assert answer.status == 200
            assert (answer.json["major"], answer.json["minor"]) == ("1", "36")
        slash = await client.get("/version/", {})
        assert slash.json == answer.json


async def test_the_version_is_for_get_and_in_json_alone() -> None:
    server = harness.complete()
    routes.install_version(server.director.paths, version.document())
    async with harness.serving(server) as client:
        post = await client("POST", "/version")
        below = await client.get("/version/foo")
        html = await client.get("/version", {**harness.ADMIN, "Accept": "text/html"})
        yaml = await client.get("/version", {**harness.ADMIN, "Accept": "application/yaml"})
    assert (post.status, post.json["reason"]) == (405, "MethodNotAllowed")
    assert (below.status, below.json["details"]) == (404, {})
    assert html.status == 406
    assert html.json["message"] == "406: Not Acceptable\n\nAvailable representations: application/json"
    assert yaml.headers["Content-Type"] == "application/yaml"


@pytest.mark.parametrize("path", ["/", "/index.html"])
async def test_the_index_lists_paths_in_order(path: str) -> None:
    async with harness.serving(harness.complete(harness.route(harness.WIDGETS, harness.echo))) as client:
        listed = (await client.get(path)).json["paths"]
    assert listed == sorted(listed)
    assert {"/apis/toys.example.org", "/apis/toys.example.org/v1", "/livez/ping", "/metrics"} <= set(listed)
    assert "/" not in listed


async def test_metrics_count_requests_under_kubernetes_names() -> None:
    server = harness.complete(
        harness.route(harness.WIDGETS, harness.echo),
        harness.route(harness.WIDGETS, harness.echo, "POST", model.Verb.POST),
        harness.route(f"{harness.WIDGETS}/{{name}}", harness.echo, "PATCH", model.Verb.PATCH),
    )
    path = harness.WIDGETS.format(namespace="default")
    async with harness.serving(server) as client:
        client.running.exposition.add(
            exposition.Source("apiserver_storage_objects", "Objects.", ("resource",), lambda: [(("widgets",), 3)])
        )
        await client.get(path)
        await client.get(path)
        await client("POST", f"{path}?dryRun=All")
        await client("PATCH", f"{path}/a", {**harness.ADMIN, "Content-Type": "application/apply-patch+yaml"})
        await client.get("/nothing")
        answer = await client.get("/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"
    common = 'group="toys.example.org",resource="widgets"'
    totals = [line for line in answer.text.splitlines() if line.startswith("apiserver_request_total{")]
    found = {(field(line, "verb"), field(line, "scope"), field(line, "dry_run"), line.split()[-1]) for line in totals}
    assert found == {
        ("LIST", "namespace", "", "2.0"),
        ("POST", "resource", "All", "1.0"),
        ("APPLY", "resource", "", "1.0"),
    }, common
    assert 'apiserver_storage_objects{resource="widgets"} 3.0' in answer.text
    assert "apiserver_request_duration_seconds_bucket" in answer.text
    assert 'apiserver_response_sizes_count{component="apiserver",group="toys.example.org"' in answer.text
    assert 'apiserver_current_inflight_requests{request_kind="readOnly"} 1.0' in answer.text
    assert "process_resident_memory_bytes" in answer.text


async def test_open_watches_are_gauged() -> None:
    opened = asyncio.Event()

    async def watch(call: model.Call) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(call.request)
        opened.set()
        await asyncio.Event().wait()
        return response

    server = harness.complete(harness.route(harness.WIDGETS, watch, verb=model.Verb.LIST))
    path = harness.WIDGETS.format(namespace="default")
    async with harness.serving(server) as client:
        watching = asyncio.ensure_future(client.get(f"{path}?watch=true"))
        await opened.wait()
        text = (await client.get("/metrics")).text
        watching.cancel()
    gauges = [line for line in text.splitlines() if line.startswith("apiserver_longrunning_requests{")]
    assert [(field(line, "verb"), line.split()[-1]) for line in gauges] == [("WATCH", "1.0")]


def field(line: str, name: str) -> str:
    return line.split(f'{name}="')[1].split('"')[0]
