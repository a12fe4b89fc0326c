"""pykube-ng with Kubernetes' own kinds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pykube
import pytest

from kroute import app


@pytest.fixture
def api(core_server: app.Running) -> Iterator[Any]:
    made = pykube.HTTPClient(pykube.KubeConfig.from_file(str(core_server.kubeconfig)))
    yield made
    made.session.close()


def config_map(api: Any, namespace: str) -> Any:
    metadata = {"name": "one", "namespace": namespace, "labels": {"app": "web"}}
    return pykube.ConfigMap(api, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "1"}})


def test_creating_reading_changing_and_deleting(api: Any, namespace: str) -> None:
    made = config_map(api, namespace)
    made.create()
    made.patch({"data": {"b": "2"}})
    found = pykube.ConfigMap.objects(api).filter(namespace=namespace, selector={"app": "web"}).get_by_name("one")
    assert found.obj["data"] == {"a": "1", "b": "2"}
    found.obj["data"]["c"] = "3"
    found.update()
    assert pykube.ConfigMap.objects(api, namespace=namespace).get(name="one").obj["data"]["c"] == "3"
    found.delete()
    assert not found.exists()
    assert list(pykube.ConfigMap.objects(api, namespace=namespace)) == []


def test_scaling_a_deployment(api: Any, namespace: str) -> None:
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "web:1"}]},
    }
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    metadata = {"name": "web", "namespace": namespace}
    made = pykube.Deployment(api, {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec})
    made.create()
    made.reload()
    made.replicas = 3
    made.update()
    assert pykube.Deployment.objects(api, namespace=namespace).get(name="web").replicas == 3


def test_watching(api: Any, namespace: str) -> None:
    made = config_map(api, namespace)
    made.create()
    seen: list[str] = []
    for event in pykube.ConfigMap.objects(api, namespace=namespace).watch():
        seen.append(event.type)
        if len(seen) == 1:
            made.patch({"data": {"b": "2"}})
        elif len(seen) == 2:
            made.delete()
        else:
            break
    assert seen == ["ADDED", "MODIFIED", "DELETED"]
