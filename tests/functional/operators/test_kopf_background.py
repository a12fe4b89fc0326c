"""Operators made with kopf: timers, daemons and indexes, which live as long as their objects."""

from __future__ import annotations

import asyncio
from typing import Any

import kopf

from tests.functional.operators import operating

KIND = "kopfexamples"


def test_timers_run_until_their_object_goes(cluster: operating.Cluster, seen: operating.Seen) -> None:
    registry = kopf.OperatorRegistry()

    @kopf.timer(KIND, id="sync", interval=0.1, registry=registry)
    def tick_in_thread(spec: kopf.Spec, patch: kopf.Patch, **_: Any) -> None:
        seen("sync", spec["field"])
        patch.status["ticked"] = spec["field"]

    @kopf.timer(KIND, id="async", interval=0.1, idle=0.2, registry=registry)
    async def tick(spec: kopf.Spec, **_: Any) -> None:
        seen("async", spec["field"])

    with operating.operating(registry, namespaces=[cluster.namespace]):
        cluster.example("one", field="a")
        seen.wait("sync", "a", times=3)
        cluster.until(cluster.examples, lambda _, obj: obj.get("status") == {"ticked": "a"})
        seen.wait("async", "a", times=2)
        cluster.patch(f"{cluster.examples}/one", {"spec": {"field": "b"}})
        seen.wait("sync", "b", times=2)
        found = cluster.until(cluster.examples, lambda _, obj: obj.get("status") == {"ticked": "b"})
        assert found["metadata"]["finalizers"] == ["kopf.zalando.org/KopfFinalizerMarker"]
        cluster.delete(f"{cluster.examples}/one")
        cluster.until_gone(cluster.examples, found)


def test_daemons_accompany_their_object(cluster: operating.Cluster, seen: operating.Seen) -> None:
    registry = kopf.OperatorRegistry()

    @kopf.daemon(KIND, id="in_thread", registry=registry)
    def in_thread(stopped: kopf.DaemonStopped, retry: int, patch: kopf.Patch, **_: Any) -> None:
        if retry < 2:
            patch.status["message"] = f"Failed {retry + 1} times."
            raise kopf.TemporaryError("Simulated failure.", delay=0.1)
        seen("in thread", "started")
        stopped.wait(operating.PATIENCE)
        seen("in thread", "stopped", bool(stopped))
        patch.status["message"] = "Accompanying is finished."

    @kopf.daemon(KIND, id="in_loop", field="spec.field", value="value", cancellation_timeout=5, registry=registry)
    async def in_loop(name: str, **_: Any) -> None:
        seen("in loop", "started", name)
        try:
            await asyncio.Event().wait()
        finally:
            seen("in loop", "cancelled", name)

    with operating.operating(registry, namespaces=[cluster.namespace]):
        cluster.example("one", field="value")
        seen.wait("in thread", "started")
        seen.wait("in loop", "started", "one")
        found = cluster.until(cluster.examples, lambda _, obj: obj.get("status") == {"message": "Failed 2 times."})
        cluster.patch(f"{cluster.examples}/one", {"spec": {"field": "another"}})
        seen.wait("in loop", "cancelled", "one")
        cluster.patch(f"{cluster.examples}/one", {"spec": {"field": "value"}})
        seen.wait("in loop", "started", "one", times=2)
        cluster.delete(f"{cluster.examples}/one")
        seen.wait("in thread", "stopped", True)
        seen.wait("in loop", "cancelled", "one", times=2)
        cluster.until_gone(cluster.examples, found)


def test_indexes_follow_kubernetes_own_kinds(cluster: operating.Cluster, seen: operating.Seen) -> None:
    registry = kopf.OperatorRegistry()

    @kopf.index("v1", "configmaps", labels={"app": kopf.PRESENT}, id="by_label", registry=registry)
    async def by_label(labels: kopf.Labels, name: str, **_: Any) -> Any:
        return {labels["app"]: name}

    @kopf.timer(KIND, id="look", interval=0.1, registry=registry)
    async def look(by_label: kopf.Index[str, str], **_: Any) -> None:
        seen("index", sorted((key, tuple(sorted(names))) for key, names in by_label.items()))

    def config_map(name: str, **labels: str) -> Any:
        return {"metadata": {"name": name, "labels": labels}}

    maps = f"{cluster.core}/configmaps"
    cluster.post(maps, config_map("a", app="web"))
    with operating.operating(registry, namespaces=[cluster.namespace]):
        cluster.example("one")
        seen.wait("index", [("web", ("a",))])
        cluster.post(maps, config_map("b", app="web"))
        cluster.post(maps, config_map("c", tier="front"))
        seen.wait("index", [("web", ("a", "b"))])
        cluster.patch(f"{maps}/a", {"metadata": {"labels": {"app": "mail"}}})
        seen.wait("index", [("mail", ("a",)), ("web", ("b",))])
        cluster.delete(f"{maps}/b")
        seen.wait("index", [("mail", ("a",))])
