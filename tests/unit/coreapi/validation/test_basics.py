"""Config maps, secrets, leases, namespaces, nodes, priority classes, quotas and limit ranges."""

from __future__ import annotations

import base64

import pytest

from kroute.coreapi.validation import (
    basics,
    configs,
    leases,
    limitranges,
    namespaces,
    nodes,
    priorityclasses,
    quotas,
)
from tests.unit.coreapi import harness

CONFIG, SECRET, NODE = "v1/ConfigMap", "v1/Secret", "v1/Node"
QUOTA, LIMITS = "v1/ResourceQuota", "v1/LimitRange"
PRIORITY = "scheduling.k8s.io/v1/PriorityClass"
FROZEN = "Forbidden: field is immutable when `immutable` is set"
SCOPED = "spec.scopeSelector.matchExpressions"


def named(make: harness.Maker, kind: str, body: harness.Patch) -> harness.Object:
    return make(kind, {"metadata": {"name": "x"}, **body})


def base64ed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "body, expected",
    [
        ({"data": {"a b": "1"}}, ['data[a b]: Invalid value: "a b": a valid config key must ...']),
        ({"data": {"..": "1"}}, ["data[..]: Invalid value: \"..\": must not be '..'"]),
        ({"binaryData": {"": ""}}, ['binaryData[]: Invalid value: "": a valid config key must ...']),
        (
            {"data": {"k": "1"}, "binaryData": {"k": ""}},
            ['data[k]: Invalid value: "k": duplicate of key present in binaryData'],
        ),
        ({"data": {"k": "ä" * 2**19 + "."}}, ["Too long: may not be more than 1048576 bytes"]),
        ({"binaryData": {"k": base64ed("x" * (2**20 + 1))}}, ["Too long: may not be more than 1048576 bytes"]),
        ({"data": {"k": "x" * 2**20}}, []),
    ],
)
def test_a_config_map_is_refused(make: harness.Maker, body: harness.Patch, expected: list[str]) -> None:
    found = harness.texts(configs.validate_config_map(named(make, CONFIG, body)))
    assert harness.said([text.removeprefix(": ") for text in found], expected)


@pytest.mark.parametrize(
    "patch, expected",
    [
        ({"data": {"k": "w"}}, [f"data: {FROZEN}"]),
        ({"binaryData": None}, [f"binaryData: {FROZEN}"]),
        ({"immutable": False, "data": None}, [f"immutable: {FROZEN}", f"data: {FROZEN}"]),
        ({"metadata": {"labels": {"a": "b"}}}, []),
    ],
)
def test_an_immutable_config_map_stays(make: harness.Maker, patch: harness.Patch, expected: list[str]) -> None:
    old = named(make, CONFIG, {"immutable": True, "data": {"k": "v"}, "binaryData": {"b": "AA=="}})
    assert harness.texts(configs.validate_config_map_update(make.changed(old, patch), old)) == expected


@pytest.mark.parametrize(
    "kind, data, expected",
    [
        ("kubernetes.io/tls", {}, ["data[tls.crt]: Required value", "data[tls.key]: Required value"]),
        ("kubernetes.io/tls", {"tls.crt": "", "tls.key": ""}, []),
        ("kubernetes.io/ssh-auth", {"ssh-privatekey": ""}, ["data[ssh-privatekey]: Required value"]),
        ("kubernetes.io/basic-auth", {"x": "y"}, ["data[username]: Required value", "data[password]: Required value"]),
        ("kubernetes.io/basic-auth", {"password": "y"}, []),
        ("kubernetes.io/dockercfg", {}, ["data[.dockercfg]: Required value"]),
        (
            "kubernetes.io/dockerconfigjson",
            {".dockerconfigjson": "{nope"},
            [
                'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": '
                "invalid character 'n' looking for beginning of object key string"
            ],
        ),
        (
            "kubernetes.io/service-account-token",
            {},
            ["metadata.annotations[kubernetes.io/service-account.name]: Required value"],
        ),
        ("example.com/own", {"a b": ""}, ['data[a b]: Invalid value: "a b": a valid config key must ...']),
    ],
)
def test_a_secret_holds_what_its_type_needs(
    make: harness.Maker, kind: str, data: dict[str, str], expected: list[str]
) -> None:
    obj = named(make, SECRET, {"type": kind, "data": {key: base64ed(value) for key, value in data.items()}})
    assert harness.said(harness.texts(configs.validate_secret(obj)), expected)


