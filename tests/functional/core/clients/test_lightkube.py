"""lightkube with Kubernetes' own kinds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import lightkube
import pytest
from lightkube import types
from lightkube.resources import apps_v1, core_v1

from kroute import app


@pytest.fixture
def client(core_server: app.Running, namespace: str) -> Iterator[Any]:
    config = lightkube.KubeConfig.from_file(str(core_server.kubeconfig))
    with lightkube.Client(config=config, namespace=namespace, field_manager="tests") as made:
        yield made


def config_map(**data: str) -> Any:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one", "labels": {"app": "web"}}}
    return core_v1.ConfigMap.from_dict({**body, "data": data})


def test_creating_reading_changing_and_deleting(client: Any) -> None:
    assert client.create(config_map(a="1")).data == {"a": "1"}
    patched = client.patch(core_v1.ConfigMap, "one", {"data": {"b": "2"}}, patch_type=types.PatchType.MERGE)
    assert patched.data == {"a": "1", "b": "2"}
    assert client.replace(config_map(c="3")).data == {"c": "3"}
    assert [item.metadata.name for item in client.list(core_v1.ConfigMap, labels={"app": "web"})] == ["one"]
    client.delete(core_v1.ConfigMap, "one")
    with pytest.raises(lightkube.ApiError) as missing:
        client.get(core_v1.ConfigMap, "one")
    assert missing.value.status.reason == "NotFound"


def test_applying_and_scaling_a_deployment(client: Any, namespace: str) -> None:
    spec = {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "web:1"}]},
        },
    }
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": namespace}}
    applied = client.apply(apps_v1.Deployment.from_dict({**body, "spec": spec}))
    assert applied.metadata.managedFields[0].manager == "tests"
    scale = client.patch(apps_v1.Deployment.Scale, "web", {"spec": {"replicas": 3}})
    assert scale.spec.replicas == 3
    assert client.get(apps_v1.Deployment, "web").spec.replicas == 3


def test_watching_from_a_list(client: Any) -> None:
    listed = client.list(core_v1.ConfigMap)
    assert list(listed) == []
    client.create(config_map(a="1"))
    client.patch(core_v1.ConfigMap, "one", {"data": {"b": "2"}})
    client.delete(core_v1.ConfigMap, "one")
    seen: list[str] = []
    for kind, found in client.watch(core_v1.ConfigMap, resource_version=listed.resourceVersion, server_timeout=20):
        assert found.metadata.name == "one"
        seen.append(kind)
        if len(seen) == 3:
            break
    assert seen == ["ADDED", "MODIFIED", "DELETED"]
