"""Operators made with kopf that have only the token of a service account, and the access that kopf's manual gives."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import kopf
import pytest

from kroute import app
from kroute.testing import objects, serving
from tests.functional.operators import manifests, operating

KIND = "kopfexamples"
ACCOUNT = "kopfexample-account"
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def guarded() -> Iterator[app.Running]:
    """A cluster whose users may do what their roles allow."""
    server = app.APIServer(core=True, extensions=True)
    with serving.running(server, tls=True, authorization_mode=["RBAC"], objects=manifests.DEFINITIONS) as running:
        cluster = operating.Cluster(running, "default")
        cluster.until("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", is_discovery)
        yield running


def is_discovery(_: str, obj: Any) -> bool:
    """The binding that lets everybody who is known discover what is served."""
    return bool(obj["metadata"]["name"] == "system:discovery")


@pytest.fixture
def cluster(guarded: app.Running) -> operating.Cluster:
    """The administrator's client, in a namespace of its own."""
    made = operating.Cluster(guarded, f"ns-{next(NUMBERS)}")
    made.post("/api/v1/namespaces", {"metadata": {"name": made.namespace}})
    return made


def login(cluster: operating.Cluster) -> Callable[..., Any]:
    """Logs in as an operator in a pod does: with its account's token and the cluster's authority."""
    path = f"{cluster.core}/serviceaccounts/{ACCOUNT}/token"
    token = cluster.post(path, {"spec": {"expirationSeconds": 3600}})["status"]["token"]

    def in_cluster(**_: Any) -> kopf.ConnectionInfo:
        return kopf.ConnectionInfo(
            server=cluster.running.url,
            ca_path=str(cluster.running.directory.authority),
            token=token,
            default_namespace=cluster.namespace,
        )

    return in_cluster


def handlers(seen: operating.Seen, *, result: str | None = None) -> kopf.OperatorRegistry:
    registry = kopf.OperatorRegistry()

    @kopf.on.create(KIND, id="made", registry=registry)
    async def made(body: kopf.Body, **_: Any) -> Any:
        kopf.info(body, reason="Made", message="It is made.")
        return result

    @kopf.on.update(KIND, id="changed", field="spec.field", registry=registry)
    async def changed(name: str, namespace: str | None, new: Any, **_: Any) -> None:
        seen("changed", namespace, name, new)

    @kopf.on.delete(KIND, id="gone", registry=registry)
    async def gone(name: str, namespace: str | None, **_: Any) -> None:
        seen("gone", namespace, name)

    return registry


def impatient() -> kopf.OperatorSettings:
    """Settings of an operator that soon believes what it is told."""
    made = kopf.OperatorSettings()
    made.networking.error_backoffs = (0.05,)
    return made


def live(cluster: operating.Cluster, seen: operating.Seen) -> Any:
    """An object's life under the operator's eyes; gives how it was when it was handled."""
    cluster.example("one", field="a")
    event = cluster.until(f"{cluster.core}/events", lambda _, obj: obj["reason"] == "Made")
    cluster.patch(f"{cluster.examples}/one", {"spec": {"field": "b"}})
    seen.wait("changed", cluster.namespace, "one", "b")
    found = cluster.get(f"{cluster.examples}/one")
    assert found["metadata"]["finalizers"] == ["kopf.zalando.org/KopfFinalizerMarker"]
    assert event["involvedObject"]["uid"] == found["metadata"]["uid"]
    cluster.delete(f"{cluster.examples}/one")
    cluster.until_gone(cluster.examples, found)
    seen.wait("gone", cluster.namespace, "one")
    return found


def test_an_operator_of_the_whole_cluster(cluster: operating.Cluster, seen: operating.Seen) -> None:
    objects.create(cluster.running, manifests.access(cluster.namespace, ACCOUNT))
    peering = {"apiVersion": "kopf.dev/v1", "kind": "ClusterKopfPeering", "metadata": {"name": cluster.namespace}}
    peerings = "/apis/kopf.dev/v1/clusterkopfpeerings"
    cluster.post(peerings, peering)
    with operating.operating(
        handlers(seen), login=login(cluster), standalone=False, peering_name=cluster.namespace, identity="it"
    ):
        cluster.until(peerings, lambda _, obj: "it" in (obj.get("status") or {}))
        live(cluster, seen)


def test_an_operator_of_one_namespace(
    cluster: operating.Cluster, seen: operating.Seen, caplog: pytest.LogCaptureFixture
) -> None:
    objects.create(cluster.running, manifests.access(cluster.namespace, ACCOUNT, cluster=False, status=True))
    peering = {"apiVersion": "kopf.dev/v1", "kind": "KopfPeering", "metadata": {"name": "default"}}
    peerings = f"/apis/kopf.dev/v1/namespaces/{cluster.namespace}/kopfpeerings"
    cluster.post(peerings, peering)
    with operating.operating(
        handlers(seen, result="yes"),
        settings=impatient(),
        login=login(cluster),
        standalone=False,
        namespaces=[cluster.namespace],
        identity="it",
    ):
        cluster.until(peerings, lambda _, obj: "it" in (obj.get("status") or {}))
        assert live(cluster, seen)["status"] == {"made": "yes"}
    assert "Not enough permissions to list namespaces" in caplog.text
    assert "Not enough permissions to watch for resources" in caplog.text


def test_what_no_role_allows_is_refused(cluster: operating.Cluster, seen: operating.Seen, said: operating.Said) -> None:
    objects.create(cluster.running, manifests.access(cluster.namespace, ACCOUNT, status=True))
    other = operating.Cluster(cluster.running, f"{cluster.namespace}-other")
    cluster.post("/api/v1/namespaces", {"metadata": {"name": other.namespace}})
    registry = kopf.OperatorRegistry()

    @kopf.on.event(KIND, labels={"of": cluster.namespace}, id="look", registry=registry)
    async def look(name: str, namespace: str | None, patch: kopf.Patch, **_: Any) -> None:
        seen("look", namespace, name)
        patch.status["seen"] = True

    labels = {"of": cluster.namespace}
    user = f"system:serviceaccount:{cluster.namespace}:{ACCOUNT}"
    refusal = f'kopfexamples.kopf.dev "two" is forbidden: User "{user}" cannot patch resource "kopfexamples/status"'
    with operating.operating(registry, settings=impatient(), login=login(cluster)):
        other.example("two", labels=labels)
        seen.wait("look", other.namespace, "two")  # it may look everywhere
        said.wait("operator", refusal)
        cluster.example("one", labels=labels)
        cluster.until(cluster.examples, lambda _, obj: obj.get("status") == {"seen": True})
    assert "status" not in other.get(f"{other.examples}/two")
