"""Maps that can't become Go structs, as the reference's converter says it of them."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.schema import gotypes, gounstructured

TYPES = gotypes.Types.load()


def check(value: Any, name: str = "apps.v1.Deployment") -> str:
    try:
        gounstructured.check(TYPES.get(name), value)
    except gounstructured.Unfit as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "spec, text",
    [
        ({"replicas": "two"}, "unrecognized type: int32"),
        ({"replicas": True}, "unrecognized type: int32"),
        ({"replicas": 1.5}, "cannot convert float64 to int32"),
        ({"paused": "yes"}, "unrecognized type: bool"),
        ({"paused": 1}, "unrecognized type: bool"),
        ({"selector": {"matchLabels": {"a": 1}}}, "cannot convert int64 to string"),
        ({"selector": {"matchLabels": {"a": {}}}}, "unrecognized type: string"),
        ({"selector": {"matchLabels": "a"}}, "cannot restore map from string"),
        ({"selector": []}, "cannot restore struct from: slice"),
        ({"template": {"spec": {"containers": {"name": "web"}}}}, "cannot restore slice from map"),
        ({"template": {"spec": {"containers": ["web"]}}}, "cannot restore struct from: string"),
        ({"template": {"metadata": {"creationTimestamp": 5}}},
         "json: cannot unmarshal number into Go value of type string"),
    ],
)  # fmt: skip
def test_values_of_another_kind(spec: Any, text: str) -> None:
    assert check({"spec": spec}) == text


def test_the_first_in_the_order_of_the_fields_is_told() -> None:
    assert check({"spec": {"paused": "no", "replicas": "two"}}) == "unrecognized type: int32"


@pytest.mark.parametrize(
    "spec",
    [
        {"replicas": 2.0, "selector": None, "unknown": 5},
        {"strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}}},
        {"template": {"spec": {"containers": [{"name": "web", "resources": {"limits": {"cpu": "1"}}}]}}},
    ],
)
def test_values_that_fit(spec: Any) -> None:
    assert check({"spec": spec}) == ""


def test_bytes_are_base64() -> None:
    assert check({"data": {"a": "eA=="}}, "core.v1.Secret") == ""
    text = check({"data": {"a": "%"}}, "core.v1.Secret")
    assert text == "error decoding from json: illegal base64 data at input byte 0"
    assert check({"data": {"a": {}}}, "core.v1.Secret") == "cannot restore slice from map"
