"""What may change in workloads, in their status, and in the revisions of them."""

from __future__ import annotations

import pytest

from kroute.coreapi.validation import statefulsets, workloads
from tests.unit.coreapi import harness

DEPLOYMENT, REPLICA_SET, DAEMON_SET = "apps/v1/Deployment", "apps/v1/ReplicaSet", "apps/v1/DaemonSet"
STATEFUL_SET, CONTROLLER = "apps/v1/StatefulSet", "v1/ReplicationController"
UPDATE = {
    DEPLOYMENT: workloads.validate_deployment,
    REPLICA_SET: workloads.validate_replica_set,
    DAEMON_SET: workloads.validate_daemon_set,
    STATEFUL_SET: statefulsets.validate_update,
    CONTROLLER: workloads.validate_replication_controller,
}
STATUS = {
    DEPLOYMENT: workloads.validate_deployment_status,
    REPLICA_SET: workloads.validate_replica_set_status,
    DAEMON_SET: workloads.validate_daemon_set_status,
    STATEFUL_SET: statefulsets.validate_status,
    CONTROLLER: workloads.validate_replica_set_status,
}
CLAIM = {"metadata": {"name": "v"}, "spec": {"accessModes": ["ReadWriteOnce"]}}


def changing(make: harness.Maker, kind: str, before: harness.Patch, patch: harness.Patch) -> list[str]:
    old = make.minimal(kind, {"spec": before})
    found = harness.texts(UPDATE[kind](make.changed(old, {"spec": patch}), old))
    return [text.removeprefix("spec.") for text in found]


def status(make: harness.Maker, kind: str, before: harness.Patch, after: harness.Patch) -> list[str]:
    old = make.minimal(kind, {"status": before})
    found = harness.texts(STATUS[kind](make.changed(old, {"status": after}), old))
    return [text.removeprefix("status.") for text in found]


def template(**spec: object) -> harness.Patch:
    return {"template": {"spec": spec}}


