"""The tables of the kinds that run pods, and of what bounds them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.coreapi.cells.harness import Cells

CONTAINERS = [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:2"}]
TEMPLATE = {"metadata": {"labels": {"b": "2", "a": "1"}}, "spec": {"containers": CONTAINERS}}
SELECTOR = {
    "matchLabels": {"app": "web"},
    "matchExpressions": [{"key": "tier", "operator": "In", "values": ["b", "a"]}],
}


def test_deployments(cells: Cells) -> None:
    spec = {"replicas": 3, "selector": SELECTOR, "template": TEMPLATE}
    status = {"readyReplicas": 1, "updatedReplicas": 2, "availableReplicas": 1}
    assert cells("apps/v1/Deployment", spec=spec, status=status) == [
        "a", "1/3", 2, 1, "5s", "a,b", "a:1,b:2", "app=web,tier in (a,b)",
    ]  # fmt: skip
    assert cells("apps/v1/Deployment", spec={"selector": {"matchExpressions": [{"operator": "No"}]}})[-1] == "<invalid>"


def test_replica_sets_and_replication_controllers(cells: Cells) -> None:
    status = {"replicas": 2, "readyReplicas": 1}
    assert cells(
        "apps/v1/ReplicaSet", spec={"replicas": 3, "selector": SELECTOR, "template": TEMPLATE}, status=status
    ) == ["a", 3, 2, 1, "5s", "a,b", "a:1,b:2", "app=web,tier in (a,b)"]
    assert cells("v1/ReplicationController", spec={"replicas": 3, "selector": {"b": "2", "a": "1"}}, status=status) == [
        "a",
        3,
        2,
        1,
        "5s",
        "",
        "",
        "a=1,b=2",
    ]


def test_stateful_sets(cells: Cells) -> None:
    assert cells("apps/v1/StatefulSet", spec={"replicas": 2, "template": TEMPLATE}) == [
        "a", "0/2", "5s", "a,b", "a:1,b:2",
    ]  # fmt: skip


def test_daemon_sets(cells: Cells) -> None:
    template = {"spec": {"containers": CONTAINERS, "nodeSelector": {"disk": "ssd"}}}
    status = {
        "desiredNumberScheduled": 5,
        "currentNumberScheduled": 4,
        "numberReady": 3,
        "updatedNumberScheduled": 2,
        "numberAvailable": 1,
    }
    assert cells("apps/v1/DaemonSet", spec={"selector": SELECTOR, "template": template}, status=status) == [
        "a", 5, 4, 3, 2, 1, "disk=ssd", "5s", "a,b", "a:1,b:2", "app=web,tier in (a,b)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "status, metadata, word",
    [
        ({}, {}, "Running"),
        (
            {"conditions": [{"type": "Complete", "status": "True"}, {"type": "Failed", "status": "True"}]},
            {},
            "Complete",
        ),
        ({"conditions": [{"type": "Complete", "status": "False"}, {"type": "Failed", "status": "True"}]}, {}, "Failed"),
        ({"conditions": [{"type": "Suspended", "status": "True"}]}, {}, "Suspended"),
        ({"conditions": [{"type": "Suspended", "status": "True"}]}, {"deletionTimestamp": "x"}, "Terminating"),
        ({"conditions": [{"type": "FailureTarget", "status": "True"}]}, {}, "FailureTarget"),
        ({"conditions": [{"type": "SuccessCriteriaMet", "status": "True"}]}, {}, "SuccessCriteriaMet"),
    ],
)
def test_the_word_for_a_job(cells: Cells, status: dict[str, Any], metadata: dict[str, Any], word: str) -> None:
    assert cells("batch/v1/Job", status=status, metadata=metadata)[1] == word


@pytest.mark.parametrize(
    "spec, shown",
    [
        ({"completions": 3}, "2/3"),
        ({}, "2/1"),
        ({"parallelism": 1}, "2/1"),
        ({"parallelism": 4}, "2/1 of 4"),
    ],
)
def test_the_completions_of_a_job(cells: Cells, spec: dict[str, Any], shown: str) -> None:
    assert cells("batch/v1/Job", spec=spec, status={"succeeded": 2})[2] == shown


def test_the_duration_of_a_job(cells: Cells) -> None:
    started = {"startTime": "2023-11-14T22:03:20Z"}
    assert cells("batch/v1/Job")[3] == ""
    assert cells("batch/v1/Job", status=started)[3] == "10m"
    assert cells("batch/v1/Job", status={**started, "completionTime": "2023-11-14T22:03:50Z"})[3] == "30s"


def test_cron_jobs(cells: Cells) -> None:
    job = {"spec": {"template": TEMPLATE}}
    assert cells("batch/v1/CronJob", spec={"schedule": "0 3 * * *", "suspend": False, "jobTemplate": job}) == [
        "a", "0 3 * * *", "<none>", "False", 0, "<none>", "5s", "a,b", "a:1,b:2", "<none>",
    ]  # fmt: skip
    spec = {"schedule": "@daily", "timeZone": "Europe/Paris", "suspend": True, "jobTemplate": {}}
    status = {"active": [{}, {}], "lastScheduleTime": "2023-11-14T22:12:20Z"}
    assert cells("batch/v1/CronJob", spec=spec, status=status)[1:6] == ["@daily", "Europe/Paris", "True", 2, "60s"]


def test_pod_templates(cells: Cells) -> None:
    assert cells("v1/PodTemplate", template=TEMPLATE) == ["a", "a,b", "a:1,b:2", "a=1,b=2"]


def test_controller_revisions(cells: Cells) -> None:
    owners = [
        {"apiVersion": "v1", "kind": "Pod", "name": "p"},
        {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db", "controller": True},
    ]
    metadata = {"name": "a", "ownerReferences": owners}
    assert cells("apps/v1/ControllerRevision", metadata=metadata, revision=3) == [
        "a", "statefulset.apps/db", 3, "<unknown>",
    ]  # fmt: skip
    assert cells("apps/v1/ControllerRevision")[1] == "<none>"


def test_disruption_budgets(cells: Cells) -> None:
    status = {"disruptionsAllowed": 2}
    assert cells("policy/v1/PodDisruptionBudget", spec={"minAvailable": "50%"}, status=status) == [
        "a", "50%", "N/A", 2, "5s",
    ]  # fmt: skip
    assert cells("policy/v1/PodDisruptionBudget", spec={"maxUnavailable": 0}, status=status)[1:3] == ["N/A", "0"]


def test_scales(cells: Cells) -> None:
    assert cells("autoscaling/v1/Scale", spec={"replicas": 3}, status={"replicas": 2}) == ["a", 3, 2, "5s"]


def metric(kind: str, key: str, target: Any, current: Any = None, **fields: Any) -> tuple[Any, Any]:
    """A metric's spec and, when `current` is given, its status."""
    status = None if current is None else {"type": kind, key: {"current": current}}
    return {"type": kind, key: {"target": target, **fields}}, status