def test_a_secret_has_bounds_and_keeps_its_type(make: harness.Maker) -> None:
    obj = named(make, SECRET, {"data": {"k": base64ed("x" * (2**20 + 1))}})
    assert harness.texts(configs.validate_secret(obj)) == ["data: Too long: may not be more than 1048576 bytes"]
    old = named(make, SECRET, {"type": "example.com/one", "immutable": True, "data": {"k": "AA=="}})
    changed = make.changed(old, {"type": "example.com/two", "data": {"k": "AQ=="}})
    assert harness.texts(configs.validate_secret_update(changed, old)) == [
        'type: Invalid value: "example.com/two": field is immutable',
        f"data: {FROZEN}",
    ]


def test_a_lease_runs_for_some_time(make: harness.Maker) -> None:
    obj = named(make, "coordination.k8s.io/v1/Lease", {"spec": {"leaseDurationSeconds": 0, "leaseTransitions": -1}})
    assert harness.texts(leases.validate(obj)) == [
        "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
        "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0",
    ]


@pytest.mark.parametrize(
    "phase, deleted, complaint",
    [
        ("Terminating", False, "may only be 'Active' if `deletionTimestamp` is empty"),
        ("Active", True, "may only be 'Terminating' if `deletionTimestamp` is not empty"),
        ("Active", False, ""),
        ("Terminating", True, ""),
    ],
)
def test_the_phase_of_a_namespace_tells_of_its_deletion(
    make: harness.Maker, phase: str, deleted: bool, complaint: str
) -> None:
    metadata = {"name": "x", **({"deletionTimestamp": "2026-01-01T00:00:00Z"} if deleted else {})}
    obj = make("v1/Namespace", {"metadata": metadata, "status": {"phase": phase}})
    wanted = [f'status.Phase: Invalid value: "{phase}": {complaint}'] if complaint else []
    assert harness.texts(namespaces.validate_status(obj, obj)) == wanted


@pytest.mark.parametrize(
    "spec, expected",
    [
        ({"taints": [{"key": "a b", "effect": "NoExecute"}]}, ['metadata.taints[0].key: Invalid value: "a b": ...']),
        (
            {"taints": [{"key": "a", "value": "b c", "effect": "NoExecute"}]},
            ['metadata.taints[0].value: Invalid value: "b c": a valid label must ...'],
        ),
        (
            {"taints": [{"key": "a", "effect": "Never"}]},
            [
                'metadata.taints[0].effect: Unsupported value: "Never": supported values: '
                '"NoSchedule", "PreferNoSchedule", "NoExecute"'
            ],
        ),
        (
            {"taints": [{"key": "a", "effect": "NoExecute"}, {"key": "a", "value": "1", "effect": "NoExecute"}]},
            [
                'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"1","Effect":"NoExecute","TimeAdded":null}: '
                "taints must be unique by key and effect pair"
            ],
        ),
        ({"podCIDR": "10.0.0.300/24"}, ['spec.podCIDRs[0]: Invalid value: "10.0.0.300/24": must be a valid CIDR ...']),
        (
            {"podCIDRs": ["10.1.0.0/24", "10.2.0.0/24"]},
            ['spec.podCIDRs: Invalid value: ["10.1.0.0/24","10.2.0.0/24"]: may specify no more than one CIDR ...'],
        ),
        ({"podCIDRs": ["10.1.0.0/24", "fd00::/64"]}, []),
    ],
)
def test_a_node_is_refused(make: harness.Maker, spec: harness.Patch, expected: list[str]) -> None:
    assert harness.said(harness.texts(nodes.validate(named(make, NODE, {"spec": spec}))), expected)


