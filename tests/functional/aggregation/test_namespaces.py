"""A namespace that is deleted loses what other servers keep in it, too."""

from __future__ import annotations

import asyncio
import copy
import json
from typing import Any

from aiohttp import web

from tests.fixtures import aggregation
from tests.fixtures.aggregation import BASE, GROUP, V2, Aggregator, Other

THINGS = f"{BASE}/namespaces/toys/things"


async def test_what_another_server_has_in_a_namespace_goes_with_it(aggregator: Aggregator, other: Other) -> None:
    told: Any = copy.deepcopy(aggregation.DISCOVERY)
    told["items"][0]["versions"][0]["resources"][0]["verbs"] = ["get", "list", "delete", "deletecollection"]
    things = [{"metadata": {"name": "a", "namespace": "toys"}}]
    asked: list[tuple[str, str]] = []

    async def discovery(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text=json.dumps(told), headers={"Content-Type": V2})

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        asked.append((request.method, request.headers["X-Remote-User"]))
        if request.method == "DELETE":
            things.clear()
            return web.json_response({"kind": "Status", "apiVersion": "v1", "status": "Success"})
        metadata = {"resourceVersion": "1"}
        return web.json_response(
            {"kind": "ThingList", "apiVersion": f"{GROUP}/v1", "metadata": metadata, "items": things}
        )

    other.paths |= {"/apis": discovery, THINGS: answer}
    await aggregator.register(other.api_service())
    await aggregator.send("POST", "/api/v1/namespaces", {"metadata": {"name": "toys"}})
    async with asyncio.timeout(aggregation.PATIENCE):
        while "Stale" in (await aggregator.get("/apis", Accept=V2)).text:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
        await aggregator.send("DELETE", "/api/v1/namespaces/toys")
        while (await aggregator.get("/api/v1/namespaces/toys")).status != 404:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    assert things == []
    assert asked[0] == ("DELETE", "system:apiserver")
