"""Variables of containers, and the fields, resources, keys and files that they are taken from."""

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


def variable(**source: Any) -> harness.Patch:
    return {"name": "A", "valueFrom": source}


@pytest.mark.parametrize(
    "variables, expected",
    [
        ([{"name": "", "value": "x"}], ["env[0].name: Required value"]),
        (
            [{"name": "A=B"}],
            ['env[0].name: Invalid value: "A=B": a valid environment variable name must consist only of ...'],
        ),
        (
            [variable()],
            ['env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, ...'],
        ),
        (
            [{"value": "x", **variable(fieldRef={"fieldPath": "metadata.name"})}],
            ['env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty'],
        ),
        (
            [variable(fieldRef={"fieldPath": "metadata.name"}, configMapKeyRef={"name": "a", "key": "b"})],
            ['env[0].valueFrom: Invalid value: "": may not have more than one field specified at a time'],
        ),
        (
            [variable(configMapKeyRef={"name": "", "key": ""})],
            [
                'env[0].valueFrom.configMapKeyRef.name: Invalid value: "": a lowercase RFC 1123 subdomain must ...',
                "env[0].valueFrom.configMapKeyRef.key: Required value",
            ],
        ),
        (
            [variable(secretKeyRef={"name": "a", "key": ".."})],
            ["env[0].valueFrom.secretKeyRef.key: Invalid value: \"..\": must not be '..'"],
        ),
    ],
)
def test_variables_that_are_wrong(variables: list[harness.Patch], expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, {"env": variables}), expected)


@pytest.mark.parametrize(
    "field, expected",
    [
        ({"fieldPath": ""}, ["env[0].valueFrom.fieldRef.fieldPath: Required value"]),
        (
            {"fieldPath": "spec.volumes"},
            ['env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.volumes": error converting ...'],
        ),
        (
            {"fieldPath": "spec.restartPolicy"},
            ['env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "spec.restartPolicy": supported ...'],
        ),
        (
            {"fieldPath": "metadata.labels['a b']"},
            ['env[0].valueFrom.fieldRef: Invalid value: "a b": name part must consist of alphanumeric ...'],
        ),
        (
            {"fieldPath": "status.phase['x']"},
            ["env[0].valueFrom.fieldRef.fieldPath: Invalid value: \"status.phase['x']\": error converting ..."],
        ),
        (
            {"apiVersion": "v2", "fieldPath": "metadata.name"},
            ['env[0].valueFrom.fieldRef.fieldPath: Invalid value: "metadata.name": error converting ...'],
        ),
    ],
)
def test_fields_of_pods_that_can_t_be_variables(field: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, {"env": [variable(fieldRef=field)]}), expected)


@pytest.mark.parametrize(
    "path", ["metadata.uid", "status.podIPs", "spec.host", "metadata.labels['a/b']", "metadata.annotations['A/B']"]
)
def test_fields_of_pods_that_can_be_variables(path: str, make: harness.Maker) -> None:
    assert not wrong(make, {"env": [variable(fieldRef={"fieldPath": path})]})


@pytest.mark.parametrize(
    "field, expected",
    [
        ({"resource": ""}, ["env[0].valueFrom.resourceFieldRef.resource: Required value"]),
        (
            {"resource": "limits.disk"},
            ['env[0].valueFrom.resourceFieldRef.resource: Unsupported value: "limits.disk": supported ...'],
        ),
        (
            {"resource": "limits.cpu", "divisor": "2"},
            ['env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor\'s values ...'],
        ),
        (
            {"resource": "requests.memory", "divisor": "3"},
            ['env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "requests.memory": only divisor\'s ...'],
        ),
        (
            {"resource": "limits.ephemeral-storage", "divisor": "1m"},
            ['env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.ephemeral-storage": only ...'],
        ),
        (
            {"resource": "limits.hugepages-2Mi", "divisor": "3"},
            ['env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.hugepages-2Mi": only ...'],
        ),
    ],
)
def test_resources_that_can_t_be_variables(field: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, {"env": [variable(resourceFieldRef=field)]}), expected)


@pytest.mark.parametrize(
    "field",
    [
        {"resource": "limits.cpu", "divisor": "1m"},
        {"resource": "requests.memory", "divisor": "1Mi"},
        {"resource": "requests.memory", "divisor": "1000"},
        {"resource": "requests.hugepages-1Gi"},
        {"resource": "limits.cpu", "divisor": "0"},
    ],
)
def test_resources_that_can_be_variables(field: harness.Patch, make: harness.Maker) -> None:
    assert not wrong(make, {"env": [variable(resourceFieldRef=field)]})


@pytest.mark.parametrize(
    "file, expected",
    [
        (
            {},
            [
                "env[0].valueFrom.fileKeyRef.key: Required value",
                "env[0].valueFrom.fileKeyRef.volumeName: Required value",
                "env[0].valueFrom.fileKeyRef.path: Required value",
                'env[0].valueFrom.fileKeyRef.volumeName: Not found: ""',
            ],
        ),
        (
            {"volumeName": "empty", "path": "../a", "key": "A"},
            ["env[0].valueFrom.fileKeyRef.path: Invalid value: \"../a\": must not contain '..'"],
        ),
        (
            {"volumeName": "empty", "path": "a", "key": "="},
            ['env[0].valueFrom.fileKeyRef.key: Invalid value: "=": a valid environment variable name must ...'],
        ),
        (
            {"volumeName": "claim", "path": "a", "key": "A"},
            ['env[0].valueFrom.fileKeyRef.volumeName: Invalid value: "claim": referenced volume must be of ...'],
        ),
        (
            {"volumeName": "other", "path": "a", "key": "A"},
            ['env[0].valueFrom.fileKeyRef.volumeName: Not found: "other"'],
        ),
    ],
)
def test_files_with_variables_that_are_wrong(file: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, {"env": [variable(fileKeyRef=file)]}, volumes=[EMPTY, CLAIM]), expected)


@pytest.mark.parametrize(
    "source, expected",
    [
        ({}, ['envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`']),
        (
            {"configMapRef": {"name": "a"}, "secretRef": {"name": "b"}},
            ['envFrom: Invalid value: "": may not have more than one field specified at a time'],
        ),
        (
            {"prefix": "=", "secretRef": {"name": ""}},
            [
                'envFrom[0].prefix: Invalid value: "=": a valid environment variable name must consist only of ...',
                "envFrom[0].secretRef.name: Required value",
            ],
        ),
        (
            {"configMapRef": {"name": "A"}},
            ['envFrom[0].configMapRef.name: Invalid value: "A": a lowercase RFC 1123 subdomain must consist ...'],
        ),
    ],
)
def test_sources_of_variables_that_are_wrong(source: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, {"envFrom": [source]}), expected)


def test_names_of_sources_may_end_as_only_beginnings_of_names_do(make: harness.Maker) -> None:
    assert not wrong(make, {"envFrom": [{"configMapRef": {"name": "a-"}}]})
