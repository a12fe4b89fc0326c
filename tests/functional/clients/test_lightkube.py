"""lightkube: generic resources, apply, subresources, watches."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import lightkube
import pytest
from lightkube import generic_resource
from lightkube.types import PatchType

from kroute import app
from tests.fixtures.guestbooks import guestbook

Guestbook = generic_resource.create_namespaced_resource("guestbook.example.org", "v1", "Guestbook", "guestbooks")


@pytest.fixture
def client(cluster: app.Running, namespace: str) -> Iterator[lightkube.Client]:
    configuration = lightkube.KubeConfig.from_file(str(cluster.kubeconfig)).get()
    with lightkube.Client(config=configuration, namespace=namespace, field_manager="lightkube") as made:
        yield made


def test_objects(client: lightkube.Client, namespace: str) -> None:
    made = client.create(Guestbook(guestbook(moderators=["ann"])))
    assert made.status == {"phase": "New", "replicas": 0, "selector": "guestbook=inn"}
    patched = client.patch(Guestbook, "inn", {"spec": {"theme": "dark"}}, patch_type=PatchType.MERGE)
    assert patched.spec["theme"] == "dark"
    with pytest.raises(lightkube.ApiError, match="the object has been modified") as stale:
        client.replace(made)
    assert stale.value.status.code == 409
    applied = client.apply(Guestbook(guestbook(title="applied")), force=True)
    assert (applied.spec["title"], applied.spec["theme"]) == ("applied", "dark")
    client.patch(Guestbook.Status, "inn", {"status": {"phase": "Open"}}, patch_type=PatchType.MERGE)
    scale = client.patch(Guestbook.Scale, "inn", {"spec": {"replicas": 3}}, patch_type=PatchType.MERGE)
    assert scale.spec.replicas == 3
    found = client.get(Guestbook, "inn")
    assert (found.status["phase"], found.spec["replicas"]) == ("Open", 3)
    for number in range(5):
        client.create(Guestbook(guestbook(f"book-{number}", theme="dark")))
    assert len(list(client.list(Guestbook, chunk_size=2))) == 6
    assert len(list(client.list(Guestbook, fields={"spec.theme": "dark"}))) == 6
    client.delete(Guestbook, "inn")
    client.deletecollection(Guestbook)
    with pytest.raises(lightkube.ApiError) as gone:
        client.get(Guestbook, "inn")
    assert gone.value.status.reason == "NotFound"


def test_watches(client: lightkube.Client) -> None:
    listing = client.list(Guestbook)
    assert list(listing) == []

    def write() -> None:
        client.create(Guestbook(guestbook()))
        client.delete(Guestbook, "inn")

    writer = threading.Thread(target=write)
    writer.start()
    found = []
    for kind, obj in client.watch(Guestbook, resource_version=listing.resourceVersion):
        found.append((kind, obj.metadata.name))
        if kind == "DELETED":
            break
    writer.join()
    assert found == [("ADDED", "inn"), ("DELETED", "inn")]