@pytest.mark.parametrize(
    "found, shown",
    [
        (metric("Resource", "resource", {"averageUtilization": 80}, name="cpu"), "cpu: <unknown>/80%"),
        (metric("Resource", "resource", {"averageUtilization": 80}, {"averageUtilization": 5}, name="cpu"),
         "cpu: 5%/80%"),
        (metric("Resource", "resource", {}, name="cpu"), "cpu: <unknown>/<auto>"),
        (metric("Resource", "resource", {"averageValue": "100Mi"}, name="memory"), "memory: <unknown>/100Mi"),
        (metric("ContainerResource", "containerResource", {"averageValue": "1"}, {"averageValue": "2"}, name="cpu"),
         "cpu: 2/1"),
        (metric("Pods", "pods", {"averageValue": "20"}, {"averageValue": "10"}), "10/20"),
        (metric("Pods", "pods", {"averageValue": "20"}), "<unknown>/20"),
        (metric("Object", "object", {"value": "20"}, {"value": "10"}), "10/20"),
        (metric("Object", "object", {"averageValue": "20"}, {"value": "10"}), "<unknown>/20 (avg)"),
        (metric("External", "external", {"averageValue": "20"}, {"averageValue": "10"}), "10/20 (avg)"),
        (metric("External", "external", {"value": "20"}), "<unknown>/20"),
        (metric("Odd", "odd", {}), "<unknown type>"),
    ],
)  # fmt: skip
def test_the_targets_of_autoscalers(cells: Cells, found: tuple[Any, Any], shown: str) -> None:
    spec, status = found
    row = cells(
        "autoscaling/v2/HorizontalPodAutoscaler",
        spec={"metrics": [spec]},
        status={"currentMetrics": [status] if status else []},
    )
    assert row[2] == shown


def test_autoscalers(cells: Cells) -> None:
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "maxReplicas": 5}
    many = [metric("External", "external", {"value": str(value)})[0] for value in range(4)]
    status = {"currentReplicas": 2}
    assert cells("autoscaling/v2/HorizontalPodAutoscaler", spec={**spec, "metrics": many}, status=status) == [
        "a", "Deployment/web", "<unknown>/0, <unknown>/1 + 2 more...", "<unset>", 5, 2, "5s",
    ]  # fmt: skip
    old = {**spec, "minReplicas": 1, "targetCPUUtilizationPercentage": 80}
    status = {"currentReplicas": 2, "currentCPUUtilizationPercentage": 7}
    assert cells("autoscaling/v1/HorizontalPodAutoscaler", spec=old, status=status)[2:4] == ["cpu: 7%/80%", "1"]
    assert cells("autoscaling/v1/HorizontalPodAutoscaler", spec=spec)[2] == "<none>"
