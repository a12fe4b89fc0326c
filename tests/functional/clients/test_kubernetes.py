"""The official Python client: CustomObjectsApi, the dynamic client, watches."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import kubernetes
import pytest
from kubernetes import client, config, dynamic, watch

from kroute import app
from tests.fixtures.guestbooks import guestbook

GROUP = "guestbook.example.org"


@pytest.fixture
def api(cluster: app.Running) -> Iterator[client.ApiClient]:
    with config.new_client_from_config(str(cluster.kubeconfig)) as made:
        yield made


@pytest.fixture
def where(namespace: str) -> dict[str, str]:
    return {"group": GROUP, "version": "v1", "namespace": namespace, "plural": "guestbooks"}


def test_what_there_is(api: client.ApiClient) -> None:
    assert "kroute" in client.VersionApi(api).get_code().git_version
    (group,) = client.ApisApi(api).get_api_versions().groups
    assert (group.name, group.preferred_version.version) == (GROUP, "v1")
    found = client.CustomObjectsApi(api).get_api_resources(GROUP, "v1")
    assert {"guestbooks", "guestbooks/status", "guestbooks/scale", "entries"} == {each.name for each in found.resources}


def test_custom_objects(api: client.ApiClient, where: dict[str, str]) -> None:
    custom = client.CustomObjectsApi(api)
    made = custom.create_namespaced_custom_object(**where, body=guestbook(moderators=["ann"]))
    assert made["status"]["phase"] == "New"
    patched = custom.patch_namespaced_custom_object(**where, name="inn", body={"spec": {"theme": "dark"}})
    assert patched["spec"]["theme"] == "dark"
    with pytest.raises(kubernetes.client.ApiException) as stale:
        custom.replace_namespaced_custom_object(**where, name="inn", body=made)
    assert (stale.value.status, '"reason":"Conflict"' in stale.value.body) == (409, True)
    patched["spec"]["title"] = "replaced"
    assert custom.replace_namespaced_custom_object(**where, name="inn", body=patched)["metadata"]["generation"] == 3
    custom.patch_namespaced_custom_object_status(**where, name="inn", body={"status": {"phase": "Open"}})
    custom.patch_namespaced_custom_object_scale(**where, name="inn", body={"spec": {"replicas": 4}})
    found = custom.get_namespaced_custom_object(**where, name="inn")
    assert (found["status"]["phase"], found["spec"]["replicas"]) == ("Open", 4)
    assert custom.get_namespaced_custom_object_scale(**where, name="inn")["spec"] == {"replicas": 4}
    with pytest.raises(kubernetes.client.ApiException) as invalid:
        custom.create_namespaced_custom_object(**where, body=guestbook("bad", replicas=-1))
    assert (invalid.value.status, "spec.replicas" in invalid.value.body) == (422, True)
    custom.create_namespaced_custom_object(**where, body=guestbook("other"))
    chunk = custom.list_namespaced_custom_object(**where, limit=1)
    rest = custom.list_namespaced_custom_object(**where, limit=1, _continue=chunk["metadata"]["continue"])
    assert [item["metadata"]["name"] for item in chunk["items"] + rest["items"]] == ["inn", "other"]
    assert custom.delete_namespaced_custom_object(**where, name="inn")["status"] == "Success"
    custom.delete_collection_namespaced_custom_object(**where)
    assert custom.list_namespaced_custom_object(**where)["items"] == []


def test_watches(api: client.ApiClient, where: dict[str, str]) -> None:
    custom = client.CustomObjectsApi(api)
    start = custom.list_namespaced_custom_object(**where)["metadata"]["resourceVersion"]

    def write() -> None:
        custom.create_namespaced_custom_object(**where, body=guestbook())
        custom.patch_namespaced_custom_object(**where, name="inn", body={"spec": {"replicas": 2}})
        custom.delete_namespaced_custom_object(**where, name="inn")

    writer = threading.Thread(target=write)
    writer.start()
    found, stream = [], watch.Watch()
    for event in stream.stream(custom.list_namespaced_custom_object, **where, resource_version=start):
        found.append((event["type"], event["object"]["metadata"]["name"]))
        if event["type"] == "DELETED":
            stream.stop()
    writer.join()
    assert found == [("ADDED", "inn"), ("MODIFIED", "inn"), ("DELETED", "inn")]


def test_the_dynamic_client(api: client.ApiClient, namespace: str) -> None:
    found = dynamic.DynamicClient(api)
    books = found.resources.get(api_version=f"{GROUP}/v1", kind="Guestbook")
    assert (books.name, books.namespaced, books.short_names) == ("guestbooks", True, ["gb"])
    made = books.create(body=guestbook(moderators=["ann"]), namespace=namespace)
    assert made.status.selector == "guestbook=inn"
    merge = {"content_type": "application/merge-patch+json"}
    assert books.patch(name="inn", namespace=namespace, body={"spec": {"theme": "dark"}}, **merge).spec.theme == "dark"
    applied: dict[str, Any] = guestbook(title="applied")
    with pytest.raises(dynamic.exceptions.ConflictError):
        books.server_side_apply(body=applied, namespace=namespace, field_manager="tester")
    forced = books.server_side_apply(body=applied, namespace=namespace, field_manager="tester", force_conflicts=True)
    assert (forced.spec.title, forced.spec.theme) == ("applied", "dark")
    books.status.patch(name="inn", namespace=namespace, body={"status": {"phase": "Open"}}, **merge)
    assert books.get(name="inn", namespace=namespace).status.phase == "Open"
    (seen,) = [event["object"].metadata.name for event in books.watch(namespace=namespace, timeout=1)]
    assert seen == "inn"
    assert books.get(namespace=namespace, label_selector="no=where").items == []
    books.delete(name="inn", namespace=namespace)
    with pytest.raises(dynamic.exceptions.NotFoundError):
        books.get(name="inn", namespace=namespace)
