"""Webhooks and policies about custom resources, and parameters that are custom resources."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from kroute import app
from kroute.testing import serving
from tests.functional.admission.conftest import NAMES, Cluster, Hooks, response

GROUP = "toys.example.org"
RULES = [{"apiGroups": [GROUP], "apiVersions": ["v1"], "operations": ["*"], "resources": ["toys"]}]
SCHEMA = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "properties": {
                "size": {"type": "integer"},
                "color": {"type": "string", "default": "red"},
                "parts": {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                    "items": {
                        "type": "object",
                        "required": ["name"],
                        "properties": {"name": {"type": "string"}, "count": {"type": "integer"}},
                    },
                },
            },
        }
    },
}
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"toys.{GROUP}"},
    "spec": {
        "group": GROUP,
        "scope": "Namespaced",
        "names": {"plural": "toys", "kind": "Toy", "singular": "toy", "listKind": "ToyList"},
        "versions": [
            {"name": name, "served": True, "storage": name == "v1", "schema": {"openAPIV3Schema": SCHEMA}}
            for name in ("v1", "v2")
        ],
    },
}


@pytest.fixture(scope="module")
def cluster_server(other_loop: asyncio.AbstractEventLoop) -> Iterator[app.Running]:
    server = app.APIServer(core=NAMES, extensions=True)
    with serving.running(server, controllers=["-*"], objects=[DEFINITION]) as running:
        yield running


def toy(cluster: Cluster, name: str = "t", *, version: str = "v1", **spec: Any) -> Any:
    body = {"apiVersion": f"{GROUP}/{version}", "kind": "Toy", "metadata": {"name": name}, "spec": spec}
    return cluster.create("toys", body, api=f"/apis/{GROUP}/{version}")


def test_a_webhook_is_asked_about_a_custom_resource_in_the_version_of_its_rule(cluster: Cluster, hooks: Hooks) -> None:
    hook = hooks(response)
    cluster.hook(hook, rules=RULES)
    assert toy(cluster, version="v2", size=1).status == 201
    asked = hook.seen[0][1]["request"]
    assert asked["object"]["apiVersion"] == f"{GROUP}/v1"
    assert asked["requestKind"]["version"] == "v2"
    assert asked["object"]["spec"] == {"size": 1, "color": "red"}


def test_a_policy_refuses_a_custom_resource(cluster: Cluster) -> None:
    constraints = cluster.constraints(resourceRules=RULES)
    validations = [{"expression": "object.spec.size < 5", "messageExpression": "'size ' + string(object.spec.size)"}]
    cluster.policy(matchConstraints=constraints, validations=validations)
    assert toy(cluster, size=4).status == 201
    assert toy(cluster, "u", size=5).message.endswith("denied request: size 5")


def test_what_is_applied_to_a_custom_resource_is_merged_as_its_schema_says(cluster: Cluster) -> None:
    expression = "Object{spec: Object.spec{parts: [Object.spec.parts{name: 'b', count: 2}]}}"
    cluster.policy(
        kind="mutating",
        matchConstraints=cluster.constraints(resourceRules=RULES),
        reinvocationPolicy="Never",
        mutations=[{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": expression}}],
    )
    answer = toy(cluster, parts=[{"name": "a", "count": 1}, {"name": "b"}])
    assert answer.status == 201, answer.body
    assert answer.body["spec"]["parts"] == [{"name": "a", "count": 1}, {"name": "b", "count": 2}]


def test_custom_resources_can_be_parameters(cluster: Cluster) -> None:
    assert toy(cluster, "limit", size=1).status == 201
    cluster.policy(
        paramKind={"apiVersion": f"{GROUP}/v2", "kind": "Toy"},
        binding={"paramRef": {"name": "limit", "parameterNotFoundAction": "Deny"}},
        validations=[{"expression": "size(object.data) <= params.spec.size && params.apiVersion.endsWith('v2')"}],
    )
    assert cluster.config("a", x="1").status == 201
    assert cluster.config("b", x="1", y="2").status == 422
