"""kubernetes-asyncio: CustomObjectsApi, the dynamic client, watches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import kubernetes_asyncio
import pytest
from kubernetes_asyncio import client, config, dynamic, watch

from kroute import app
from tests.fixtures.guestbooks import PATIENCE, guestbook

GROUP = "guestbook.example.org"


@pytest.fixture
async def api(cluster: app.Running) -> AsyncIterator[client.ApiClient]:
    async with await config.new_client_from_config(str(cluster.kubeconfig)) as made:
        yield made


async def test_custom_objects(api: client.ApiClient, namespace: str) -> None:
    custom = client.CustomObjectsApi(api)
    where = {"group": GROUP, "version": "v1", "namespace": namespace, "plural": "guestbooks"}
    made = await custom.create_namespaced_custom_object(**where, body=guestbook(moderators=["ann"]))
    assert made["status"]["phase"] == "New"
    with pytest.raises(kubernetes_asyncio.client.ApiException) as there:
        await custom.create_namespaced_custom_object(**where, body=guestbook())
    assert (there.value.status, "already exists" in there.value.body) == (409, True)
    merge = {"_content_type": "application/merge-patch+json"}
    await custom.patch_namespaced_custom_object(**where, name="inn", body={"spec": {"replicas": 3}}, **merge)
    await custom.patch_namespaced_custom_object_status(**where, name="inn", body={"status": {"phase": "Open"}}, **merge)
    scale = await custom.get_namespaced_custom_object_scale(**where, name="inn")
    assert scale["spec"] == {"replicas": 3}
    (item,) = (await custom.list_cluster_custom_object(GROUP, "v1", "guestbooks", field_selector="spec.theme=light"))[
        "items"
    ]
    assert item["status"]["phase"] == "Open"
    await custom.delete_namespaced_custom_object(**where, name="inn")
    assert (await custom.list_namespaced_custom_object(**where))["items"] == []


async def test_watches(api: client.ApiClient, namespace: str) -> None:
    custom = client.CustomObjectsApi(api)
    where = {"group": GROUP, "version": "v1", "namespace": namespace, "plural": "guestbooks"}
    start = (await custom.list_namespaced_custom_object(**where))["metadata"]["resourceVersion"]

    async def write() -> None:
        await custom.create_namespaced_custom_object(**where, body=guestbook())
        await custom.delete_namespaced_custom_object(**where, name="inn")

    found = []
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks, watch.Watch() as stream:
        tasks.create_task(write())
        async for event in stream.stream(custom.list_namespaced_custom_object, **where, resource_version=start):
            found.append((event["type"], event["object"]["metadata"]["name"]))
            if event["type"] == "DELETED":
                break
    assert found == [("ADDED", "inn"), ("DELETED", "inn")]


async def test_the_dynamic_client(api: client.ApiClient, namespace: str) -> None:
    found = await dynamic.DynamicClient(api)
    books = await found.resources.get(api_version=f"{GROUP}/v1", kind="Guestbook")
    made = await books.create(body=guestbook(moderators=["ann"]), namespace=namespace)
    assert made.status.phase == "New"
    forced = await books.server_side_apply(
        body=guestbook(title="applied"), namespace=namespace, field_manager="tester", force_conflicts=True
    )
    assert forced.spec.title == "applied"
    assert [item.metadata.name for item in (await books.get(namespace=namespace)).items] == ["inn"]
    await books.delete(name="inn", namespace=namespace)
    gone = await books.get(name="inn", namespace=namespace)  # this client raises nothing here
    assert (gone.kind, gone.reason, gone.code) == ("Status", "NotFound", 404)
