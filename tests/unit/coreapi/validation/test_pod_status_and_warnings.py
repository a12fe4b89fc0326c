"""The status of pods as it is written, and what clients are warned of in pods and templates."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.coreapi.validation import podstatus, podwarnings, workloadwarnings
from tests.unit.coreapi import harness

CLAIMS = {"resourceClaims": [{"name": "c", "resourceClaimName": "x"}]}
ENDED: harness.Object = {"terminated": {"exitCode": 1}}
RUNNING: harness.Object = {"running": {}}


def written(make: harness.Maker, spec: harness.Patch, before: harness.Patch, after: harness.Patch) -> list[str]:
    """What is wrong with replacing the status of a pod."""
    old = make.minimal("v1/Pod", {"spec": spec, "status": before})
    found = harness.texts(podstatus.validate(make.changed(old, {"status": after}), old))
    return [text.removeprefix("status.") for text in found]


def ending(kind: str, container: harness.Patch, **spec: Any) -> harness.Patch:
    """A spec with a container whose status is to change."""
    return {**spec, kind: [{"name": "x", "image": "x", **container}]}


def warned(make: harness.Maker, spec: harness.Patch) -> list[str]:
    found = podwarnings.of_pod(make.minimal("v1/Pod", {"spec": spec}))
    return [text.replace("DuringSchedulingIgnoredDuringExecution", "") for text in found]


@pytest.mark.parametrize(
    "spec, before, after, expected",
    [
        (
            {},
            {},
            {"conditions": [{"type": "Ready", "observedGeneration": -1}, {"type": "a b"}], "observedGeneration": -1},
            [
                "conditions[0].observedGeneration: Invalid value: -1: must be a non-negative integer",
                'conditions[1].Type: Invalid value: "a b": name part must consist of alphanumeric characters, ...',
                "observedGeneration: Invalid value: -1: must be a non-negative integer",
            ],
        ),
        (
            {},
            {"qosClass": "BestEffort"},
            {"qosClass": "Guaranteed"},
            ['qosClass: Invalid value: "Guaranteed": field is immutable'],
        ),
        (
            {},
            {},
            {"nominatedNodeName": "A"},
            ['nominatedNodeName: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of lower ...'],
        ),
        (
            {"nodeName": "n"},
            {},
            {"nominatedNodeName": "m"},
            ["nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node"],
        ),
        (
            {},
            {},
            {"podIP": "x"},
            ['podIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
        ),
        (
            {},
            {},
            {"podIPs": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}]},
            ['podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.2"}]: may specify no more than one IP ...'],
        ),
        (
            {},
            {},
            {"podIPs": [{"ip": "10.0.0.1"}, {"ip": "::1"}, {"ip": "::2"}]},
            ['podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"::1"},{"IP":"::2"}]: may specify no more than ...'],
        ),
        (
            {},
            {},
            {"hostIP": "10.0.0.1", "hostIPs": [{"ip": "10.0.0.2"}]},
            ['hostIPs[0].ip: Invalid value: "10.0.0.2": must be equal to `hostIP`'],
        ),
        (
            {},
            {},
            {"hostIPs": [{"ip": "010.0.0.1"}], "hostIP": "010.0.0.1"},
            ['hostIPs[0]: Invalid value: "010.0.0.1": must not have leading 0s'],
        ),
        (
            CLAIMS,
            {},
            {"resourceClaimStatuses": [{"name": "c", "resourceClaimName": "A"}, {"name": "c"}, {"name": "d"}]},
            [
                'resourceClaimStatuses[0].name: Invalid value: "A": a lowercase RFC 1123 subdomain must consist ...',
                'resourceClaimStatuses[1].name: Duplicate value: "c"',
                'resourceClaimStatuses[2].name: Invalid value: "d": must match the name of an entry in ...',
            ],
        ),
        (
            {},
            {},
            {"extendedResourceClaimStatus": {"requestMappings": [], "resourceClaimName": ""}},
            [
                "extendedResourceClaimStatus.requestMappings: Required value: at least one request mapping is ...",
                "extendedResourceClaimStatus.resourceClaimName: Required value",
            ],
        ),
        (
            {},
            {},
            {
                "extendedResourceClaimStatus": {
                    "requestMappings": [
                        {"containerName": "b", "resourceName": "r", "requestName": "A"},
                        {"containerName": "app", "resourceName": "example.com/r", "requestName": "a"},
                    ],
                    "resourceClaimName": "x",
                }
            },
            [
                'extendedResourceClaimStatus.requestMappings[0].containerName: Invalid value: "b": must match ...',
                'extendedResourceClaimStatus.requestName: Invalid value: "A": a lowercase RFC 1123 label must ...',
                'extendedResourceClaimStatus.requestMappings[1].resourceName: Invalid value: "example.com/r": ...',
            ],
        ),
        (
            {},
            {},
            {
                "containerStatuses": [
                    {"name": "app", "user": {"linux": {"uid": -1, "gid": -1, "supplementalGroups": [-1]}}}
                ]
            },
            [
                "containerStatuses[0].user.linux.uid: Invalid value: -1: must be between 0 and 2147483647, inclusive",
                "containerStatuses[0].user.linux.gid: Invalid value: -1: must be between 0 and 2147483647, inclusive",
                "containerStatuses[0].user.linux.supplementalGroups[0]: Invalid value: -1: must be between 0 ...",
            ],
        ),
        (
            {"os": {"name": "windows"}},
            {},
            {"containerStatuses": [{"name": "app", "user": {"linux": {"uid": 1, "gid": 1}}}]},
            ["containerStatuses[0].user.linux: Forbidden: cannot be set for a windows pod"],
        ),
        (
            {},
            {},
            {
                "containerStatuses": [
                    {
                        "name": "app",
                        "allocatedResourcesStatus": [
                            {
                                "name": "example.com/gpu",
                                "resources": [
                                    {"resourceID": "a", "health": "Odd"},
                                    {"resourceID": "a", "health": "Healthy"},
                                ],
                            }
                        ],
                    }
                ]
            },
            [
                'containerStatuses[0].allocatedResourcesStatus[0].name: Invalid value: "example.com/gpu": must ...',
                "containerStatuses[0].allocatedResourcesStatus[0].resources[0].health: Unsupported value: ...",
                'containerStatuses[0].allocatedResourcesStatus[0].resources[1].resourceID: Duplicate value: "a"',
            ],
        ),
        (
            {},
            {},
            {"containerStatuses": [{"name": "app", "allocatedResourcesStatus": [{"name": "claim:c"}]}]},
            ['containerStatuses[0].allocatedResourcesStatus[0].name: Invalid value: "claim:c": must match ...'],
        ),
        (
            {},
            {},
            {"ephemeralContainerStatuses": [{"name": "d", "allocatedResourcesStatus": [{"name": "claim:c"}]}]},
            ["ephemeralContainerStatuses[0].allocatedResourcesStatus: Forbidden: must not be specified in ..."],
        ),
    ],
)
def test_statuses_that_are_refused(
    spec: harness.Patch, before: harness.Patch, after: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(written(make, spec, before, after), expected)


def test_an_address_that_was_there_stays_good(make: harness.Maker) -> None:
    assert not written(make, {}, {"podIP": "010.0.0.1"}, {"podIP": "010.0.0.1", "phase": "Running"})
    assert not written(make, {}, {}, {"podIPs": [{"ip": "10.0.0.1"}, {"ip": "::1"}], "podIP": "10.0.0.1"})


@pytest.mark.parametrize(
    "kind, spec, again",
    [
        ("containers", ending("containers", {}, restartPolicy="Always"), True),
        ("containers", ending("containers", {}, restartPolicy="OnFailure"), True),
        ("containers", ending("containers", {}, restartPolicy="Never"), False),
        ("containers", ending("containers", {"restartPolicy": "Always"}, restartPolicy="Never"), True),
        ("containers", ending("containers", {"restartPolicy": "Never"}, restartPolicy="Always"), False),
        ("containers", ending("containers", {"restartPolicy": "Never", "restartPolicyRules": [
            {"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}]}, restartPolicy="Never"), True),
        ("containers", ending("containers", {"restartPolicy": "Never", "restartPolicyRules": [
            {"action": "Restart", "exitCodes": {"operator": "NotIn", "values": [1]}}]}, restartPolicy="Never"), False),
        ("containers", {}, False),
        ("initContainers", ending("initContainers", {}, restartPolicy="Never"), False),
        ("initContainers", ending("initContainers", {}, restartPolicy="OnFailure"), True),
        ("initContainers", ending("initContainers", {"restartPolicy": "Always"}, restartPolicy="Never"), True),
        ("ephemeralContainers", {"restartPolicy": "Always"}, False),
    ],
)  # fmt: skip
def test_a_container_that_has_ended_runs_only_where_it_is_started_again(
    kind: str, spec: harness.Patch, again: bool, make: harness.Maker
) -> None:
    field = f"{kind.removesuffix('s')}Statuses"
    before, after = ({field: [{"name": "x", "state": state}]} for state in (ENDED, RUNNING))
    refused = f"{field}[0].state: Forbidden: may not be transitioned to non-terminated state"
    assert written(make, spec, before, after) == ([] if again else [refused])
    assert not written(make, spec, before, {field: []})


def test_the_node_of_a_pod_is_not_changed_by_its_status(make: harness.Maker) -> None:
    old = make.minimal("v1/Pod", {"spec": {"nodeName": "a"}})
    new = make.changed(old, {"spec": {"nodeName": "b"}})
    assert harness.texts(podstatus.validate(new, old)) == ["status.nodeName: Forbidden: may not be changed directly"]


@pytest.mark.parametrize(
    "spec, expected",
    [
        (
            {"nodeSelector": {"beta.kubernetes.io/os": "linux"}},
            ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
        ),
        (
            {
                "affinity": {
                    "nodeAffinity": {
                        "requiredDuringSchedulingIgnoredDuringExecution": {
                            "nodeSelectorTerms": [
                                {
                                    "matchExpressions": [
                                        {"key": "failure-domain.beta.kubernetes.io/zone", "operator": "Exists"}
                                    ]
                                }
                            ]
                        }
                    }
                }
            },
            ["spec.affinity.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: ..."],
        ),
        (
            {
                "affinity": {
                    "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "zone"}]}
                }
            },
            ["spec.affinity.podAffinity.required[0].labelSelector: a null labelSelector results in matching ..."],
        ),
        (
            {
                "topologySpreadConstraints": [
                    {"topologyKey": "zone", "maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway"}
                ]
            },
            ["spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod"],
        ),
        (
            {
                "volumes": [
                    {"name": "v", "gitRepo": {"repository": "a"}},
                    {"name": "w", "rbd": {"monitors": ["a"], "image": "b"}},
                ]
            },
            [
                "spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+",
                "spec.volumes[1].rbd: deprecated in v1.28, non-functional in v1.31+",
            ],
        ),
        (
            {
                "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a"]}, {"ip": "10.0.0.1", "hostnames": ["b"]}],
                "imagePullSecrets": [{"name": ""}, {"name": "a"}, {"name": "a"}],
            },
            [
                'spec.hostAliases[1].ip: duplicate ip "10.0.0.1"',
                'spec.imagePullSecrets[2].name: duplicate name "a"',
                'spec.imagePullSecrets[0].name: invalid empty name ""',
            ],
        ),
        (
            {"overhead": {"memory": "100m"}},
            ['spec.overhead[memory]: fractional byte value "100m" is invalid, must be an integer'],
        ),
        (
            harness.containers(
                {"resources": {"limits": {"memory": "100m"}, "requests": {"ephemeral-storage": "1500m"}}}
            ),
            [
                'spec.containers[0].resources.limits[memory]: fractional byte value "100m" is invalid, must be ...',
                'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must ...',
                'spec.containers[0].resources.requests[ephemeral-storage]: fractional byte value "1500m" is ...',
            ],
        ),
        (
            harness.containers(
                {"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}, {"name": "A", "value": "$(A)3"}]}
            ),
            ['spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply'],
        ),
        (
            harness.containers({"ports": [{"containerPort": 80}, {"containerPort": 80, "name": "http"}]}),
            ["spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]"],
        ),
        (
            harness.containers({"ports": [{"containerPort": 80}]}, {"name": "b", "ports": [{"containerPort": 80}]}),
            ["spec.containers[1].ports[0]: duplicate port definition with spec.containers[0].ports[0]"],
        ),
        (
            {
                "hostAliases": [{"ip": "2001:DB8::1", "hostnames": ["a"]}],
                "dnsConfig": {"nameservers": ["2001:db8:0::1"]},
            },
            [
                'spec.dnsConfig.nameservers[0]: IPv6 address "2001:db8:0::1" should be in RFC 5952 canonical ...',
                'spec.hostAliases[0].ip: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ...',
            ],
        ),
        (harness.containers({"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "$(A)2"}]}), []),
    ],
)
def test_warnings_about_pods(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(warned(make, spec), expected)


def test_warnings_about_annotations(make: harness.Maker) -> None:
    annotations = {
        "scheduler.alpha.kubernetes.io/critical-pod": "",
        "seccomp.security.alpha.kubernetes.io/pod": "runtime/default",
        "container.seccomp.security.alpha.kubernetes.io/app": "runtime/default",
    }
    pod = make.minimal("v1/Pod", {"metadata": {"annotations": annotations}})
    assert list(podwarnings.of_pod(pod)) == [
        "metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "
        '"priorityClassName" field instead',
        "metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "
        '"seccompProfile" field instead',
        "metadata.annotations[container.seccomp.security.alpha.kubernetes.io/app]: non-functional in v1.27+; use the "
        '"seccompProfile" field instead',
    ]


@pytest.mark.parametrize(
    "whole, warned_of",
    [({}, True), ({"appArmorProfile": {"type": "Unconfined"}}, True),
     ({"appArmorProfile": {"type": "RuntimeDefault"}}, False)],
)  # fmt: skip
def test_templates_name_profiles_of_apparmor_in_fields(
    whole: harness.Patch, warned_of: bool, make: harness.Maker
) -> None:
    annotations = {"container.apparmor.security.beta.kubernetes.io/app": "runtime/default"}
    template = {"metadata": {"annotations": annotations}, "spec": {"securityContext": whole}}
    deployment = make.minimal("apps/v1/Deployment", {"spec": {"template": template}})
    text = (
        "spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/app]: "
        'deprecated since v1.30; use the "appArmorProfile" field instead'
    )
    assert list(workloadwarnings.of_replicas(deployment)) == ([text] if warned_of else [])


def test_templates_are_warned_about_where_they_stand(make: harness.Maker) -> None:
    spec = {"template": {"spec": {"nodeSelector": {"beta.kubernetes.io/arch": "x"}}}}
    deployment = make.minimal("apps/v1/Deployment", {"spec": spec})
    at = "spec.template.spec.nodeSelector[beta.kubernetes.io/arch]"
    text = f'{at}: deprecated since v1.14; use "kubernetes.io/arch" instead'
    assert list(workloadwarnings.of_replicas(deployment)) == [text]
    assert not list(workloadwarnings.of_replicas(deployment, deployment))
    before = {**deployment, "metadata": {**deployment["metadata"], "generation": 1}}
    after = {**deployment, "metadata": {**deployment["metadata"], "generation": 2}}
    assert list(workloadwarnings.of_replicas(after, before)) == [text]


@pytest.mark.parametrize(
    "kind, expected",
    [
        ("v1/Pod", "this is used in the Pod's hostname, which can result in surprising behavior"),
        ("apps/v1/Deployment", "this is used in Pod names and hostnames, which can result in surprising behavior"),
        ("apps/v1/ReplicaSet", "this is used in Pod names and hostnames, which can result in surprising behavior"),
        ("batch/v1/Job", "this is used in Pod names and hostnames, which can result in surprising behavior"),
        ("batch/v1/CronJob", "this is used in Pod names and hostnames, which can result in surprising behavior"),
    ],
)
def test_names_that_are_no_host_names_are_warned_about(kind: str, expected: str, make: harness.Maker) -> None:
    checks = {
        "v1/Pod": workloadwarnings.of_pod,
        "batch/v1/Job": workloadwarnings.of_job,
        "batch/v1/CronJob": workloadwarnings.of_cron_job,
    }
    obj = make.minimal(kind, {"metadata": {"name": "a.b"}})
    found = list(checks.get(kind, workloadwarnings.of_replicas)(obj))
    assert len(found) == 1
    assert found[0].startswith(f"metadata.name: {expected}; a DNS label is recommended: [must not contain dots]")
    assert not list(checks.get(kind, workloadwarnings.of_replicas)(obj, obj))
