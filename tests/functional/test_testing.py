"""The fixtures that kroute gives to the tests of others."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import kroute
from kroute import testing
from kroute.testing import plugin
from tests.tools import toys

WIDGETS = "/apis/toys.example.org/v1/namespaces/default/widgets"


@pytest.fixture
def kroute_resources() -> Sequence[Any]:
    return [toys.WIDGETS]


def test_a_server_of_the_tests_resources_answers_any_client(kroute_server: kroute.Running) -> None:
    with urllib.request.urlopen(kroute_server.url + WIDGETS) as answer:
        assert json.load(answer)["kind"] == "WidgetList"


def test_kubectl_works_with_its_kubeconfig(kroute_server: kroute.Running, kubectl: Path, tmp_path: Path) -> None:
    command = [kubectl, "--kubeconfig", kroute_server.kubeconfig, "get", "widgets"]
    run = subprocess.run(command, env={"HOME": str(tmp_path)}, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "No resources found in default namespace.\n")


class TestObjects:
    @pytest.fixture
    def kroute_objects(self, tmp_path: Path) -> list[Any]:
        file = tmp_path / "widgets.yaml"
        file.write_text("---\n".join(json.dumps(widget(name)) + "\n" for name in "ab"))
        return [file, widget("c", namespace="other")]

    def test_objects_are_there_from_the_start(self, kroute_server: kroute.Running) -> None:
        with urllib.request.urlopen(f"{kroute_server.url}/apis/toys.example.org/v1/widgets") as answer:
            metadata = [item["metadata"] for item in json.load(answer)["items"]]
        assert [(each["namespace"], each["name"]) for each in metadata] == [
            ("default", "a"),
            ("default", "b"),
            ("other", "c"),
        ]


DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: matchers.toys.example.org
spec:
  group: toys.example.org
  scope: Namespaced
  names: {plural: matchers, kind: Matcher}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {type: {type: string, enum: [=, '!=']}}}}
---
apiVersion: toys.example.org/v1
kind: Matcher
metadata: {name: a}
spec: {type: =}
"""


class TestDefinitions:
    @pytest.fixture
    def kroute_resources(self) -> kroute.APIServer:
        return kroute.APIServer(extensions=True)

    @pytest.fixture
    def kroute_objects(self, tmp_path: Path) -> list[Any]:
        file = tmp_path / "matchers.yaml"
        file.write_text(DEFINITION)
        return [file]

    def test_definitions_are_served_before_what_they_define_is_made(self, kroute_server: kroute.Running) -> None:
        with urllib.request.urlopen(f"{kroute_server.url}/apis/toys.example.org/v1/matchers") as answer:
            assert [item["spec"] for item in json.load(answer)["items"]] == [{"type": "="}]

    def test_a_definition_whose_names_are_taken_is_told(self, kroute_serve: plugin.Serve, tmp_path: Path) -> None:
        first, second = tmp_path / "one.yaml", tmp_path / "two.yaml"
        first.write_text(DEFINITION)
        second.write_text(DEFINITION.replace("matchers", "others"))

        with pytest.raises(ValueError, match='"MatcherList" is already in use'):
            kroute_serve(kroute.APIServer(extensions=True), objects=[first, second])


@pytest.mark.parametrize(
    "obj, complaint",
    [
        ({"kind": "Widget"}, "object 1: it has no 'apiVersion'"),
        ({"apiVersion": "toys.example.org/v2", "kind": "Widget"}, "object 1: the server could not find the requested"),
        ({"apiVersion": "toys.example.org/v1", "kind": "Gadget"}, "there is no kind Gadget in toys.example.org/v1"),
        ({"apiVersion": "toys.example.org/v1", "kind": "Widget", "metadata": {"name": "a"}}, "spec: Required value"),
    ],
)
def test_an_object_that_cannot_be_is_told_with_the_servers_words(obj: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint), testing.running(toys.server, objects=[obj]):
        pass


def widget(name: str, **metadata: str) -> dict[str, Any]:
    metadata = {"name": name, **metadata}
    return {"apiVersion": "toys.example.org/v1", "kind": "Widget", "metadata": metadata, "spec": {"size": 1}}


def test_several_servers_can_run_with_options(kroute_serve: plugin.Serve, tmp_path: Path) -> None:
    tokens = tmp_path / "tokens.csv"
    tokens.write_text("alicetoken,alice,2\n")
    plain, secure = kroute_serve([toys.WIDGETS]), kroute_serve(toys.server, tls=True, token_auth_file=tokens)
    assert plain.port != secure.port
    request = urllib.request.Request(secure.url + WIDGETS, headers={"Authorization": "Bearer alicetoken"})
    with urllib.request.urlopen(request, context=secure.ssl_context()) as answer:
        assert answer.status == 200


def test_a_server_that_cannot_start_says_so_in_the_test() -> None:
    with pytest.raises(kroute.CannotServe, match="nonsense"), testing.running(toys.server, storage="nonsense://"):
        pass
