"""A controller written with lightkube: it watches, applies, holds its objects with a finalizer and lets them go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import lightkube
import pytest
from lightkube import generic_resource
from lightkube.models import meta_v1
from lightkube.resources import core_v1

from kroute import app
from tests.functional.operators import operating

FINALIZER = "kopf.dev/lightkube"
Example: Any = generic_resource.create_namespaced_resource("kopf.dev", "v1", "KopfExample", "kopfexamples")


@pytest.fixture
async def client(served: app.Running, cluster: operating.Cluster) -> AsyncIterator[Any]:
    config = lightkube.KubeConfig.from_file(str(served.kubeconfig))
    async with lightkube.AsyncClient(config=config, namespace=cluster.namespace, field_manager="controller") as made:
        yield made


async def control(client: Any) -> None:
    """Keep a config map for each example; it is removed by hand when the example is to go."""
    async for kind, obj in client.watch(Example):
        if kind == "DELETED":
            continue
        if obj.metadata.deletionTimestamp:
            await release(client, obj)
        else:
            await reconcile(client, obj)


async def reconcile(client: Any, obj: Any) -> None:
    name = obj.metadata.name
    await client.apply(Example(metadata=meta_v1.ObjectMeta(name=name, finalizers=[FINALIZER])))
    child = core_v1.ConfigMap(metadata=meta_v1.ObjectMeta(name=name), data={"field": obj["spec"]["field"]})
    await client.apply(child)
    status = {"observedGeneration": obj.metadata.generation}
    await client.apply(Example.Status(metadata=meta_v1.ObjectMeta(name=name), status=status), name)


async def release(client: Any, obj: Any) -> None:
    name = obj.metadata.name
    if FINALIZER in (obj.metadata.finalizers or ()):
        await client.delete(core_v1.ConfigMap, name)
        await client.apply(Example(metadata=meta_v1.ObjectMeta(name=name)))


@pytest.fixture
async def controller(client: Any) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(control(client))
        yield
        running.cancel()


async def reconciled(client: Any, generation: int) -> Any:
    """The example when the controller has seen this generation of it."""
    async with asyncio.timeout(operating.PATIENCE):
        async for _, obj in client.watch(Example, fields={"metadata.name": "one"}):
            if (obj.status or {}).get("observedGeneration") == generation:
                return obj
    raise AssertionError("the watch ended")


def applied(obj: Any) -> dict[tuple[str, str | None], Any]:
    """What managers own by applying it."""
    fields = obj.metadata.managedFields
    return {(each.manager, each.subresource): each.fieldsV1 for each in fields if each.operation == "Apply"}


@pytest.mark.usefixtures("controller")
async def test_what_is_applied_is_owned(client: Any) -> None:
    await client.create(Example(**operating.example(field="a")), field_manager="user")
    found = await reconciled(client, 1)
    assert found.metadata.finalizers == [FINALIZER]
    assert applied(found) == {
        ("controller", None): {"f:metadata": {"f:finalizers": {f'v:"{FINALIZER}"': {}}}},
        ("controller", "status"): {"f:status": {"f:observedGeneration": {}}},
    }
    await client.patch(Example, "one", {"spec": {"field": "b"}}, patch_type=lightkube.types.PatchType.MERGE)
    assert (await reconciled(client, 2))["spec"] == {"field": "b"}
    child = await client.get(core_v1.ConfigMap, "one")
    assert child.data == {"field": "b"}
    assert applied(child) == {("controller", None): {"f:data": {"f:field": {}}}}


@pytest.mark.usefixtures("controller")
async def test_an_object_goes_when_its_controller_lets_it_go(client: Any) -> None:
    await client.create(Example(**operating.example(field="a")), field_manager="user")
    found = await reconciled(client, 1)
    await client.delete(Example, "one")
    async with asyncio.timeout(operating.PATIENCE):
        async for kind, gone in client.watch(Example, resource_version=found.metadata.resourceVersion):
            if kind == "DELETED":
                assert gone.metadata.deletionTimestamp is not None
                break
    for resource in Example, core_v1.ConfigMap:
        with pytest.raises(lightkube.ApiError) as missing:
            await client.get(resource, "one")
        assert missing.value.status.reason == "NotFound"


async def test_two_managers_of_one_field_are_in_conflict(client: Any) -> None:
    def example(field: str) -> Any:
        return Example(metadata=meta_v1.ObjectMeta(name="one"), spec={"field": field})

    await client.apply(example("a"), field_manager="first")
    with pytest.raises(lightkube.ApiError) as conflict:
        await client.apply(example("b"), field_manager="second")
    assert (conflict.value.status.code, conflict.value.status.reason) == (409, "Conflict")
    assert 'conflict with "first": .spec.field' in conflict.value.status.message
    found = await client.apply(example("b"), field_manager="second", force=True)
    assert set(applied(found)) == {("second", None)}
