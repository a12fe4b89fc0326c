"""What containers ask for: resources, claims for devices, mounts and block devices."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.coreapi.validation import pods
from tests.unit.coreapi import harness

CLAIM = {"name": "claim", "persistentVolumeClaim": {"claimName": "c"}}
EMPTY = {"name": "empty", "emptyDir": {}}


def wrong(make: harness.Maker, container: harness.Patch, **spec: Any) -> list[str]:
    body = {"spec": {**harness.containers(container), **spec}}
    found = harness.texts(pods.validate_pod(make.minimal("v1/Pod", body)))
    return [text.removeprefix("spec.containers[0].") for text in found]


@pytest.mark.parametrize(
    "resources, expected",
    [
        (
            {"limits": {"cpu": "-1"}},
            [
                'resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
                'resources.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0',
            ],
        ),
        (
            {"limits": {"odd": "1"}},
            [
                'resources.limits[odd]: Invalid value: "odd": must be a standard resource type or fully qualified',
                'resources.limits[odd]: Invalid value: "odd": must be a standard resource for containers',
                'resources.requests[odd]: Invalid value: "odd": must be a standard resource type or fully qualified',
                'resources.requests[odd]: Invalid value: "odd": must be a standard resource for containers',
            ],
        ),
        (
            {"limits": {"pods": "1.5"}},
            [
                'resources.limits[pods]: Invalid value: "pods": must be a standard resource for containers',
                'resources.limits[pods]: Invalid value: "1500m": must be an integer',
                'resources.requests[pods]: Invalid value: "pods": must be a standard resource for containers',
                'resources.requests[pods]: Invalid value: "1500m": must be an integer',
            ],
        ),
        (
            {"limits": {"a b": "1"}},
            [
                'resources.limits[a b]: Invalid value: "a b": name part must consist of alphanumeric ...',
                'resources.limits[a b]: Invalid value: "a b": must be a standard resource for containers',
                'resources.requests[a b]: Invalid value: "a b": name part must consist of alphanumeric ...',
                'resources.requests[a b]: Invalid value: "a b": must be a standard resource for containers',
            ],
        ),
        (
            {"limits": {"/": "1"}},
            [
                'resources.limits[/]: Invalid value: "/": prefix part must be non-empty',
                'resources.limits[/]: Invalid value: "/": name part must be non-empty',
                'resources.limits[/]: Invalid value: "/": name part must consist of alphanumeric characters, ...',
                'resources.limits[/]: Invalid value: "/": doesn\'t follow extended resource name standard',
                'resources.requests[/]: Invalid value: "/": prefix part must be non-empty',
                'resources.requests[/]: Invalid value: "/": name part must be non-empty',
                'resources.requests[/]: Invalid value: "/": name part must consist of alphanumeric characters, ...',
                'resources.requests[/]: Invalid value: "/": doesn\'t follow extended resource name standard',
            ],
        ),
        (
            {"limits": {"example.com/gpu": "1.5"}},
            [
                'resources.limits[example.com/gpu]: Invalid value: "1500m": must be an integer',
                'resources.requests[example.com/gpu]: Invalid value: "1500m": must be an integer',
            ],
        ),
        (
            {"limits": {"requests.example.com/gpu": "1"}},
            [
                'resources.limits[requests.example.com/gpu]: Invalid value: "requests.example.com/gpu": doesn\'t ...',
                'resources.requests[requests.example.com/gpu]: Invalid value: "requests.example.com/gpu": ...',
            ],
        ),
        (
            {"requests": {"example.com/gpu": "1"}},
            ["resources.limits: Required value: Limit must be set for non overcommitable resources"],
        ),
        (
            {"limits": {"cpu": "1"}, "requests": {"cpu": "2"}},
            ['resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
        ),
        (
            {"limits": {"example.com/gpu": "2"}, "requests": {"example.com/gpu": "1"}},
            ['resources.requests: Invalid value: "1": must be equal to example.com/gpu limit of 2'],
        ),
        ({"limits": {"hugepages-2Mi": "2Mi"}}, ["resources: Forbidden: HugePages require cpu or memory"]),
        (
            {"limits": {"hugepages-2Mi": "3Mi", "cpu": "1"}},
            [
                'resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of ...',
                'resources.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple ...',
            ],
        ),
        (
            {"limits": {"hugepages-0": "3Mi", "cpu": "1"}},
            [
                'resources.limits[hugepages-0]: Invalid value: "3Mi": 3Mi is not positive integer multiple of ...',
                'resources.requests[hugepages-0]: Invalid value: "3Mi": 3Mi is not positive integer multiple of ...',
            ],
        ),
    ],
)
def test_resources_that_are_wrong(resources: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, {"resources": resources}), expected)


def test_amounts_are_compared_as_numbers(make: harness.Maker) -> None:
    limits = {"memory": "1Gi", "example.com/gpu": "1000m", "cpu": "1"}
    requests = {"memory": "1024Mi", "example.com/gpu": "1", "cpu": "1000m"}
    assert not wrong(make, {"resources": {"limits": limits, "requests": requests}})


@pytest.mark.parametrize(
    "wanted, claims, expected",
    [
        ([{"name": ""}], [], ["resources.claims[0]: Required value"]),
        (
            [{"name": "a"}],
            [],
            ['resources.claims[0]: Not found: "a": must be one of the names in pod.spec.resourceClaims which ...'],
        ),
        (
            [{"name": "a"}],
            [{"name": "c", "resourceClaimName": "x"}, {"name": "b", "resourceClaimName": "x"}],
            ['resources.claims[0]: Not found: "a": must be one of the names in pod.spec.resourceClaims: b, c'],
        ),
        (
            [{"name": "a"}, {"name": "a"}],
            [{"name": "a", "resourceClaimName": "x"}],
            ['resources.claims[1]: Duplicate value: "a"'],
        ),
        (
            [{"name": "a", "request": "r"}, {"name": "a", "request": "r"}],
            [{"name": "a", "resourceClaimName": "x"}],
            ['resources.claims[1]: Duplicate value: "a/r"'],
        ),
        (
            [{"name": "a", "request": "r"}, {"name": "a"}],
            [{"name": "a", "resourceClaimName": "x"}],
            ['resources.claims[1]: Duplicate value: "a"'],
        ),
        (
            [{"name": "a", "request": "R"}],
            [{"name": "a", "resourceClaimName": "x"}],
            ['resources.claims[0].request: Invalid value: "R": a lowercase RFC 1123 label must consist of ...'],
        ),
        (
            [],
            [{"name": "a"}, {"name": "a", "resourceClaimName": "x"}],
            ["spec.resourceClaims[0]: Invalid value: ...", 'spec.resourceClaims[1].name: Duplicate value: "a"'],
        ),
        (
            [],
            [{"name": "A", "resourceClaimName": "x"}, {"name": "b", "resourceClaimName": "X"}],
            [
                'spec.resourceClaims[0].name: Invalid value: "A": a lowercase RFC 1123 label must consist of ...',
                'spec.resourceClaims[1].resourceClaimName: Invalid value: "X": a lowercase RFC 1123 subdomain ...',
            ],
        ),
        (
            [],
            [{"name": "a", "resourceClaimName": "x", "resourceClaimTemplateName": "y"}],
            ["spec.resourceClaims[0]: Invalid value: ..."],
        ),
    ],
)
def test_claims_for_devices_that_are_wrong(
    wanted: list[harness.Patch], claims: list[harness.Patch], expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(wrong(make, {"resources": {"claims": wanted}}, resourceClaims=claims), expected)


@pytest.mark.parametrize(
    "policies, restart, expected",
    [
        (
            [{"resourceName": "disk", "restartPolicy": "Sometimes"}],
            "Always",
            [
                'resizePolicy: Unsupported value: "disk": supported values: "cpu", "memory"',
                'resizePolicy: Unsupported value: "Sometimes": supported values: "NotRequired", "RestartContainer"',
            ],
        ),
        (
            [
                {"resourceName": "cpu", "restartPolicy": "NotRequired"},
                {"resourceName": "cpu", "restartPolicy": "NotRequired"},
            ],
            "Always",
            ['resizePolicy[1]: Duplicate value: "cpu"'],
        ),
        (
            [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}],
            "Never",
            ["resizePolicy: Invalid value: \"RestartContainer\": must be 'NotRequired' when `restartPolicy` is ..."],
        ),
        (
            [{"resourceName": "", "restartPolicy": ""}],
            "Always",
            ["resizePolicy: Required value", "resizePolicy: Required value"],
        ),
    ],
)
def test_resize_policies_that_are_wrong(
    policies: list[harness.Patch], restart: str, expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(wrong(make, {"resizePolicy": policies}, restartPolicy=restart), expected)


@pytest.mark.parametrize(
    "whole, container, expected",
    [
        (
            {"limits": {"ephemeral-storage": "1"}},
            {},
            ['spec.resources.limits[ephemeral-storage]: Unsupported value: "ephemeral-storage": supported ...'],
        ),
        (
            {"requests": {"cpu": "1"}},
            {"resources": {"requests": {"cpu": "2"}}},
            ['spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate ...'],
        ),
        (
            {"limits": {"cpu": "1"}},
            {"resources": {"limits": {"cpu": "2"}, "requests": {"cpu": "1"}}},
            ['spec.resources.containers[0][cpu].limits: Invalid value: "2": must be less than or equal to ...'],
        ),
        (
            {"limits": {"cpu": "1"}, "requests": {"cpu": "2"}},
            {},
            ['spec.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
        ),
        (
            {"claims": [{"name": "a"}]},
            {},
            [
                "spec.resources.claims: Forbidden: claims may not be set for Resources at pod-level",
                'spec.resources.claims[0]: Not found: "a": must be one of the names in pod.spec.resourceClaims ...',
            ],
        ),
    ],
)
def test_resources_of_whole_pods_that_are_wrong(
    whole: harness.Patch, container: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(wrong(make, container, resources=whole), expected)


@pytest.mark.parametrize(
    "mount, expected",
    [
        (
            {"name": "", "mountPath": ""},
            [
                "volumeMounts[0].name: Required value",
                'volumeMounts[0].name: Not found: ""',
                "volumeMounts[0].mountPath: Required value",
            ],
        ),
        ({"name": "other", "mountPath": "/a"}, ['volumeMounts[0].name: Not found: "other"']),
        (
            {"name": "empty", "mountPath": "/a", "subPath": "/b"},
            ['volumeMounts.subPath: Invalid value: "/b": must be a relative path'],
        ),
        (
            {"name": "empty", "mountPath": "/a", "subPath": "../b"},
            ["volumeMounts.subPath: Invalid value: \"../b\": must not contain '..'"],
        ),
        (
            {"name": "empty", "mountPath": "/a", "subPath": "b", "subPathExpr": "$(B)"},
            ['volumeMounts[0].subPathExpr: Invalid value: "$(B)": subPathExpr and subPath are mutually exclusive'],
        ),
        (
            {"name": "empty", "mountPath": "/a", "subPathExpr": "/$(B)"},
            ['volumeMounts.subPathExpr: Invalid value: "/$(B)": must be a relative path'],
        ),
        (
            {"name": "empty", "mountPath": "/a", "mountPropagation": "Odd"},
            ['volumeMounts.mountPropagation: Unsupported value: "Odd": supported values: "Bidirectional", ...'],
        ),
        (
            {"name": "empty", "mountPath": "/a", "mountPropagation": "Bidirectional"},
            ["volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to ..."],
        ),
        (
            {"name": "empty", "mountPath": "/a", "recursiveReadOnly": "Odd"},
            ['volumeMounts.recursiveReadOnly: Unsupported value: "Odd": supported values: "Disabled", ...'],
        ),
        (
            {"name": "empty", "mountPath": "/a", "recursiveReadOnly": "Enabled", "mountPropagation": "HostToContainer"},
            [
                "volumeMounts.recursiveReadOnly: Forbidden: may only be specified when readOnly is true",
                "volumeMounts.recursiveReadOnly: Forbidden: may only be specified when mountPropagation is None ...",
            ],
        ),
    ],
)
def test_mounts_that_are_wrong(mount: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, {"volumeMounts": [mount]}, volumes=[EMPTY, CLAIM]), expected)


@pytest.mark.parametrize(
    "mounts, devices, expected",
    [
        (
            [{"name": "empty", "mountPath": "/a"}, {"name": "claim", "mountPath": "/a"}],
            [],
            ['volumeMounts[1].mountPath: Invalid value: "/a": must be unique'],
        ),
        (
            [{"name": "claim", "mountPath": "/a"}],
            [{"name": "claim", "devicePath": "/a"}],
            [
                'volumeMounts[0].name: Invalid value: "claim": must not already exist in volumeDevices',
                'volumeMounts[0].mountPath: Invalid value: "/a": must not already exist as a path in volumeDevices',
                'volumeDevices[0].name: Invalid value: "claim": must not already exist in volumeMounts',
                'volumeDevices[0].devicePath: Invalid value: "/a": must not already exist as a path in volumeMounts',
            ],
        ),
        (
            [],
            [{"name": "empty", "devicePath": "/a"}],
            ['volumeDevices[0].name: Invalid value: "empty": can only use volume source type of ...'],
        ),
        (
            [],
            [{"name": "", "devicePath": ""}],
            [
                "volumeDevices[0].name: Required value",
                'volumeDevices[0].name: Not found: ""',
                "volumeDevices[0].devicePath: Required value",
            ],
        ),
        (
            [],
            [{"name": "claim", "devicePath": "/a"}, {"name": "claim", "devicePath": "/a"}],
            [
                'volumeDevices[1].name: Invalid value: "claim": must be unique',
                'volumeDevices[1].devicePath: Invalid value: "/a": must be unique',
            ],
        ),
        (
            [],
            [{"name": "claim", "devicePath": "/a/../b"}],
            ["volumeDevices[0].devicePath: Invalid value: \"/a/../b\": can not contain backsteps ('..')"],
        ),
    ],
)
def test_mounts_and_devices_that_meet(
    mounts: list[harness.Patch], devices: list[harness.Patch], expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(
        wrong(make, {"volumeMounts": mounts, "volumeDevices": devices}, volumes=[EMPTY, CLAIM]), expected
    )
