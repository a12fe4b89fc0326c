"""What is wrong with deployments, replica sets, daemon sets, stateful sets and replication controllers."""

from __future__ import annotations

import pytest

from kroute.coreapi.validation import statefulsets, workloads
from tests.unit.coreapi import harness

DEPLOYMENT, REPLICA_SET, DAEMON_SET = "apps/v1/Deployment", "apps/v1/ReplicaSet", "apps/v1/DaemonSet"
STATEFUL_SET, CONTROLLER = "apps/v1/StatefulSet", "v1/ReplicationController"
CREATE = {
    DEPLOYMENT: workloads.validate_deployment,
    REPLICA_SET: workloads.validate_replica_set,
    DAEMON_SET: workloads.validate_daemon_set,
    STATEFUL_SET: statefulsets.validate,
    CONTROLLER: workloads.validate_replication_controller,
}
BAD_KEY = {"matchLabels": {"a b": "c"}}
BAD_OPERATOR = {"matchExpressions": [{"key": "a", "operator": "Odd"}]}
CLAIM = {
    "metadata": {"name": "v"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}


def wrong(make: harness.Maker, kind: str, spec: harness.Patch) -> list[str]:
    found = harness.texts(CREATE[kind](make.minimal(kind, {"spec": spec})))
    return [text.removeprefix("spec.") for text in found]


def template(**spec: object) -> harness.Patch:
    return {"template": {"spec": spec}}


@pytest.mark.parametrize(
    "kind, spec, expected",
    [
        (
            DEPLOYMENT,
            {"replicas": -1, "minReadySeconds": -1, "revisionHistoryLimit": -1, "progressDeadlineSeconds": -1},
            [
                "replicas: Invalid value: -1: must be greater than or equal to 0",
                "minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
                "revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0",
                "progressDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0",
                "progressDeadlineSeconds: Invalid value: -1: must be greater than minReadySeconds",
            ],
        ),
        (
            DEPLOYMENT,
            {"minReadySeconds": 600},
            ["progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds"],
        ),
        (
            DEPLOYMENT,
            {"selector": None},
            [
                "selector: Required value",
                'template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
            ],
        ),
        (
            DEPLOYMENT,
            {"selector": {"matchLabels": None}},
            ["selector: Invalid value: {}: empty selector is invalid for deployment"],
        ),
        (
            DEPLOYMENT,
            {"selector": {"matchLabels": {"app": "other"}}},
            ['template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
        ),
        (
            DEPLOYMENT,
            {"selector": BAD_KEY},
            [
                'selector.matchLabels: Invalid value: "a b": name part must consist of alphanumeric characters, ...',
                'selector: Invalid value: {"matchLabels":{"app":"web","a b":"c"}}: invalid label selector',
            ],
        ),
        (
            DEPLOYMENT,
            {"selector": BAD_OPERATOR},
            [
                'selector.matchExpressions[0].operator: Invalid value: "Odd": not a valid selector operator',
                "selector: Invalid value: ...",
            ],
        ),
        (
            DEPLOYMENT,
            {"template": {"metadata": None}},
            ["template.metadata.labels: Invalid value: null: `selector` does not match template `labels`"],
        ),
        (
            DEPLOYMENT,
            template(restartPolicy="Never", activeDeadlineSeconds=1),
            [
                'template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
                "template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not ...",
            ],
        ),
        (
            DEPLOYMENT,
            template(containers=[], ephemeralContainers=[{"name": "d", "image": "sh"}]),
            [
                "template.spec.containers: Required value",
                "template.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template",
            ],
        ),
        (
            DEPLOYMENT,
            {"template": {"metadata": {"labels": {"a": "b c"}, "annotations": {"a b": ""}}}},
            [
                'template.labels: Invalid value: "b c": a valid label must be an empty string or consist of ...',
                'template.annotations: Invalid value: "a b": name part must consist of alphanumeric characters, ...',
            ],
        ),
        (
            REPLICA_SET,
            {"replicas": -1, "minReadySeconds": -1, "selector": None},
            [
                "replicas: Invalid value: -1: must be greater than or equal to 0",
                "minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
                "selector: Required value",
                'template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
            ],
        ),
        (
            DAEMON_SET,
            {"selector": {"matchLabels": None}, "revisionHistoryLimit": -1, "minReadySeconds": -1},
            [
                "selector: Invalid value: {}: empty selector is invalid for daemonset",
                "minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
                "revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0",
            ],
        ),
        (
            DAEMON_SET,
            {"selector": {"matchLabels": {"app": "other"}}},
            ['template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
        ),
        (
            DAEMON_SET,
            template(restartPolicy="OnFailure"),
            ['template.spec.restartPolicy: Unsupported value: "OnFailure": supported values: "Always"'],
        ),
        (
            STATEFUL_SET,
            {
                "podManagementPolicy": "Odd",
                "serviceName": "A.b",
                "replicas": -1,
                "minReadySeconds": -1,
                "ordinals": {"start": -1},
            },
            [
                "podManagementPolicy: Invalid value: \"Odd\": must be 'OrderedReady' or 'Parallel'",
                "replicas: Invalid value: -1: must be greater than or equal to 0",
                "minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
                "ordinals.start: Invalid value: -1: must be greater than or equal to 0",
                'serviceName: Invalid value: "A.b": a lowercase RFC 1123 label must consist of lower case ...',
            ],
        ),
        (
            STATEFUL_SET,
            {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Odd", "whenScaled": ""}},
            ['persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Odd": supported values: ...'],
        ),
        (
            STATEFUL_SET,
            {"selector": None},
            [
                "selector: Required value",
                'template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
            ],
        ),
        (
            STATEFUL_SET,
            {"selector": {"matchLabels": None}},
            ["selector: Invalid value: {}: empty selector is invalid for statefulset"],
        ),
        (
            STATEFUL_SET,
            {"selector": BAD_OPERATOR},
            [
                'selector.matchExpressions[0].operator: Invalid value: "Odd": not a valid selector operator',
                "selector: Invalid value: ...",
            ],
        ),
        (
            STATEFUL_SET,
            {"volumeClaimTemplates": [{**CLAIM, "spec": {}}]},
            [
                "volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required",
                "volumeClaimTemplates[0].spec.resources[storage]: Required value",
            ],
        ),
        (
            CONTROLLER,
            {"selector": {}, "replicas": -1, "minReadySeconds": -1, "template": {"metadata": None}},
            [
                "minReadySeconds: Invalid value: -1: must be greater than or equal to 0",
                "replicas: Invalid value: -1: must be greater than or equal to 0",
                "template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
            ],
        ),
        (
            CONTROLLER,
            {"selector": {"app": "other"}},
            ['template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
        ),
        (CONTROLLER, {"template": None}, ["template: Required value"]),
        (
            CONTROLLER,
            template(restartPolicy="Never"),
            ['template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
        ),
    ],
)
def test_specs_that_are_wrong(kind: str, spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, kind, spec), expected)


@pytest.mark.parametrize(
    "kind, strategy, expected",
    [
        (
            DEPLOYMENT,
            {"type": "Odd"},
            ['strategy: Unsupported value: {"Type":"Odd","RollingUpdate":null}: supported values: ...'],
        ),
        (DEPLOYMENT, {"type": ""}, []),
        (
            DEPLOYMENT,
            {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}},
            ["strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
        ),
        (
            DEPLOYMENT,
            {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}},
            ["strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"],
        ),
        (
            DEPLOYMENT,
            {"rollingUpdate": {"maxSurge": "0%", "maxUnavailable": 0}},
            ["strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"],
        ),
        (
            DEPLOYMENT,
            {"rollingUpdate": {"maxSurge": -1, "maxUnavailable": "101%"}},
            [
                "strategy.rollingUpdate.maxSurge: Invalid value: -1: must be greater than or equal to 0",
                'strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
            ],
        ),
        (
            DEPLOYMENT,
            {"rollingUpdate": {"maxSurge": "half"}},
            ['strategy.rollingUpdate.maxSurge: Invalid value: "half": a valid percent string must be a ...'],
        ),
        (
            DAEMON_SET,
            {"type": "Odd"},
            ['updateStrategy: Unsupported value: {"Type":"Odd","RollingUpdate":null}: supported values: ...'],
        ),
        (
            DAEMON_SET,
            {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}},
            ["updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is ..."],
        ),
        (
            DAEMON_SET,
            {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}},
            ["updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0"],
        ),
        (
            DAEMON_SET,
            {"rollingUpdate": {"maxSurge": "101%", "maxUnavailable": 0}},
            ['updateStrategy.rollingUpdate.maxSurge: Invalid value: "101%": must not be greater than 100%'],
        ),
        (
            STATEFUL_SET,
            {"type": "Odd"},
            ['updateStrategy: Invalid value: {"Type":"Odd","RollingUpdate":null}: must be \'RollingUpdate\' or ...'],
        ),
        (
            STATEFUL_SET,
            {"type": "OnDelete", "rollingUpdate": {"partition": 1}},
            ['updateStrategy.rollingUpdate: Invalid value: {"Partition":1,"MaxUnavailable":null}: only ...'],
        ),
        (
            STATEFUL_SET,
            {"rollingUpdate": {"partition": -1, "maxUnavailable": 0}},
            [
                "updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0",
                "updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0",
            ],
        ),
        (
            STATEFUL_SET,
            {"rollingUpdate": {"maxUnavailable": "101%"}},
            ['updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
        ),
    ],
)
def test_ways_of_rolling_out_that_are_wrong(
    kind: str, strategy: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(wrong(make, kind, {"strategy" if kind == DEPLOYMENT else "updateStrategy": strategy}), expected)


def test_a_template_mounts_the_claims_of_its_stateful_set(make: harness.Maker) -> None:
    pod = harness.containers({"volumeMounts": [{"name": "v", "mountPath": "/v"}]})
    spec = {"volumeClaimTemplates": [CLAIM], **template(**pod)}
    assert not wrong(make, STATEFUL_SET, spec)
    assert wrong(make, STATEFUL_SET, {**spec, "volumeClaimTemplates": []}) == [
        'template.spec.containers[0].volumeMounts[0].name: Not found: "v"'
    ]
