"""Operators made with kopf that know of each other: the one with the higher priority works, the other waits."""

from __future__ import annotations

from typing import Any

import kopf
import pytest

from tests.functional.operators import operating

KIND = "kopfexamples"
WATCH = "the watch-stream for kopfexamples.v1.kopf.dev"


def handlers(who: str, seen: operating.Seen) -> kopf.OperatorRegistry:
    registry = kopf.OperatorRegistry()

    @kopf.on.create(KIND, id="made", registry=registry)
    async def made(name: str, namespace: str | None, **_: Any) -> None:
        seen(who, namespace, name)

    return registry


@pytest.mark.parametrize("clusterwide", [True, False], ids=["cluster", "namespace"])
def test_only_the_operator_with_the_highest_priority_works(
    cluster: operating.Cluster, seen: operating.Seen, said: operating.Said, clusterwide: bool
) -> None:
    scope = "" if clusterwide else f"namespaces/{cluster.namespace}/"
    peerings = f"/apis/kopf.dev/v1/{scope}{'clusterkopfpeerings' if clusterwide else 'kopfpeerings'}"
    kind, name = "ClusterKopfPeering" if clusterwide else "KopfPeering", f"peers-of-{cluster.namespace}"
    cluster.post(peerings, {"apiVersion": "kopf.dev/v1", "kind": kind, "metadata": {"name": name}})
    where: dict[str, Any] = {} if clusterwide else {"namespaces": [cluster.namespace]}
    place = "cluster-wide" if clusterwide else f"in '{cluster.namespace}'"
    pausing, resuming = (f"{what} {WATCH} {place}" for what in ("Pausing", "Resuming"))

    def operator(who: str, priority: int) -> Any:
        return operating.operating(
            handlers(who, seen),
            name=who,
            standalone=False,
            peering_name=name,
            priority=priority,
            identity=f"{who}@somewhere",
            **where,
        )

    def priorities(obj: Any) -> dict[str, int]:
        return {who: peer["priority"] for who, peer in (obj.get("status") or {}).items()}

    def until_peers(**wanted: int) -> Any:
        named = {f"{who}@somewhere": priority for who, priority in wanted.items()}
        return cluster.until(peerings, lambda _, obj: obj["metadata"]["name"] == name and priorities(obj) == named)

    with operator("low", 0):
        until_peers(low=0)
        cluster.example("first")
        seen.wait("low", cluster.namespace, "first")
        paused, resumed = said.count("low", pausing), said.count("low", resuming)
        with operator("high", 10):
            peering = until_peers(low=0, high=10)
            assert set(peering["status"]["high@somewhere"]) == {"lastseen", "lifetime", "priority"}
            said.wait("low", pausing, times=paused + 1)
            cluster.example("second")
            seen.wait("high", cluster.namespace, "second")
        until_peers(low=0)
        said.wait("low", resuming, times=resumed + 1)
        cluster.example("third")
        seen.wait("low", cluster.namespace, "third")
    until_peers()
    assert sorted(seen.found) == [
        ("high", cluster.namespace, "second"),
        ("low", cluster.namespace, "first"),
        ("low", cluster.namespace, "third"),
    ]


def test_peers_that_are_dead_are_forgotten(cluster: operating.Cluster, seen: operating.Seen) -> None:
    dead = {"lastseen": "2020-01-01T00:00:00+00:00", "lifetime": 60, "priority": 100}
    peerings = f"/apis/kopf.dev/v1/namespaces/{cluster.namespace}/kopfpeerings"
    head = {"apiVersion": "kopf.dev/v1", "kind": "KopfPeering", "metadata": {"name": "default"}}
    cluster.post(peerings, {**head, "status": {"dead@somewhere": dead}})
    with operating.operating(
        handlers("one", seen), standalone=False, identity="one@somewhere", namespaces=[cluster.namespace]
    ):
        cluster.until(peerings, lambda _, obj: set(obj["status"]) == {"one@somewhere"})
        cluster.example("first")
        seen.wait("one", cluster.namespace, "first")
