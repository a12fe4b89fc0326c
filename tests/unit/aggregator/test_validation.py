"""What an APIService may say."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from kroute.aggregator import validation
from kroute.machinery import objects

SERVICE = {"namespace": "shop", "name": "toys", "port": 443}


def service(name: str = "v1.toys.example.org", **spec: Any) -> objects.Object:
    given = {"group": "toys.example.org", "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 10, **spec}
    return {"metadata": {"name": name}, "spec": given}


def told(obj: objects.Object) -> list[str]:
    return [str(error) for error in validation.errors_of(obj)]


@pytest.mark.parametrize(
    "obj",
    [
        service(),
        service(service=SERVICE),
        service(service=SERVICE, insecureSkipTLSVerify=True),
        service(service=SERVICE, caBundle=base64.b64encode(b"a bundle").decode()),
        service("v1.", group="", version="v1"),
        service(groupPriorityMinimum=20000, versionPriority=1000),
    ],
)
def test_what_is_well(obj: objects.Object) -> None:
    assert told(obj) == []


@pytest.mark.parametrize(
    "obj, message",
    [
        (
            service("toys"),
            'metadata.name: Invalid value: "toys": must be `spec.version+"."+spec.group`: "v1.toys.example.org"',
        ),
        (
            service("v2.", group="", version="v2"),
            "spec.group: Required value: only v1 may have an empty group and it better be legacy kube",
        ),
        (
            service(groupPriorityMinimum=0),
            "spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000",
        ),
        (
            service(groupPriorityMinimum=20001),
            "spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000",
        ),
        (service(versionPriority=-1), "spec.versionPriority: Invalid value: -1: must be positive and less than 1000"),
        (
            service(caBundle="YWJj"),
            'spec.caBundle: Invalid value: "3 bytes": local APIServices may not have a caBundle',
        ),
        (
            service(insecureSkipTLSVerify=True),
            "spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify",
        ),
        (service(service={"name": "a", "port": 443}), "spec.service.namespace: Required value"),
        (service(service={"namespace": "a", "port": 443}), "spec.service.name: Required value"),
        (
            service(service={**SERVICE, "port": 70000}),
            "spec.service.port: Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive",
        ),
        (
            service(service=SERVICE, insecureSkipTLSVerify=True, caBundle="YWJj"),
            "spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present",
        ),
    ],
)
def test_what_is_not(obj: objects.Object, message: str) -> None:
    assert told(obj) == [message]


@pytest.mark.parametrize("version", ["", "V1", "1", "v1.2", "v" * 64])
def test_a_version_is_a_label(version: str) -> None:
    found = told(service(f"{version}.toys.example.org", version=version))
    assert found
    assert all(message.startswith("spec.version: Invalid value") for message in found)


def test_a_condition_is_true_false_or_unknown() -> None:
    obj = {**service(), "status": {"conditions": [{"type": "Available", "status": "Perhaps"}]}}
    (error,) = validation.status_errors(obj)
    supported = 'supported values: "True", "False", "Unknown"'
    assert str(error) == f'status.conditions[0].status: Unsupported value: "Perhaps": {supported}'