@pytest.mark.parametrize(
    "kind, before, patch, expected",
    [
        (
            DEPLOYMENT,
            {},
            {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}}},
            ['selector: Invalid value: {"matchLabels":{"app":"web","a":"b"}}: field is immutable'],
        ),
        (
            REPLICA_SET,
            {},
            {"selector": {"matchLabels": {"a": "b"}}},
            [
                'selector: Invalid value: {"matchLabels":{"app":"web","a":"b"}}: field is immutable',
                'template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
            ],
        ),
        (
            DAEMON_SET,
            {},
            {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}}},
            ['selector: Invalid value: {"matchLabels":{"app":"web","a":"b"}}: field is immutable'],
        ),
        (
            DEPLOYMENT,
            {},
            {"template": {"metadata": {"labels": {"app": None}}}},
            ["template.metadata.labels: Invalid value: {}: `selector` does not match template `labels`"],
        ),
        (
            CONTROLLER,
            {},
            {"selector": {"app": "b"}},
            ['template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
        ),
        (
            STATEFUL_SET,
            {},
            {"serviceName": "b"},
            ["spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', ..."],
        ),
        (
            STATEFUL_SET,
            {},
            {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}}},
            ["spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', ..."],
        ),
        (
            STATEFUL_SET,
            {},
            {"volumeClaimTemplates": [CLAIM], "replicas": -1},
            [
                "replicas: Invalid value: -1: must be greater than or equal to 0",
                "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', ...",
            ],
        ),
        (STATEFUL_SET, {}, template(containers=[]), ["template.spec.containers: Required value"]),
    ],
)
def test_updates_that_are_refused(
    kind: str, before: harness.Patch, patch: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(changing(make, kind, before, patch), expected)


@pytest.mark.parametrize(
    "kind, before, patch, expected",
    [
        (DEPLOYMENT, {}, {"replicas": 0, "paused": True, "strategy": {"type": "Recreate", "rollingUpdate": None}}, []),
        (DEPLOYMENT, {"template": {"spec": {"containers": [{"name": "a", "image": " app:1"}]}}}, {"replicas": 2}, []),
        (CONTROLLER, {}, {"selector": {"a": "b"}, "template": {"metadata": {"labels": {"a": "b"}}}}, []),
        (
            STATEFUL_SET,
            {},
            {
                "replicas": 2,
                "ordinals": {"start": 1},
                "updateStrategy": {"type": "OnDelete", "rollingUpdate": None},
                "revisionHistoryLimit": 1,
                "minReadySeconds": 1,
                "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"},
            },
            [],
        ),
        (STATEFUL_SET, {"serviceName": "Bad.Name"}, {"replicas": 2}, []),
        (STATEFUL_SET, template(containers=[]), {"replicas": 2}, []),
    ],
)
def test_updates_that_are_accepted(
    kind: str, before: harness.Patch, patch: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(changing(make, kind, before, patch), expected)


@pytest.mark.parametrize(
    "kind, before, after, expected",
    [
        (
            DEPLOYMENT,
            {},
            {"observedGeneration": -1, "replicas": -1, "unavailableReplicas": -1, "collisionCount": -1},
            [
                "observedGeneration: Invalid value: -1: must be greater than or equal to 0",
                "replicas: Invalid value: -1: must be greater than or equal to 0",
                "unavailableReplicas: Invalid value: -1: must be greater than or equal to 0",
                "collisionCount: Invalid value: -1: must be greater than or equal to 0",
                "updatedReplicas: Invalid value: 0: cannot be greater than status.replicas",
                "readyReplicas: Invalid value: 0: cannot be greater than status.replicas",
                "availableReplicas: Invalid value: 0: cannot be greater than status.replicas",
            ],
        ),
        (
            DEPLOYMENT,
            {},
            {"replicas": 1, "updatedReplicas": 2, "readyReplicas": 3, "availableReplicas": 4},
            [
                "updatedReplicas: Invalid value: 2: cannot be greater than status.replicas",
                "readyReplicas: Invalid value: 3: cannot be greater than status.replicas",
                "availableReplicas: Invalid value: 4: cannot be greater than status.replicas",
                "availableReplicas: Invalid value: 4: cannot be greater than readyReplicas",
            ],
        ),
        (
            DEPLOYMENT,
            {"collisionCount": 2},
            {"collisionCount": 1},
            ["collisionCount: Invalid value: 1: cannot be decremented"],
        ),
        (
            DEPLOYMENT,
            {"collisionCount": 2},
            {"collisionCount": None},
            ["collisionCount: Invalid value: 0: cannot be decremented"],
        ),
        (
            REPLICA_SET,
            {},
            {"replicas": 1, "fullyLabeledReplicas": 2, "readyReplicas": 2, "availableReplicas": 3},
            [
                "fullyLabeledReplicas: Invalid value: 2: cannot be greater than status.replicas",
                "readyReplicas: Invalid value: 2: cannot be greater than status.replicas",
                "availableReplicas: Invalid value: 3: cannot be greater than status.replicas",
                "availableReplicas: Invalid value: 3: cannot be greater than readyReplicas",
            ],
        ),
        (
            CONTROLLER,
            {},
            {"replicas": -1, "observedGeneration": -1},
            [
                "replicas: Invalid value: -1: must be greater than or equal to 0",
                "observedGeneration: Invalid value: -1: must be greater than or equal to 0",
                "fullyLabeledReplicas: Invalid value: 0: cannot be greater than status.replicas",
                "readyReplicas: Invalid value: 0: cannot be greater than status.replicas",
                "availableReplicas: Invalid value: 0: cannot be greater than status.replicas",
            ],
        ),
        (
            DAEMON_SET,
            {},
            {"currentNumberScheduled": -1, "numberAvailable": -1, "collisionCount": -1},
            [
                "currentNumberScheduled: Invalid value: -1: must be greater than or equal to 0",
                "numberAvailable: Invalid value: -1: must be greater than or equal to 0",
                "collisionCount: Invalid value: -1: must be greater than or equal to 0",
            ],
        ),
        (
            DAEMON_SET,
            {"collisionCount": 2},
            {"collisionCount": 1},
            ["collisionCount: Invalid value: 1: cannot be decremented"],
        ),
        (
            STATEFUL_SET,
            {},
            {"replicas": 1, "readyReplicas": 2, "currentReplicas": 2, "updatedReplicas": 2, "availableReplicas": 3},
            [
                "readyReplicas: Invalid value: 2: cannot be greater than status.replicas",
                "currentReplicas: Invalid value: 2: cannot be greater than status.replicas",
                "updatedReplicas: Invalid value: 2: cannot be greater than status.replicas",
                "availableReplicas: Invalid value: 3: cannot be greater than status.replicas",
                "availableReplicas: Invalid value: 3: cannot be greater than status.readyReplicas",
            ],
        ),
        (
            STATEFUL_SET,
            {"collisionCount": 2},
            {"collisionCount": 1},
            ["collisionCount: Invalid value: 1: cannot be decremented"],
        ),
    ],
)
def test_statuses_that_are_refused(
    kind: str, before: harness.Patch, after: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(status(make, kind, before, after), expected)


@pytest.mark.parametrize(
    "before, after, expected",
    [
        (None, {}, ["data: Required value: data is mandatory"]),
        (None, {"data": {"a": 1}, "revision": -1}, ["revision: Invalid value: -1: must be greater than or equal to 0"]),
        ({"data": {"a": 1}}, {"data": {"a": 2}}, ['data: Invalid value: {"a":2}: field is immutable']),
        ({"data": {"a": 1}}, {"data": {"a": 1}, "revision": 5}, []),
    ],
)
def test_revisions(
    before: harness.Patch | None, after: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    old = None if before is None else make("apps/v1/ControllerRevision", before)
    new = make("apps/v1/ControllerRevision", after)
    assert harness.texts(workloads.validate_controller_revision(new, old)) == expected
