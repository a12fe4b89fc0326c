"""FlowSchemas and priority levels of a running server: what answers tell of them, and their conditions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from kroute import app

FLOW = "/apis/flowcontrol.apiserver.k8s.io/v1"


class Client:
    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, url

    async def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any, Any]:
        async with self._session.request(method, self._url + path, json=body) as answer:
            return answer.status, answer.headers, await answer.json(content_type=None)

    async def condition(self, name: str, status: str) -> dict[str, Any]:
        """The Dangling condition of a schema, once it has a status."""
        async with asyncio.timeout(30):
            while True:
                _, _, obj = await self("GET", f"{FLOW}/flowschemas/{name}")
                for one in (obj.get("status") or {}).get("conditions") or ():
                    if one["status"] == status:
                        found: dict[str, Any] = one
                        return found


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with app.APIServer(core=True).serve(controllers=["-*"]) as running, aiohttp.ClientSession() as session:
        yield Client(session, running.url)


def schema(name: str, level: str) -> dict[str, Any]:
    rule = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "namespaces": ["*"], "clusterScope": True}
    subject = {"kind": "User", "user": {"name": "nobody"}}
    return {
        "metadata": {"name": name},
        "spec": {
            "priorityLevelConfiguration": {"name": level},
            "rules": [{"subjects": [subject], "resourceRules": [rule]}],
        },
    }


async def test_answers_tell_schema_and_level(client: Client) -> None:
    await client.condition("exempt", "False")
    _, _, found = await client("GET", f"{FLOW}/flowschemas/exempt")
    _, _, level = await client("GET", f"{FLOW}/prioritylevelconfigurations/exempt")
    async with asyncio.timeout(30):
        while True:
            _, headers, _ = await client("GET", "/version")
            if headers.get("X-Kubernetes-PF-FlowSchema-UID") == found["metadata"]["uid"]:
                break
    assert headers["X-Kubernetes-PF-PriorityLevel-UID"] == level["metadata"]["uid"]


async def test_a_schema_without_its_level_is_dangling_until_it_comes(client: Client) -> None:
    assert (await client("POST", f"{FLOW}/flowschemas", schema("work", "later")))[0] == 201
    found = await client.condition("work", "True")
    assert found["reason"] == "NotFound"
    assert found["message"].endswith('PriorityLevelConfiguration object named "later" but there is no such object')
    level = {
        "metadata": {"name": "later"},
        "spec": {"type": "Limited", "limited": {"limitResponse": {"type": "Reject"}}},
    }
    assert (await client("POST", f"{FLOW}/prioritylevelconfigurations", level))[0] == 201
    assert (await client.condition("work", "False"))["reason"] == "Found"