def test_a_node_keeps_its_range_and_its_provider(make: harness.Maker) -> None:
    old = named(make, NODE, {"spec": {"podCIDR": "10.1.0.0/24", "providerID": "x://1"}})
    changed = make.changed(
        old, {"spec": {"podCIDRs": ["10.2.0.0/24"], "podCIDR": "10.2.0.0/24", "providerID": "x://2"}}
    )
    assert harness.texts(nodes.validate_update(changed, old)) == [
        'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
        'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
    ]


def test_addresses_of_a_node_are_told_apart(make: harness.Maker) -> None:
    addresses = [{"type": "InternalIP", "address": "1.1.1.1"}] * 2
    obj = named(make, NODE, {"status": {"addresses": addresses, "capacity": {"cpu": "-1"}}})
    assert harness.texts(nodes.validate_status_update(obj, obj)) == [
        'status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0',
        'status.allocatable.cpu: Invalid value: "-1": must be greater than or equal to 0',
        'status.addresses[1]: Duplicate value: {"Type":"InternalIP","Address":"1.1.1.1"}',
    ]


@pytest.mark.parametrize(
    "name, body, complaint",
    [
        ("x", {"value": 10**9 + 1}, "value: Forbidden: maximum allowed value of a user defined priority is 1000000000"),
        ("system-x", {"value": 1}, "error: system-x is not a known system priority class"),
        ("system-node-critical", {"value": 1}, "error: value of system-node-critical PriorityClass must be 2000001000"),
        ("x", {"preemptionPolicy": "Odd"}, 'supported values: "PreemptLowerPriority", "Never"'),
    ],
)
def test_a_priority_class_is_refused(make: harness.Maker, name: str, body: harness.Patch, complaint: str) -> None:
    found = harness.texts(priorityclasses.validate(make(PRIORITY, {"metadata": {"name": name}, "value": 1, **body})))
    assert len(found) == 1
    assert found[0].endswith(complaint)


def test_a_priority_class_stays_as_it_is(make: harness.Maker) -> None:
    old = named(make, PRIORITY, {"value": 1})
    changed = make.changed(old, {"value": 2, "preemptionPolicy": "Never"})
    assert harness.texts(priorityclasses.validate_update(changed, old)) == [
        "value: Forbidden: may not be changed in an update.",
        'preemptionPolicy: Invalid value: "Never": field is immutable',
    ]


@pytest.mark.parametrize(
    "spec, expected",
    [
        (
            {"hard": {"bogus": "1"}},
            [
                'spec.hard[bogus]: Invalid value: "bogus": must be a standard resource type or fully qualified',
                'spec.hard[bogus]: Invalid value: "bogus": must be a standard resource for quota',
            ],
        ),
        ({"hard": {"pods": "-1"}}, ['spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0']),
        ({"hard": {"pods": "500m"}}, ['spec.hard[pods]: Invalid value: "500m": must be an integer']),
        (
            {"hard": {"pods": "1"}, "scopes": ["BestEffort", "NotBestEffort"]},
            ['spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes'],
        ),
        (
            {"hard": {"requests.cpu": "1"}, "scopes": ["BestEffort", "Odd"]},
            [
                'spec.scopes: Invalid value: ["BestEffort","Odd"]: unsupported scope applied to resource',
                'spec.scopes: Invalid value: ["BestEffort","Odd"]: unsupported scope',
            ],
        ),
        (
            {"scopeSelector": {"matchExpressions": [{"scopeName": "Terminating", "operator": "In"}]}},
            [
                f"{SCOPED}.operator: Invalid value: \"In\": must be 'Exists' when scope is any of ...",
                f"{SCOPED}.values: Required value: must be at least one value when `operator` is ...",
            ],
        ),
        (
            {"scopeSelector": {"matchExpressions": [{"scopeName": "Odd", "operator": "Is", "values": ["a"]}]}},
            [
                f'{SCOPED}.scopeName: Invalid value: "Odd": unsupported scope',
                f'{SCOPED}.operator: Invalid value: "Is": not a valid selector operator',
            ],
        ),
    ],
)
def test_a_quota_is_refused(make: harness.Maker, spec: harness.Patch, expected: list[str]) -> None:
    assert harness.said(harness.texts(quotas.validate(named(make, QUOTA, {"spec": spec}))), expected)


