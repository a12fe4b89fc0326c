"""What pods may do on their nodes, and what annotations say of that."""

from __future__ import annotations

import pytest

from kroute.coreapi.validation import pods
from tests.unit.coreapi import harness


def wrong(make: harness.Maker, spec: harness.Patch) -> list[str]:
    found = harness.texts(pods.validate_pod(make.minimal("v1/Pod", {"spec": spec})))
    return [text.removeprefix("spec.") for text in found]


@pytest.mark.parametrize(
    "context, expected",
    [
        (
            {"fsGroup": -1, "runAsUser": -1, "runAsGroup": -1, "supplementalGroups": [1, -1]},
            [
                "securityContext.fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive",
                "securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive",
                "securityContext.runAsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive",
                "securityContext.supplementalGroups[1]: Invalid value: -1: must be between 0 and 2147483647, ...",
            ],
        ),
        (
            {
                "sysctls": [
                    {"name": "a", "value": "b"},
                    {"name": "a", "value": "b"},
                    {"name": "A b", "value": ""},
                    {"name": ""},
                ]
            },
            [
                'securityContext.sysctls[1].name: Duplicate value: "a"',
                'securityContext.sysctls[2].name: Invalid value: "A b": must have at most 253 characters and ...',
                "securityContext.sysctls[3].name: Required value",
            ],
        ),
        (
            {"fsGroupChangePolicy": "Odd", "supplementalGroupsPolicy": "Odd", "seLinuxChangePolicy": "Odd"},
            [
                'securityContext.fsGroupChangePolicy: Unsupported value: "Odd": supported values: "Always", ...',
                'securityContext.supplementalGroupsPolicy: Unsupported value: "Odd": supported values: "Merge", ...',
                'securityContext.seLinuxChangePolicy: Unsupported value: "Odd": supported values: ...',
            ],
        ),
        (
            {"seccompProfile": {"type": "Odd"}},
            ['securityContext.seccompProfile.type: Unsupported value: "Odd": supported values: "Localhost", ...'],
        ),
        (
            {"seccompProfile": {"type": "Localhost"}},
            ["securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type ..."],
        ),
        (
            {"seccompProfile": {"type": "Localhost", "localhostProfile": "/a"}},
            ['securityContext.seccompProfile.localhostProfile: Invalid value: "/a": must be a relative path'],
        ),
        (
            {"seccompProfile": {"type": "RuntimeDefault", "localhostProfile": "a"}},
            ["securityContext.seccompProfile.localhostProfile: Invalid value: ..."],
        ),
        (
            {"appArmorProfile": {"type": "Localhost", "localhostProfile": " "}},
            ['securityContext.appArmorProfile.localhostProfile: Invalid value: " ": must not be padded with ...'],
        ),
        (
            {"appArmorProfile": {"type": "Odd"}},
            ['securityContext.appArmorProfile.type: Unsupported value: "Odd": supported values: "Localhost", ...'],
        ),
        (
            {"windowsOptions": {"gmsaCredentialSpecName": "A_", "gmsaCredentialSpec": "", "runAsUserName": ""}},
            [
                'securityContext.windowsOptions.gmsaCredentialSpecName: Invalid value: "A_": a lowercase RFC ...',
                'securityContext.windowsOptions.gmsaCredentialSpec: Invalid value: "": gmsaCredentialSpec ...',
                'securityContext.windowsOptions.runAsUserName: Invalid value: "": runAsUserName cannot be an ...',
            ],
        ),
    ],
)
def test_security_contexts_of_pods_that_are_wrong(
    context: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(wrong(make, {"securityContext": context}), expected)


@pytest.mark.parametrize(
    "context, expected",
    [
        (
            {"runAsUser": -1, "runAsGroup": -1},
            [
                "containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, ...",
                "containers[0].securityContext.runAsGroup: Invalid value: -1: must be between 0 and 2147483647, ...",
            ],
        ),
        (
            {"procMount": "Odd"},
            ['containers[0].securityContext.procMount: Unsupported value: "Odd": supported values: ...'],
        ),
        (
            {"procMount": "Unmasked"},
            ['containers[0].securityContext.procMount: Invalid value: "Unmasked": `hostUsers` must be false ...'],
        ),
        (
            {"privileged": True, "allowPrivilegeEscalation": False},
            ["containers[0].securityContext: Invalid value: ..."],
        ),
        (
            {"capabilities": {"add": ["CAP_SYS_ADMIN"]}, "allowPrivilegeEscalation": False},
            ["containers[0].securityContext: Invalid value: ..."],
        ),
        (
            {
                "seccompProfile": {"type": "Localhost"},
                "appArmorProfile": {"type": "Unconfined", "localhostProfile": "a"},
            },
            [
                "containers[0].securityContext.seccompProfile.localhostProfile: Required value: must be set ...",
                'containers[0].securityContext.appArmorProfile.localhostProfile: Invalid value: "a": can only ...',
            ],
        ),
    ],
)
def test_security_contexts_of_containers_that_are_wrong(
    context: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(wrong(make, harness.containers({"securityContext": context})), expected)


@pytest.mark.parametrize(
    "spec, expected",
    [
        (
            {"hostUsers": False, "hostNetwork": True, "hostPID": True, "hostIPC": True},
            [
                "hostNetwork: Forbidden: when `hostUsers` is false",
                "HostPID: Forbidden: when `hostUsers` is false",
                "HostIPC: Forbidden: when `hostUsers` is false",
            ],
        ),
        (
            {"hostPID": True, "shareProcessNamespace": True},
            ["securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID ..."],
        ),
        ({"os": {"name": "plan9"}}, ['os: Unsupported value: "plan9": supported values: "linux", "windows"']),
        ({"os": {"name": ""}}, ["os.name: Required value"]),
        (
            {"os": {"name": "linux"}, "securityContext": {"windowsOptions": {"runAsUserName": "a"}}},
            ["securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod"],
        ),
        (
            {"os": {"name": "windows"}, "hostPID": True, "securityContext": {"runAsUser": 1}},
            [
                "hostPID: Forbidden: cannot be set for a windows pod",
                "securityContext.runAsUser: Forbidden: cannot be set for a windows pod",
            ],
        ),
        (
            {"securityContext": {"windowsOptions": {"hostProcess": True}}},
            ["hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess ..."],
        ),
    ],
)
def test_pods_on_hosts_that_are_wrong(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, spec), expected)


@pytest.mark.parametrize(
    "annotations, expected",
    [
        (
            {"kubernetes.io/config.mirror": "x"},
            ['metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "x": must set spec.nodeName ...'],
        ),
        (
            {"scheduler.alpha.kubernetes.io/tolerations": "{"},
            ['metadata.annotations: Invalid value: "scheduler.alpha.kubernetes.io/tolerations": unexpected ...'],
        ),
        (
            {"scheduler.alpha.kubernetes.io/tolerations": "{}"},
            ['metadata.annotations: Invalid value: "scheduler.alpha.kubernetes.io/tolerations": json: cannot ...'],
        ),
        (
            {"scheduler.alpha.kubernetes.io/tolerations": "[1]"},
            ['metadata.annotations: Invalid value: "scheduler.alpha.kubernetes.io/tolerations": json: cannot ...'],
        ),
        (
            {"scheduler.alpha.kubernetes.io/tolerations": '[{"key": 1}]'},
            ['metadata.annotations: Invalid value: "scheduler.alpha.kubernetes.io/tolerations": json: cannot ...'],
        ),
        (
            {"scheduler.alpha.kubernetes.io/tolerations": '[null, {"Key": "a", "OPERATOR": "Odd"}]'},
            [
                'metadata.annotations.scheduler.alpha.kubernetes.io/tolerations[0].operator: Invalid value: "": ...',
                "metadata.annotations.scheduler.alpha.kubernetes.io/tolerations[1].operator: Unsupported value: ...",
            ],
        ),
        (
            {"controller.kubernetes.io/pod-deletion-cost": "+1"},
            ['metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "+1": must be ...'],
        ),
        (
            {"seccomp.security.alpha.kubernetes.io/pod": "odd"},
            ['metadata.annotations.seccomp.security.alpha.kubernetes.io/pod: Invalid value: "odd": must be a ...'],
        ),
        (
            {"container.apparmor.security.beta.kubernetes.io/other": "runtime/default"},
            ["metadata.annotations[container.apparmor.security.beta.kubernetes.io/other]: Invalid value: ..."],
        ),
        (
            {"container.apparmor.security.beta.kubernetes.io/app": "odd"},
            ["metadata.annotations[container.apparmor.security.beta.kubernetes.io/app]: Invalid value: ..."],
        ),
    ],
)
def test_annotations_that_are_wrong(annotations: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(
        harness.texts(pods.validate_pod(make.minimal("v1/Pod", {"metadata": {"annotations": annotations}}))), expected
    )
