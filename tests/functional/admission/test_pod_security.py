"""Pod security and quotas over HTTP."""

from __future__ import annotations

from concurrent import futures
from typing import Any

from tests.functional.admission.conftest import Cluster

PREFIX = "pod-security.kubernetes.io/"
MERGE = "application/merge-patch+json"


def label(cluster: Cluster, **modes: str | None) -> Any:
    labels = {f"{PREFIX}{mode}": level for mode, level in modes.items()}
    body = {"metadata": {"labels": labels}}
    return cluster.send("PATCH", f"/api/v1/namespaces/{cluster.namespace}", body, content_type=MERGE)


def pod(cluster: Cluster, name: str = "p", **spec: Any) -> Any:
    body = {"metadata": {"name": name}, "spec": {"containers": [{"name": "c", "image": "app:1"}], **spec}}
    return cluster.create("pods", body)


def test_a_level_that_there_is_not_is_refused(cluster: Cluster) -> None:
    answer = label(cluster, enforce="odd")
    assert (answer.status, answer.body["reason"]) == (422, "Invalid")
    assert "must be one of privileged, baseline, restricted" in answer.message


def test_pods_that_take_too_much_are_refused(cluster: Cluster) -> None:
    assert label(cluster, enforce="baseline").status == 200
    answer = pod(cluster, hostPID=True)
    assert answer.status == 403
    assert answer.message == (
        'pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostPID=true)'
    )
    assert pod(cluster).status == 201


def test_labels_may_change_on_pods_that_would_not_be_let_in_any_more(cluster: Cluster) -> None:
    assert pod(cluster, hostPID=True).status == 201
    answer = label(cluster, enforce="baseline")
    assert answer.headers["Warning"] == '299 - "p: host namespaces"'  # the last of several
    body = {"metadata": {"labels": {"a": "b"}}}
    assert cluster.send("PATCH", cluster.path("pods/p"), body, content_type=MERGE).status == 200


def test_workloads_are_warned_of(cluster: Cluster) -> None:
    assert label(cluster, warn="baseline").status == 200
    template = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"hostIPC": True, "containers": [{"name": "c", "image": "app:1"}]},
    }
    body = {"metadata": {"name": "d"}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template}}
    answer = cluster.create("deployments", body, api="/apis/apps/v1")
    assert answer.status == 201
    assert answer.headers["Warning"] == (
        '299 - "would violate PodSecurity \\"baseline:latest\\": host namespaces (hostIPC=true)"'
    )


def test_of_many_at_once_a_quota_lets_in_what_it_has(cluster: Cluster) -> None:
    hard = {"count/configmaps": "10"}
    body = {"metadata": {"name": "q"}, "spec": {"hard": hard}}
    assert cluster.create("resourcequotas", body).status == 201
    status = {"status": {"hard": hard, "used": {"count/configmaps": "0"}}}
    assert cluster.send("PATCH", cluster.path("resourcequotas/q/status"), status, content_type=MERGE).status == 200
    with futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda number: cluster.config(f"c{number}"), range(50)))
    assert sorted(answer.status for answer in answers) == [201] * 10 + [403] * 40
    assert "exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=10" in next(
        answer.message for answer in answers if answer.status == 403
    )
    assert len(cluster.get(cluster.path("configmaps")).body["items"]) == 10
    assert cluster.get(cluster.path("resourcequotas/q")).body["status"]["used"] == {"count/configmaps": "10"}
