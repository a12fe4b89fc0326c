"""The official Python client, and its asynchronous twin, with Kubernetes' own kinds."""

from __future__ import annotations

import kubernetes
import kubernetes_asyncio
import pytest

from kroute import app

CONFIG = {"metadata": {"name": "one", "labels": {"app": "web"}}, "data": {"a": "1"}}
DEPLOYMENT = {
    "metadata": {"name": "web"},
    "spec": {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "web:1"}]},
        },
    },
}


def test_creating_reading_changing_and_deleting(core_server: app.Running, namespace: str) -> None:
    with kubernetes.config.new_client_from_config(str(core_server.kubeconfig)) as client:
        core = kubernetes.client.CoreV1Api(client)
        made = core.create_namespaced_config_map(namespace, CONFIG)
        assert (made.metadata.name, made.data) == ("one", {"a": "1"})
        assert made.metadata.creation_timestamp.tzinfo is not None
        patched = core.patch_namespaced_config_map("one", namespace, {"data": {"b": "2"}})
        assert patched.data == {"a": "1", "b": "2"}
        patched.data = {"c": "3"}
        assert core.replace_namespaced_config_map("one", namespace, patched).data == {"c": "3"}
        with pytest.raises(kubernetes.client.ApiException) as conflict:
            core.replace_namespaced_config_map("one", namespace, patched)
        assert (conflict.value.status, conflict.value.reason) == (409, "Conflict")
        listed = core.list_namespaced_config_map(namespace, label_selector="app=web", limit=1)
        assert [item.metadata.name for item in listed.items] == ["one"]
        assert core.delete_namespaced_config_map("one", namespace)["status"] == "Success"
        with pytest.raises(kubernetes.client.ApiException) as missing:
            core.read_namespaced_config_map("one", namespace)
        assert missing.value.status == 404


def test_workloads_with_scale_and_status(core_server: app.Running, namespace: str) -> None:
    with kubernetes.config.new_client_from_config(str(core_server.kubeconfig)) as client:
        apps = kubernetes.client.AppsV1Api(client)
        made = apps.create_namespaced_deployment(namespace, DEPLOYMENT)
        assert (made.spec.replicas, made.spec.strategy.rolling_update.max_surge) == (1, "25%")
        scale = apps.patch_namespaced_deployment_scale("web", namespace, {"spec": {"replicas": 3}})
        assert (scale.spec.replicas, scale.status.selector) == (3, "app=web")
        status = apps.patch_namespaced_deployment_status("web", namespace, {"status": {"replicas": 2}})
        assert (status.spec.replicas, status.status.replicas) == (3, 2)


def test_watching_from_a_list(core_server: app.Running, namespace: str) -> None:
    with kubernetes.config.new_client_from_config(str(core_server.kubeconfig)) as client:
        core = kubernetes.client.CoreV1Api(client)
        before = core.list_namespaced_config_map(namespace).metadata.resource_version
        core.create_namespaced_config_map(namespace, CONFIG)
        core.patch_namespaced_config_map("one", namespace, {"data": {"b": "2"}})
        core.delete_namespaced_config_map("one", namespace)
        watch, seen = kubernetes.watch.Watch(), []
        for event in watch.stream(
            core.list_namespaced_config_map, namespace, resource_version=before, timeout_seconds=20
        ):
            seen.append((event["type"], event["object"].data))
            if len(seen) == 3:
                watch.stop()
        changed = {"a": "1", "b": "2"}
        assert seen == [("ADDED", {"a": "1"}), ("MODIFIED", changed), ("DELETED", changed)]


def test_the_dynamic_client_finds_kinds_by_discovery(core_server: app.Running, namespace: str) -> None:
    with kubernetes.config.new_client_from_config(str(core_server.kubeconfig)) as client:
        dynamic = kubernetes.dynamic.DynamicClient(client)
        deployments = dynamic.resources.get(api_version="apps/v1", kind="Deployment")
        applied = deployments.server_side_apply(
            {"apiVersion": "apps/v1", "kind": "Deployment", **DEPLOYMENT},
            name="web",
            namespace=namespace,
            field_manager="tests",
        )
        assert applied.metadata.managedFields[0].manager == "tests"
        assert [item.metadata.name for item in deployments.get(namespace=namespace).items] == ["web"]
        assert deployments.delete(name="web", namespace=namespace).status == "Success"


async def test_the_asynchronous_client(core_server: app.Running, namespace: str) -> None:
    chosen = kubernetes_asyncio.client.Configuration()
    await kubernetes_asyncio.config.load_kube_config(str(core_server.kubeconfig), client_configuration=chosen)
    async with kubernetes_asyncio.client.ApiClient(chosen) as client:
        core = kubernetes_asyncio.client.CoreV1Api(client)
        before = (await core.list_namespaced_config_map(namespace)).metadata.resource_version
        await core.create_namespaced_config_map(namespace, CONFIG)
        patched = await core.patch_namespaced_config_map("one", namespace, {"data": {"b": "2"}})
        assert patched.data == {"a": "1", "b": "2"}
        await core.delete_namespaced_config_map("one", namespace)
        seen: list[str] = []
        async with kubernetes_asyncio.watch.Watch() as watch:
            async for event in watch.stream(
                core.list_namespaced_config_map, namespace, resource_version=before, timeout_seconds=20
            ):
                seen.append(event["type"])
                if len(seen) == 3:
                    break
        assert seen == ["ADDED", "MODIFIED", "DELETED"]
        apps = kubernetes_asyncio.client.AppsV1Api(client)
        made = await apps.create_namespaced_deployment(namespace, DEPLOYMENT)
        assert made.spec.template.spec.containers[0].image_pull_policy == "IfNotPresent"
