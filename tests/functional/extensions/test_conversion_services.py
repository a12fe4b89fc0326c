"""Webhooks that are found by their Service."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import kroute
from tests.fixtures import definitions, serving, webhooks

TWO = definitions.items("v2")
SERVICES = "/api/v1/namespaces/hooks/services"


def renamed(review: dict[str, Any]) -> dict[str, Any]:
    """A conversion of versions that differ in name only."""
    request = review["request"]
    found = [{**each, "apiVersion": request["desiredAPIVersion"]} for each in request["objects"]]
    response = {"uid": request["uid"], "convertedObjects": found, "result": {"status": "Success"}}
    return {"kind": "ConversionReview", "apiVersion": review["apiVersion"], "response": response}


@pytest.fixture
async def hook(tmp_path: Path) -> AsyncIterator[webhooks.Hook]:
    async with webhooks.running(tmp_path, renamed) as found:
        yield found


@pytest.fixture
async def client() -> AsyncIterator[serving.Client]:
    server = kroute.APIServer(core=["namespaces", "services", "endpoints"], extensions=True)
    async with server.serve() as running, aiohttp.ClientSession() as session:
        found = serving.Client(session, running.url)
        for name in ("play", "hooks"):
            await found.send("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        yield found


def definition(hook: webhooks.Hook, *, review: str = "v1") -> dict[str, Any]:
    service = {"namespace": "hooks", "name": webhooks.SERVICE.name, "port": hook.port, "path": "/convert"}
    config = {"service": service, "caBundle": base64.b64encode(hook.bundle).decode()}
    webhook = {"clientConfig": config, "conversionReviewVersions": [review]}
    versions = [definitions.version("v1"), definitions.version("v2", storage=False)]
    return definitions.definition(*versions, conversion={"strategy": "Webhook", "webhook": webhook})


@pytest.mark.parametrize("review", ["v1", "v1beta1"])
async def test_a_service_that_comes_later_is_called(client: serving.Client, hook: webhooks.Hook, review: str) -> None:
    await definitions.establish(client, definition(hook, review=review))
    await client.send("POST", definitions.items(), definitions.item("a", spec={"size": 1}))

    missing = await client.get(f"{TWO}/a")
    spec = {"type": "ExternalName", "externalName": "localhost"}
    made = await client.send("POST", SERVICES, {"metadata": {"name": webhooks.SERVICE.name}, "spec": spec})
    assert made.status == 201, made.body
    found = await definitions.until(client, f"{TWO}/a", lambda found: found.status == 200)

    assert missing.status == 500
    assert missing.body["message"].endswith(f'/convert?timeout=30s": service "{webhooks.SERVICE.name}" not found')
    assert (found.body["apiVersion"], found.body["spec"]) == ("toys.example.org/v2", {"size": 1})
    request, body = hook.seen[-1]
    assert request.headers["Host"] == f"{webhooks.SERVICE.hostname}:{hook.port}"
    assert body["apiVersion"] == f"apiextensions.k8s.io/{review}"


async def test_a_service_without_endpoints_is_told(client: serving.Client, hook: webhooks.Hook) -> None:
    await definitions.establish(client, definition(hook))
    await client.send("POST", definitions.items(), definitions.item("a"))
    spec = {"clusterIP": "None", "ports": [{"port": hook.port}]}
    await client.send("POST", SERVICES, {"metadata": {"name": webhooks.SERVICE.name}, "spec": spec})

    def is_known(found: serving.Response) -> bool:
        return "not found" not in found.body["message"]

    found = await definitions.until(client, f"{TWO}/a", is_known)

    assert found.body["message"].endswith(f'no endpoints available for service "{webhooks.SERVICE.name}"')
