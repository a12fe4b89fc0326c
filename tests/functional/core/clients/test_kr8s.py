"""kr8s with Kubernetes' own kinds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import kr8s
import pytest
from kr8s.asyncio import objects

from kroute import app
from tests.fixtures import guestbooks

# it says that it wasn't tested with this version of Kubernetes
pytestmark = pytest.mark.filterwarnings("ignore:Kubernetes version .* is not supported")


@pytest.fixture
async def api(core_server: app.Running, namespace: str) -> AsyncIterator[Any]:
    made = await kr8s.asyncio.api(kubeconfig=str(core_server.kubeconfig), namespace=namespace)
    yield made
    await made._session.aclose()  # there is no public way


def config_map(namespace: str, name: str = "one") -> Any:
    return {"metadata": {"name": name, "namespace": namespace, "labels": {"app": "web"}}, "data": {"a": "1"}}


async def test_creating_reading_changing_and_deleting(api: Any, namespace: str) -> None:
    made = await objects.ConfigMap(config_map(namespace), api=api)
    await made.create()
    await made.patch({"data": {"b": "2"}})
    found = await objects.ConfigMap.get("one", namespace=namespace, api=api)
    assert dict(found.data) == {"a": "1", "b": "2"}
    await made.label({"tier": "front"})
    listed = [item.name async for item in api.get("configmaps", namespace=namespace, label_selector="tier=front")]
    assert listed == ["one"]
    await made.delete()
    assert not await made.exists()
    with pytest.raises(kr8s.NotFoundError):
        await objects.ConfigMap.get("one", namespace=namespace, api=api)


async def test_scaling_a_deployment(api: Any, namespace: str) -> None:
    spec = {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "web:1"}]},
        },
    }
    made = await objects.Deployment({"metadata": {"name": "web", "namespace": namespace}, "spec": spec}, api=api)
    await made.create()
    await made.patch({"spec": {"replicas": 3}}, subresource="scale")
    await made.refresh()
    assert made.spec.replicas == 3


async def test_watching(api: Any, namespace: str) -> None:
    first = await objects.ConfigMap(config_map(namespace), api=api)
    await first.create()
    seen: list[tuple[str, str]] = []
    async with asyncio.timeout(guestbooks.PATIENCE):
        async for kind, found in api.watch("configmaps", namespace=namespace):
            seen.append((kind, found.name))
            if len(seen) == 1:
                await first.patch({"data": {"b": "2"}})
            elif len(seen) == 2:
                await first.delete()
            else:
                break
    assert seen == [("ADDED", "one"), ("MODIFIED", "one"), ("DELETED", "one")]
