"""What says how many pods there are to be, and how few there may be: autoscalers, Scale, and budgets."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.coreapi.validation import autoscaling, poddisruptionbudgets
from tests.unit.coreapi import harness

AUTOSCALER, BUDGET = "autoscaling/v2/HorizontalPodAutoscaler", "policy/v1/PodDisruptionBudget"
METRIC = {"name": "m"}
READY = {"type": "Ready", "status": "True", "reason": "Fine", "lastTransitionTime": "2026-01-01T00:00:00Z"}


def scaling(make: harness.Maker, spec: harness.Patch, before: harness.Patch | None = None) -> list[str]:
    old = None if before is None else make.minimal(AUTOSCALER, {"spec": before})
    found = harness.texts(autoscaling.validate(make.minimal(AUTOSCALER, {"spec": spec}), old))
    return [text.removeprefix("spec.") for text in found]


def measuring(make: harness.Maker, metric: harness.Patch) -> list[str]:
    return [text.removeprefix("metrics[0].") for text in scaling(make, {"metrics": [metric]})]


def behaving(make: harness.Maker, rules: harness.Patch) -> list[str]:
    return [text.removeprefix("behavior.") for text in scaling(make, {"behavior": {"scaleUp": rules}})]


def budget(make: harness.Maker, spec: harness.Patch) -> list[str]:
    found = harness.texts(poddisruptionbudgets.validate(make.minimal(BUDGET, {"spec": spec})))
    return [text.removeprefix("spec.") for text in found]


def resource(**target: Any) -> harness.Patch:
    return {"type": "Resource", "resource": {"name": "cpu", "target": target}}


@pytest.mark.parametrize(
    "spec, expected",
    [
        (
            {"maxReplicas": 0},
            [
                "maxReplicas: Required value: must be set and greater than 0",
                "maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`",
            ],
        ),
        (
            {"maxReplicas": -1},
            [
                "maxReplicas: Invalid value: -1: must be greater than or equal to 1",
                "maxReplicas: Invalid value: -1: must be greater than or equal to `minReplicas`",
            ],
        ),
        (
            {"minReplicas": 0},
            [
                "minReplicas: Invalid value: 0: must be greater than or equal to 1",
                "metrics: Forbidden: must specify at least one Object or External metric to support scaling to ...",
            ],
        ),
        ({"minReplicas": -1, "maxReplicas": 1}, ["minReplicas: Invalid value: -1: must be greater than or equal to 1"]),
        ({"minReplicas": 4}, ["maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`"]),
        (
            {"scaleTargetRef": {"kind": "", "name": ""}},
            ["scaleTargetRef.kind: Required value", "scaleTargetRef.name: Required value"],
        ),
        (
            {"scaleTargetRef": {"kind": "a/b", "name": ".."}},
            [
                "scaleTargetRef.kind: Invalid value: \"a/b\": may not contain '/'",
                "scaleTargetRef.name: Invalid value: \"..\": may not be '..'",
            ],
        ),
        (
            {"scaleTargetRef": {"apiVersion": "a/b/c"}},
            ['scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c'],
        ),
        (
            {"scaleTargetRef": {"apiVersion": "v1"}},
            ['scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group'],
        ),
    ],
)
def test_autoscalers_that_are_wrong(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(scaling(make, spec), expected)


@pytest.mark.parametrize(
    "metric, expected",
    [
        (
            {},
            [
                "type: Required value: must specify a metric source type",
                'type: Unsupported value: "": supported values: "ContainerResource", "External", "Object", ...',
                'type: Unsupported value: "": supported values: "ContainerResource", "External", "Object", ...',
            ],
        ),
        (
            {"type": "Odd"},
            [
                'type: Unsupported value: "Odd": supported values: "ContainerResource", "External", "Object", ...',
                'type: Unsupported value: "Odd": supported values: "ContainerResource", "External", "Object", ...',
            ],
        ),
        ({"type": "Resource"}, ["resource: Required value: must populate information for the given metric source"]),
        (
            {"type": "Resource", "resource": {}},
            [
                "resource.name: Required value: must specify a resource name",
                "resource.target.type: Required value: must specify a metric target type",
                'resource.target.type: Invalid value: "": must be either Utilization, Value, or AverageValue',
                "resource.target.averageUtilization: Required value: must set either a target raw value or a ...",
            ],
        ),
        (
            resource(type="Odd", averageUtilization=0),
            [
                'resource.target.type: Invalid value: "Odd": must be either Utilization, Value, or AverageValue',
                "resource.target.averageUtilization: Invalid value: 0: must be greater than 0",
            ],
        ),
        (
            resource(type="Utilization"),
            ["resource.target.averageUtilization: Required value: must set either a target raw value or a ..."],
        ),
        (
            resource(type="Utilization", averageUtilization=50, averageValue="1"),
            ["resource.target.averageValue: Forbidden: may not set both a target raw value and a target ..."],
        ),
        (
            resource(type="AverageValue", averageValue="-1"),
            ['resource.target.averageValue: Invalid value: "-1": must be positive'],
        ),
        (
            {
                **resource(type="Utilization", averageUtilization=50),
                "pods": {"metric": METRIC, "target": {"type": "AverageValue", "averageValue": "1"}},
            },
            ["pods: Forbidden: must populate the given metric source only"],
        ),
        (
            {
                "type": "ContainerResource",
                "containerResource": {
                    "name": "odd",
                    "container": "A",
                    "target": {"type": "Utilization", "averageUtilization": 1},
                },
            },
            [
                'containerResource.name: Invalid value: "odd": must be a standard resource type or fully qualified',
                'containerResource.name: Invalid value: "odd": must be a standard resource for containers',
                'containerResource.container: Invalid value: "A": a lowercase RFC 1123 label must consist of ...',
            ],
        ),
        (
            {
                "type": "ContainerResource",
                "containerResource": {"target": {"type": "Utilization", "averageUtilization": 1}},
            },
            [
                "containerResource.name: Required value: must specify a resource name",
                "containerResource.container: Required value: must specify a container",
            ],
        ),
        (
            {"type": "Pods", "pods": {"metric": {"name": ""}, "target": {"type": "Value", "value": "1"}}},
            [
                "pods.metric.name: Required value: must specify a metric name",
                "pods.target.averageValue: Required value: must specify a positive target averageValue",
            ],
        ),
        (
            {
                "type": "Object",
                "object": {
                    "metric": {"name": "a/b"},
                    "describedObject": {"kind": "", "name": "a"},
                    "target": {"type": "Value"},
                },
            },
            [
                "object.describedObject.kind: Required value",
                "object.metric.name: Invalid value: \"a/b\": may not contain '/'",
                "object.target.averageValue: Required value: must set either a target value or averageValue",
            ],
        ),
        (
            {"type": "External", "external": {"metric": METRIC, "target": {"type": "Value"}}},
            ["external.target.averageValue: Required value: must set either a target value for metric or a ..."],
        ),
        (
            {
                "type": "External",
                "external": {"metric": METRIC, "target": {"type": "Value", "value": "1", "averageValue": "1"}},
            },
            ["external.target.value: Forbidden: may not set both a target value for metric and a per-pod target"],
        ),
    ],
)
def test_metrics_that_are_wrong(metric: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(measuring(make, metric), expected)


@pytest.mark.parametrize(
    "rules, expected",
    [
        (
            {"stabilizationWindowSeconds": -1},
            ["scaleUp.stabilizationWindowSeconds: Invalid value: -1: must be greater than or equal to zero"],
        ),
        (
            {"stabilizationWindowSeconds": 3601, "selectPolicy": "Odd"},
            [
                "scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600",
                'scaleUp.selectPolicy: Unsupported value: "Odd": supported values: "Disabled", "Max", "Min"',
            ],
        ),
        (
            {"policies": [{"type": "Odd", "value": 0, "periodSeconds": 0}]},
            [
                'scaleUp.policies[0].type: Unsupported value: "Odd": supported values: "Percent", "Pods"',
                "scaleUp.policies[0].value: Invalid value: 0: must be greater than zero",
                "scaleUp.policies[0].periodSeconds: Invalid value: 0: must be greater than zero",
            ],
        ),
        (
            {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 1801}]},
            ["scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800"],
        ),
        ({"tolerance": "-1"}, ['scaleUp.tolerance: Invalid value: "-1": must be greater than or equal to 0']),
    ],
)
def test_behaviours_that_are_wrong(rules: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(behaving(make, rules), expected)


def test_autoscalers_that_are_right(make: harness.Maker) -> None:
    external = {
        "type": "External",
        "external": {"metric": METRIC, "target": {"type": "AverageValue", "averageValue": "1"}},
    }
    assert not scaling(make, {"metrics": [external, resource(type="Utilization", averageUtilization=50)]})
    assert not scaling(make, {"scaleTargetRef": {"apiVersion": "v1", "kind": "ReplicationController"}})


def test_what_was_stored_under_other_rules_may_stay(make: harness.Maker) -> None:
    zero = {"minReplicas": 0}
    text = "metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas"
    assert scaling(make, zero, zero) == [text]
    core = {"scaleTargetRef": {"apiVersion": "v1", "kind": "Thing"}}
    assert not scaling(make, core, core)
    assert scaling(make, core, {}) == [
        'scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group'
    ]


@pytest.mark.parametrize("field", ["currentReplicas", "desiredReplicas"])
def test_numbers_of_replicas_are_not_negative(field: str, make: harness.Maker) -> None:
    obj = make.minimal(AUTOSCALER, {"status": {field: -1}})
    text = f"status.{field}: Invalid value: -1: must be greater than or equal to 0"
    assert harness.texts(autoscaling.validate_status(obj, obj)) == [text]
    text = "spec.replicas: Invalid value: -1: must be greater than or equal to 0"
    assert harness.texts(autoscaling.validate_scale({"spec": {"replicas": -1}})) == [text]


@pytest.mark.parametrize(
    "spec, expected",
    [
        ({"maxUnavailable": 1}, ["spec: Invalid value: ..."]),
        ({"minAvailable": -1}, ["minAvailable: Invalid value: -1: must be greater than or equal to 0"]),
        ({"minAvailable": "101%"}, ['minAvailable: Invalid value: "101%": must not be greater than 100%']),
        (
            {"minAvailable": None, "maxUnavailable": "half"},
            ['maxUnavailable: Invalid value: "half": a valid percent string must be a numeric string ...'],
        ),
        (
            {"selector": {"matchLabels": {"a b": "c"}}},
            ['selector.matchLabels: Invalid value: "a b": name part must consist of alphanumeric characters, ...'],
        ),
        (
            {"selector": {"matchExpressions": [{"key": "a", "operator": "Odd"}]}},
            ['selector.matchExpressions[0].operator: Invalid value: "Odd": not a valid selector operator'],
        ),
        (
            {"unhealthyPodEvictionPolicy": "Odd"},
            ['unhealthyPodEvictionPolicy: Unsupported value: "Odd": supported values: "AlwaysAllow", ...'],
        ),
    ],
)
def test_budgets_that_are_wrong(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(budget(make, spec), expected)


def test_a_bad_selector_that_was_there_may_stay(make: harness.Maker) -> None:
    bad = make.minimal(
        BUDGET, {"spec": {"selector": {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b c"]}]}}}
    )
    assert harness.texts(poddisruptionbudgets.validate(bad))
    assert not harness.texts(poddisruptionbudgets.validate(bad, bad))


@pytest.mark.parametrize(
    "status, expected",
    [
        (
            {"currentHealthy": -1, "desiredHealthy": -1, "expectedPods": -1, "disruptionsAllowed": -1},
            [
                "status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0",
                "status.currentHealthy: Invalid value: -1: must be greater than or equal to 0",
                "status.desiredHealthy: Invalid value: -1: must be greater than or equal to 0",
                "status.expectedPods: Invalid value: -1: must be greater than or equal to 0",
            ],
        ),
        ({"conditions": [READY, READY]}, ['status.conditions[1]: Duplicate value: "Ready"']),
        (
            {
                "conditions": [
                    {
                        "type": "a b",
                        "status": "Maybe",
                        "reason": "",
                        "observedGeneration": -1,
                        "lastTransitionTime": None,
                    }
                ]
            },
            [
                'status.conditions[0].type: Invalid value: "a b": name part must consist of alphanumeric ...',
                'status.conditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", ...',
                "status.conditions[0].observedGeneration: Invalid value: -1: must be greater than or equal to zero",
                "status.conditions[0].lastTransitionTime: Required value",
                "status.conditions[0].reason: Required value",
            ],
        ),
        (
            {"conditions": [{**READY, "type": "", "status": "", "reason": "not one word"}]},
            [
                "status.conditions[0].type: Required value: is required",
                "status.conditions[0].status: Required value",
                'status.conditions[0].reason: Invalid value: "not one word": a condition reason must start with ...',
            ],
        ),
        (
            {"conditions": [{**READY, "reason": "a" * 1025, "message": "a" * 32769}]},
            [
                "status.conditions[0].reason: Too long: may not be more than 1024 bytes",
                "status.conditions[0].message: Too long: may not be more than 32768 bytes",
            ],
        ),
    ],
)
def test_statuses_of_budgets_that_are_wrong(status: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(
        harness.texts(poddisruptionbudgets.validate_status(make.minimal(BUDGET, {"status": status}), {})), expected
    )