def test_a_quota_keeps_its_scopes(make: harness.Maker) -> None:
    old = named(make, QUOTA, {"spec": {"hard": {"pods": "1"}, "scopes": ["BestEffort"]}})
    changed = make.changed(old, {"spec": {"scopes": ["Terminating"]}})
    found = harness.texts(quotas.validate_update(changed, old))
    assert found == ['spec.scopes: Invalid value: ["Terminating"]: field is immutable']


@pytest.mark.parametrize(
    "limit, expected",
    [
        ({"type": "Box"}, ['type: Invalid value: "Box": must be a standard limit type or fully qualified']),
        ({"type": "Pod", "default": {"cpu": "1"}}, ["default: Forbidden: may not be specified when `type` is 'Pod'"]),
        (
            {"type": "PersistentVolumeClaim", "max": {"cpu": "1"}},
            ["limits: Required value: either minimum or maximum storage value is required, but neither was provided"],
        ),
        (
            {"type": "Container", "max": {"cpu": "1"}, "min": {"cpu": "2"}},
            [
                'min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
                'defaultRequest[cpu]: Invalid value: "1": min value 2 is greater than default request value 1',
                'default[cpu]: Invalid value: "2": min value 2 is greater than default value 1',
            ],
        ),
        (
            {"type": "Container", "max": {"cpu": "1"}, "default": {"cpu": "2"}, "defaultRequest": {"cpu": "3"}},
            [
                'defaultRequest[cpu]: Invalid value: "3": default request value 3 is greater than max value 1',
                'defaultRequest[cpu]: Invalid value: "3": default request value 3 is greater than default limit '
                "value 2",
                'default[cpu]: Invalid value: "1": default value 2 is greater than max value 1',
            ],
        ),
        (
            {"type": "Container", "maxLimitRequestRatio": {"cpu": "500m"}},
            ['maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1'],
        ),
        (
            {"type": "Pod", "max": {"cpu": "2"}, "min": {"cpu": "1"}, "maxLimitRequestRatio": {"cpu": "3"}},
            ['maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000'],
        ),
        (
            {"type": "Container", "default": {"example.com/gpu": "2"}, "defaultRequest": {"example.com/gpu": "1"}},
            [
                'defaultRequest[example.com/gpu]: Invalid value: "1": default value 2 must equal to defaultRequest '
                "value 1 in example.com/gpu"
            ],
        ),
    ],
)
def test_a_limit_range_is_refused(make: harness.Maker, limit: harness.Patch, expected: list[str]) -> None:
    found = harness.texts(limitranges.validate(named(make, LIMITS, {"spec": {"limits": [limit]}})))
    assert [text.removeprefix("spec.limits[0].") for text in found] == expected


def test_limits_of_a_type_are_there_once(make: harness.Maker) -> None:
    obj = named(make, LIMITS, {"spec": {"limits": [{"type": "Pod"}, {"type": "Pod"}]}})
    assert harness.texts(limitranges.validate(obj)) == ['spec.limits[1].type: Duplicate value: "Pod"']


def test_every_simple_kind_has_checks() -> None:
    assert {
        "configmaps",
        "secrets",
        "namespaces",
        "nodes",
        "resourcequotas",
        "limitranges",
    } <= basics.all_checks().keys()
