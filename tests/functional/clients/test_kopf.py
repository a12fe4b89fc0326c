"""An operator made with kopf: handlers of creation, changes and deletion, finalizers, timers, progress in the status.

kopf wants to see namespaces, and tells what it does in events.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kopf
import kubernetes
import pytest

import kroute
from kroute import app
from kroute.testing import serving
from tests.functional.operators import operating

GROUP = "toys.example.org"


def toys() -> Any:
    """A resource as operators like it: a spec, and a status that takes what is put into it."""
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return kroute.resource(
        group=GROUP,
        version="v1",
        kind="Toy",
        subresources=["status"],
        schema={
            "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}, "status": free}
        },
    )


def handlers(seen: operating.Seen) -> kopf.OperatorRegistry:
    registry = kopf.OperatorRegistry()

    @kopf.on.create(GROUP, "v1", "toys", id="made", registry=registry)
    async def made(name: str, spec: Any, body: Any, patch: Any, retry: int, **_: Any) -> dict[str, Any]:
        if not retry:
            raise kopf.TemporaryError("not yet", delay=0.1)
        patch.status["ready"] = True
        kopf.info(body, reason="Made", message=f"it is {spec['size']} big")
        seen("made", name, spec["size"])
        return {"size": spec["size"]}

    @kopf.on.update(GROUP, "v1", "toys", id="resized", field="spec.size", registry=registry)
    async def resized(name: str, old: int, new: int, **_: Any) -> None:
        seen("resized", name, old, new)

    @kopf.on.delete(GROUP, "v1", "toys", registry=registry)
    async def gone(name: str, **_: Any) -> None:
        seen("gone", name)

    @kopf.timer(GROUP, "v1", "toys", interval=0.2, registry=registry)
    async def tick(name: str, **_: Any) -> None:
        seen("tick", name)

    @kopf.on.event(GROUP, "v1", "toys", registry=registry)
    async def event(type: str | None, name: str, **_: Any) -> None:  # noqa: A002
        seen("event", type, name)

    return registry


@pytest.fixture
def server(tmp_path: Path) -> Iterator[app.Running]:
    with serving.running(kroute.APIServer([toys()], core=["namespaces", "events"]), tls=True) as running:
        yield running


@pytest.fixture
def seen(server: app.Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[operating.Seen]:
    """What an operator sees that runs meanwhile."""
    monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig))
    noted = operating.Seen()
    settings = kopf.OperatorSettings()
    settings.persistence.finalizer = f"{GROUP}/operator"
    with operating.operating(handlers(noted), settings=settings):
        yield noted


def test_an_operator_sees_an_objects_whole_life(server: app.Running, seen: operating.Seen) -> None:
    with kubernetes.config.new_client_from_config(str(server.kubeconfig)) as api:
        core, custom = kubernetes.client.CoreV1Api(api), kubernetes.client.CustomObjectsApi(api)
        core.create_namespace({"metadata": {"name": "play"}})
        where = {"group": GROUP, "version": "v1", "namespace": "play", "plural": "toys"}
        toy = {"apiVersion": f"{GROUP}/v1", "kind": "Toy", "metadata": {"name": "bear"}, "spec": {"size": 3}}
        custom.create_namespaced_custom_object(**where, body=toy)
        seen.wait("made", "bear", 3)
        seen.wait("tick", "bear", times=3)

        def state() -> Any:
            return custom.get_namespaced_custom_object(**where, name="bear")

        found = state()
        assert found["metadata"]["finalizers"] == [f"{GROUP}/operator"]
        custom.patch_namespaced_custom_object(**where, name="bear", body={"spec": {"size": 5}})
        seen.wait("resized", "bear", 3, 5)
        found = state()
        assert (found["status"]["ready"], found["status"]["made"]) == (True, {"size": 3})
        assert found["metadata"]["generation"] == 2
        watch = kubernetes.watch.Watch().stream(core.list_namespaced_event, "play", timeout_seconds=operating.PATIENCE)
        with contextlib.closing(watch) as events:
            told = next(each["object"] for each in events if each["object"].reason == "Made")
        assert (told.message, told.involved_object.name, told.type) == ("it is 3 big", "bear", "Normal")
        custom.delete_namespaced_custom_object(**where, name="bear")
        seen.wait("gone", "bear")
        seen.wait("event", "DELETED", "bear")
        with pytest.raises(kubernetes.client.ApiException) as missing:
            state()
        assert missing.value.status == 404
