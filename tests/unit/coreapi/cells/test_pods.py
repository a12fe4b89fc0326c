"""What the table says of pods in all their states."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.coreapi.cells.harness import Cells

READY, STATUS, RESTARTS = 1, 2, 3


def container(name: str = "main", **state: Any) -> dict[str, Any]:
    """A container status; keywords are its fields, and `running`, `waiting` and `terminated` its state."""
    states = {key: state.pop(key) for key in ("running", "waiting", "terminated") if key in state}
    return {"name": name, "state": states, "ready": False, "restartCount": 0, **state}


def pod(cells: Cells, status: dict[str, Any], **fields: Any) -> list[Any]:
    return cells("v1/Pod", **{"spec": {"containers": [{"name": "main"}]}, **fields}, status=status)


def test_a_pod_that_no_kubelet_has_seen(cells: Cells) -> None:
    assert pod(cells, {"phase": "Pending"}) == [
        "a", "0/1", "Pending", "0", "5s", "<none>", "<none>", "<none>", "<none>"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "status, word",
    [
        ({"phase": "Failed", "reason": "Evicted"}, "Evicted"),
        ({"phase": "Running", "containerStatuses": [container(running={}, ready=True)]}, "Running"),
        ({"phase": "Pending", "containerStatuses": [container(waiting={"reason": "ImagePullBackOff"})]},
         "ImagePullBackOff"),
        ({"phase": "Running", "containerStatuses": [container(terminated={"exitCode": 137, "signal": 9})]},
         "Signal:9"),
        ({"phase": "Running", "containerStatuses": [container(terminated={"exitCode": 4})]}, "ExitCode:4"),
        ({"phase": "Failed", "containerStatuses": [container(terminated={"exitCode": 3, "reason": "Error"})]},
         "Error"),
        ({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]},
         "SchedulingGated"),
        ({"phase": "Running", "containerStatuses": [
            container(terminated={"exitCode": 0, "reason": "Completed"}), container("b", running={}, ready=True)]},
         "NotReady"),
        ({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [
            container(terminated={"exitCode": 0, "reason": "Completed"}), container("b", running={}, ready=True)]},
         "Running"),
        ({"phase": "Running", "containerStatuses": [
            container(waiting={"reason": "CrashLoopBackOff"}), container("b", terminated={"exitCode": 1})]},
         "CrashLoopBackOff"),
    ],
)  # fmt: skip
def test_the_word_for_a_pod(cells: Cells, status: dict[str, Any], word: str) -> None:
    assert pod(cells, status)[STATUS] == word


@pytest.mark.parametrize(
    "second, word",
    [
        (container("i2", waiting={"reason": "PodInitializing"}), "Init:1/2"),
        (container("i2", running={}), "Init:1/2"),
        (container("i2", waiting={"reason": "ErrImagePull"}), "Init:ErrImagePull"),
        (container("i2", terminated={"exitCode": 2, "reason": "Error"}), "Init:Error"),
        (container("i2", terminated={"exitCode": 2}), "Init:ExitCode:2"),
        (container("i2", terminated={"exitCode": 2, "signal": 15}), "Init:Signal:15"),
        (container("i2", terminated={"exitCode": 0}), "Pending"),
    ],
)
def test_the_word_for_a_pod_that_is_initialized(cells: Cells, second: dict[str, Any], word: str) -> None:
    spec = {"containers": [{"name": "main"}], "initContainers": [{"name": "i1"}, {"name": "i2"}]}
    first = container("i1", terminated={"exitCode": 0})
    status = {"phase": "Pending", "initContainerStatuses": [first, second]}
    assert pod(cells, status, spec=spec)[STATUS] == word


@pytest.mark.parametrize(
    "status, word",
    [
        ({"phase": "Running"}, "Terminating"),
        ({"phase": "Succeeded"}, "Succeeded"),
        ({"phase": "Running", "reason": "NodeLost"}, "Unknown"),
    ],
)
def test_the_word_for_a_pod_that_is_deleted(cells: Cells, status: dict[str, Any], word: str) -> None:
    metadata = {"name": "a", "deletionTimestamp": "2023-11-14T22:13:20Z"}
    assert pod(cells, status, metadata=metadata)[STATUS] == word


def test_a_sidecar_counts_as_a_container_that_may_be_ready(cells: Cells) -> None:
    spec = {
        "containers": [{"name": "main"}],
        "initContainers": [{"name": "side", "restartPolicy": "Always"}, {"name": "i"}],
    }
    side = container("side", running={}, started=True, ready=True, restartCount=2)
    done = container("i", terminated={"exitCode": 0}, restartCount=5)
    status = {
        "phase": "Running",
        "initContainerStatuses": [side, done],
        "containerStatuses": [container(running={}, ready=True, restartCount=1)],
    }
    assert pod(cells, status, spec=spec)[READY : RESTARTS + 1] == ["2/2", "Running", "3"]


def test_restarts_of_init_containers_count_while_the_pod_is_initialized(cells: Cells) -> None:
    spec = {"containers": [{"name": "main"}], "initContainers": [{"name": "i"}]}
    failing = container("i", waiting={"reason": "CrashLoopBackOff"}, restartCount=4)
    assert pod(cells, {"initContainerStatuses": [failing]}, spec=spec)[STATUS : RESTARTS + 1] == [
        "Init:CrashLoopBackOff",
        "4",
    ]


def test_the_last_restart_is_told_with_its_age(cells: Cells) -> None:
    def last(finished: str) -> dict[str, Any]:
        return {"terminated": {"finishedAt": finished}}

    statuses = [
        container(running={}, ready=True, restartCount=2, lastState=last("2023-11-14T22:03:20Z")),
        container("b", running={}, ready=True, restartCount=1, lastState=last("2023-11-14T22:08:20Z")),
    ]
    assert pod(cells, {"phase": "Running", "containerStatuses": statuses})[RESTARTS] == "3 (5m ago)"


def test_the_columns_of_a_wide_table(cells: Cells) -> None:
    spec = {
        "containers": [{"name": "main"}],
        "nodeName": "n1",
        "readinessGates": [{"conditionType": "x/y"}, {"conditionType": "x/z"}],
    }
    status = {
        "phase": "Running",
        "podIPs": [{"ip": "10.1.1.1"}, {"ip": "fd00::1"}],
        "nominatedNodeName": "n2",
        "conditions": [{"type": "x/y", "status": "True"}, {"type": "x/z", "status": "False"}],
    }
    assert pod(cells, status, spec=spec)[5:] == ["10.1.1.1", "n1", "n2", "1/2"]
