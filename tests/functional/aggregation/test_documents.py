"""Discovery and OpenAPI documents of all servers together."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.fixtures import aggregation
from tests.fixtures.aggregation import API_SERVICES, BASE, GROUP, NAME, V2, Aggregator, Other

OPENAPI = {
    "openapi": "3.0.0",
    "info": {"title": "Other", "version": "1"},
    "paths": {
        f"{BASE}/things": {
            "get": {"operationId": "listThings", "responses": {"200": {"description": "OK", "content": {}}}}
        }
    },
    "components": {"schemas": {"org.example.other.v1.Thing": {"type": "object"}}},
}


async def until(ask: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """Ask until the answer is as wanted."""
    async with asyncio.timeout(aggregation.PATIENCE):
        while not wanted(found := await ask()):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    return found


async def groups(aggregator: Aggregator) -> dict[str, Any]:
    """Aggregated discovery, by group."""
    found = (await aggregator.get("/apis", Accept=V2)).json
    return {item["metadata"]["name"]: item for item in found["items"]}


def is_fresh(found: dict[str, Any]) -> bool:
    return GROUP in found and found[GROUP]["versions"][0]["freshness"] == "Current"


async def test_the_aggregated_document_has_what_the_server_says(aggregator: Aggregator, other: Other) -> None:
    await aggregator.register(other.api_service())
    found = await until(lambda: groups(aggregator), is_fresh)
    assert (
        found[GROUP]["versions"][0]["resources"]
        == (
            aggregation.DISCOVERY["items"][0]["versions"][0]["resources"]  # type: ignore[index]
        )
    )
    assert next(iter(found)) == "apiregistration.k8s.io"


async def test_a_server_without_aggregated_discovery_is_asked_for_its_resources(
    aggregator: Aggregator, other: Other
) -> None:
    async def plain(request: web.BaseRequest) -> web.StreamResponse:
        return web.json_response({"kind": "APIGroupList", "groups": []})

    async def resources(request: web.BaseRequest) -> web.StreamResponse:
        entries = [
            {"name": "things", "singularName": "thing", "namespaced": True, "kind": "Thing", "verbs": ["get"]},
            {"name": "things/status", "singularName": "", "namespaced": True, "kind": "Thing", "verbs": ["get"]},
        ]
        return web.json_response({"kind": "APIResourceList", "groupVersion": f"{GROUP}/v1", "resources": entries})

    other.paths |= {"/apis": plain, BASE: resources}
    await aggregator.register(other.api_service())
    found = await until(lambda: groups(aggregator), is_fresh)
    (resource,) = found[GROUP]["versions"][0]["resources"]
    assert (resource["resource"], resource["scope"]) == ("things", "Namespaced")
    assert resource["subresources"][0]["subresource"] == "status"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"kind":"APIGroupDiscoveryList","items":[1]}', b"\xff\xfe"])
async def test_garbage_leaves_the_group_marked_as_stale(aggregator: Aggregator, other: Other, body: bytes) -> None:
    async def garbage(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=body, headers={"Content-Type": V2})

    other.paths["/apis"] = garbage
    await aggregator.register(other.api_service())
    await until(lambda: asyncio.sleep(0, other.requests("/apis")), bool)
    found = await groups(aggregator)
    assert found[GROUP]["versions"][0] == {"version": "v1", "freshness": "Stale"}
    assert (await aggregator.get("/apis/apps")).status == 404


async def test_a_server_that_can_not_be_asked_keeps_its_resources_as_stale(
    aggregator: Aggregator, tmp_path: Path
) -> None:
    async with aggregation.other(tmp_path / "third") as third:
        await aggregator.register(third.api_service())
        before = await until(lambda: groups(aggregator), is_fresh)
    there = (await aggregator.get(f"{API_SERVICES}/{NAME}")).json
    there["spec"]["versionPriority"] = 11  # has it looked at again
    await aggregator.send("PUT", f"{API_SERVICES}/{NAME}", there)
    after = await until(lambda: groups(aggregator), lambda found: not is_fresh(found))
    fresh, stale = before[GROUP]["versions"][0], after[GROUP]["versions"][0]
    assert {**fresh, "freshness": "Stale"} == stale


async def test_the_group_list_has_groups_and_versions_by_priority(aggregator: Aggregator, other: Other) -> None:
    await aggregator.register(other.api_service(groupPriorityMinimum=19000))
    names = [group["name"] for group in (await aggregator.get("/apis")).json["groups"]]
    assert names[:2] == ["apiregistration.k8s.io", GROUP]
    found = (await aggregator.get(f"/apis/{GROUP}")).json
    assert found["preferredVersion"] == {"groupVersion": f"{GROUP}/v1", "version": "v1"}


async def test_the_resource_list_is_the_servers_own(aggregator: Aggregator, other: Other) -> None:
    await aggregator.register(other.api_service())
    found = (await aggregator.get(BASE)).json
    assert found == {"kind": "APIResourceList", "groupVersion": f"{GROUP}/v1", "resources": []}
    assert BASE in (await aggregator.get("/")).json["paths"]


async def test_openapi_3_is_passed_on_by_group_version(aggregator: Aggregator, other: Other) -> None:
    async def document(request: web.BaseRequest) -> web.StreamResponse:
        return web.json_response(OPENAPI)

    other.paths[f"/openapi/v3{BASE}"] = document
    await aggregator.register(other.api_service())
    section = BASE[1:]

    async def index() -> Any:
        return (await aggregator.get("/openapi/v3")).json["paths"]

    found = await until(index, lambda paths: section in paths)
    assert (await aggregator.get(found[section]["serverRelativeURL"])).json == OPENAPI
    merged = (await aggregator.get("/openapi/v2")).json
    assert merged["paths"][f"{BASE}/things"]["get"]["operationId"] == "listThings"
    assert "org.example.other.v1.Thing" in merged["definitions"]
    assert "/api/v1/namespaces/{name}" in merged["paths"]


async def test_swagger_of_a_server_that_has_no_more_is_merged(aggregator: Aggregator, other: Other) -> None:
    async def document(request: web.BaseRequest) -> web.StreamResponse:
        paths: dict[str, Any] = {f"{BASE}/things": {"get": {}}, "/apis/foreign.example.org/v1/x": {"get": {}}}
        return web.json_response({"swagger": "2.0", "paths": paths, "definitions": {"Thing": {"type": "object"}}})

    other.paths["/openapi/v2"] = document
    await aggregator.register(other.api_service())

    async def merged() -> Any:
        return (await aggregator.get("/openapi/v2")).json

    found = await until(merged, lambda document: f"{BASE}/things" in document["paths"])
    assert "/apis/foreign.example.org/v1/x" not in found["paths"]
    assert "Thing" in found["definitions"]


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{", '{"paths": 7}', '{"paths": {"/x": {"get": []}}}', '{"paths": {}, "definitions": {"\\ud800": {}}}'],
)
async def test_documents_that_can_not_be_read_do_no_harm(aggregator: Aggregator, other: Other, body: str) -> None:
    async def garbage(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text=body, content_type="application/json")

    for path in (f"/openapi/v3{BASE}", "/openapi/v2"):
        other.paths[path] = garbage
    await aggregator.register(other.api_service())
    await until(lambda: asyncio.sleep(0, other.requests(f"/openapi/v3{BASE}")), bool)
    assert (await aggregator.get("/openapi/v2")).status == 200
    assert (await aggregator.get("/openapi/v3")).status == 200


async def test_what_is_deleted_is_gone_from_everywhere(aggregator: Aggregator, other: Other) -> None:
    async def document(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text=json.dumps(OPENAPI), content_type="application/json")

    other.paths[f"/openapi/v3{BASE}"] = document
    await aggregator.register(other.api_service())
    await until(lambda: groups(aggregator), is_fresh)
    assert (await aggregator.send("DELETE", f"{API_SERVICES}/{NAME}")).status == 200
    await until(lambda: groups(aggregator), lambda found: GROUP not in found)
    assert (await aggregator.get(f"{BASE}/things")).status == 404
    assert (await aggregator.get(f"/apis/{GROUP}")).status == 404
    assert BASE[1:] not in (await aggregator.get("/openapi/v3")).json["paths"]
    assert BASE not in (await aggregator.get("/")).json["paths"]
