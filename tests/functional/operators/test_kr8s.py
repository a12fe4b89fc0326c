"""A controller written with kr8s: it watches, makes children that its objects own, and says so in their status."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import kr8s
import pytest
from kr8s.asyncio import objects

from kroute import app
from tests.functional.operators import operating

# it says that it wasn't tested with this version of Kubernetes
pytestmark = pytest.mark.filterwarnings("ignore:Kubernetes version .* is not supported")

Example = objects.new_class(
    kind="KopfExample", version="kopf.dev/v1", plural="kopfexamples", namespaced=True, asyncio=True
)


@pytest.fixture
async def api(served: app.Running, cluster: operating.Cluster) -> AsyncIterator[Any]:
    made = await kr8s.asyncio.api(kubeconfig=str(served.kubeconfig), namespace=cluster.namespace)
    yield made
    await made._session.aclose()  # there is no public way


async def control(api: Any, namespace: str) -> None:
    """Keep a config map beside each example, with what stands in its spec."""
    async for kind, owner in api.watch("kopfexamples.kopf.dev", namespace=namespace):
        deleting = kind == "DELETED" or "deletionTimestamp" in owner.metadata
        if not deleting and owner.raw.get("status", {}).get("observedGeneration") != owner.metadata.generation:
            await reconcile(api, owner)


async def reconcile(api: Any, owner: Any) -> None:
    data = {"field": owner.spec.field}
    body = {"metadata": {"name": owner.name, "namespace": owner.namespace}, "data": data}
    child = await objects.ConfigMap(body, api=api)
    if await child.exists():
        await child.patch({"data": data})
    else:
        await child.create()
        await owner.adopt(child)
    status = {"observedGeneration": owner.metadata.generation, "child": child.name}
    await owner.patch({"status": status}, subresource="status")


@pytest.fixture
async def controller(api: Any, cluster: operating.Cluster) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(control(api, cluster.namespace))
        yield
        running.cancel()


async def observed(owner: Any, generation: int) -> None:
    """Wait until the controller has seen this generation."""
    async with asyncio.timeout(operating.PATIENCE):
        async for _, found in owner.watch():
            if found.raw.get("status", {}).get("observedGeneration") == generation:
                break
    await owner.refresh()


async def made(api: Any, cluster: operating.Cluster) -> tuple[Any, Any]:
    """An example and its child, when the controller is done with them."""
    owner = await Example(operating.example(field="a"), namespace=cluster.namespace, api=api)
    await owner.create()
    await observed(owner, 1)
    return owner, await objects.ConfigMap.get("one", namespace=cluster.namespace, api=api)


@pytest.mark.usefixtures("controller")
async def test_children_follow_their_owner(api: Any, cluster: operating.Cluster) -> None:
    owner, child = await made(api, cluster)
    assert dict(owner.status) == {"observedGeneration": 1, "child": "one"}
    assert dict(child.data) == {"field": "a"}
    assert [dict(each) for each in child.metadata.ownerReferences] == [
        {
            "apiVersion": "kopf.dev/v1",
            "kind": "KopfExample",
            "name": "one",
            "uid": owner.metadata.uid,
            "controller": True,
            "blockOwnerDeletion": True,
        }
    ]
    await owner.patch({"spec": {"field": "b"}})
    await observed(owner, 2)
    await child.refresh()
    assert dict(child.data) == {"field": "b"}


@pytest.mark.usefixtures("controller")
@pytest.mark.parametrize("policy", ["Background", "Foreground"])
async def test_children_are_collected_when_their_owner_goes(api: Any, cluster: operating.Cluster, policy: str) -> None:
    owner, child = await made(api, cluster)
    await owner.delete(propagation_policy=policy)
    await child.wait("delete", timeout=operating.PATIENCE)
    await owner.wait("delete", timeout=operating.PATIENCE)
    assert not await child.exists()


@pytest.mark.usefixtures("controller")
async def test_children_stay_when_their_owner_leaves_them(api: Any, cluster: operating.Cluster) -> None:
    owner, child = await made(api, cluster)
    await owner.delete(propagation_policy="Orphan")
    await owner.wait("delete", timeout=operating.PATIENCE)
    await child.refresh()
    assert "ownerReferences" not in child.metadata
