"""Autoscalers between their versions."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.coreapi.conversions import autoscalers
from kroute.machinery import objects

AVERAGE = {"type": "AverageValue", "averageValue": "1k"}
SELECTOR = {"matchLabels": {"a": "b"}}
REFERENCE = {"kind": "Service", "name": "web", "apiVersion": "v1"}
METRICS = [
    {"type": "Resource", "resource": {"name": "memory", "target": {"type": "Utilization", "averageUtilization": 5}}},
    {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "AverageValue", "averageValue": "2"}}},
    {
        "type": "ContainerResource",
        "containerResource": {"name": "cpu", "container": "c", "target": {"type": "AverageValue", "averageValue": "1"}},
    },
    {
        "type": "Pods",
        "pods": {"metric": {"name": "m", "selector": SELECTOR}, "target": AVERAGE},
    },
    {
        "type": "Object",
        "object": {
            "describedObject": REFERENCE, "metric": {"name": "m"}, "target": {"type": "Value", "value": "10"},
        },
    },
    {
        "type": "External",
        "external": {"metric": {"name": "m", "selector": SELECTOR}, "target": {"type": "Value", "value": "3"}},
    },
    {"type": "External", "external": {"metric": {"name": "m"}, "target": AVERAGE}},
]  # fmt: skip
CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "object", "pods", "resource", "external", "target", "Policies", "ScaleUp", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


def stored(**spec: Any) -> objects.Object:
    status = {"desiredReplicas": 0, "currentMetrics": None}
    return {"metadata": {"name": "a"}, "spec": {"minReplicas": 1, "maxReplicas": 3, **spec}, "status": status}


def older(**annotations: str) -> objects.Object:
    made = {f"{autoscalers.PREFIX}{key.replace('_', '-')}": value for key, value in annotations.items()}
    return {"metadata": {"name": "a", "annotations": made}, "spec": {"maxReplicas": 3}, "status": {}}


@given(st.sampled_from(["metrics", "current_metrics", "conditions", "behavior"]), JSON)
def test_annotations_may_say_anything(name: str, value: Any) -> None:
    made = autoscalers.from_v1(older(**{name: orjson.dumps(value).decode()}))
    assert "annotations" not in made["metadata"]


def test_annotations_that_are_no_json_count_as_not_there() -> None:
    assert autoscalers.from_v1(older(metrics="{", behavior="nothing"))["spec"].keys() == {"maxReplicas", "metrics"}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: str(metric["type"]))
def test_metrics_come_back_as_they_were(metric: objects.Object) -> None:
    obj = stored(metrics=[metric, CPU])
    shown = autoscalers.to_v1(objects.copy(obj))
    assert shown["spec"].keys() == {"minReplicas", "maxReplicas"} | (
        {"targetCPUUtilizationPercentage"} if metric is not METRICS[1] else set()
    )
    assert autoscalers.from_v1(shown)["spec"]["metrics"][0] == metric


def test_behavior_comes_back_as_it_was() -> None:
    rules = {
        "stabilizationWindowSeconds": 0,
        "selectPolicy": "Max",
        "policies": [{"type": "Pods", "value": 4, "periodSeconds": 15}],
        "tolerance": "10m",
    }
    obj = stored(metrics=[CPU], behavior={"scaleDown": rules})
    assert autoscalers.from_v1(autoscalers.to_v1(objects.copy(obj))) == obj


def test_without_any_target_there_is_the_default_one() -> None:
    target = autoscalers.from_v1(older())["spec"]["metrics"][0]["resource"]["target"]
    assert target == {"type": "Utilization", "averageUtilization": 80}


def test_other_annotations_stay() -> None:
    obj = older(behavior="{}")
    obj["metadata"]["annotations"]["a"] = "b"
    assert autoscalers.from_v1(obj)["metadata"]["annotations"] == {"a": "b"}


def test_what_is_used_of_the_cpu_is_known_to_both() -> None:
    obj = stored(metrics=[CPU])
    obj["status"]["currentMetrics"] = [
        {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 5, "averageValue": "1"}}}
    ]
    shown = autoscalers.to_v1(objects.copy(obj))
    assert shown["status"]["currentCPUUtilizationPercentage"] == 5
    assert autoscalers.from_v1(shown)["status"] == obj["status"]
