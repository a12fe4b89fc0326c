"""Definitions as other projects publish them: installed, served, explained, and as strict as their projects mean them."""

from __future__ import annotations

import json
import subprocess
import tarfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

import kroute
from kroute import testing
from kroute.testing import objects

ARCHIVE = Path(__file__).parents[2] / "data" / "published.tar.xz"
PROJECTS = {"argo-cd": 3, "cert-manager": 6, "crossplane": 21, "gateway-api": 10, "prometheus-operator": 10}
"""How many definitions each project has."""
WITH_BROKEN = ["argo-cd", "crossplane", "gateway-api", "prometheus-operator"]

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="module")
def served(published: Path) -> Iterator[kroute.Running]:
    files = sorted(published.glob("*/definitions/*.yaml"))
    with testing.running(kroute.APIServer(extensions=True), objects=files) as running:
        yield running


def definitions_of(published: Path, project: str) -> list[dict[str, Any]]:
    return [obj for _, obj in objects.read(sorted(published.glob(f"{project}/definitions/*.yaml")))]


def answer_to(served: kroute.Running, obj: Mapping[str, Any]) -> tuple[int, Any]:
    """What is said to a create of an object that is meant strictly, without creating it."""
    entry = objects.discovered(served, obj["apiVersion"])[obj["kind"]]
    metadata = {key: value for key, value in obj["metadata"].items() if key != "namespace"}
    path = objects.path_of(obj["apiVersion"], entry, {**obj, "metadata": metadata})
    body = json.dumps({**obj, "metadata": metadata}, default=str).encode()
    url = f"{served.url}{path}?dryRun=All&fieldValidation=Strict"
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as found:
            return found.status, json.load(found)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.mark.parametrize("project", PROJECTS)
def test_every_version_of_every_definition_is_served(served: kroute.Running, published: Path, project: str) -> None:
    found = definitions_of(published, project)

    assert len(found) == PROJECTS[project]
    for crd in found:
        spec = crd["spec"]
        for version in spec["versions"]:
            if version["served"]:
                path = f"/apis/{spec['group']}/{version['name']}/{spec['names']['plural']}"
                with urllib.request.urlopen(served.url + path) as answer:
                    assert json.load(answer)["items"] == []


@pytest.mark.parametrize("project", PROJECTS)
def test_the_projects_own_objects_are_taken(served: kroute.Running, published: Path, project: str) -> None:
    refused = []
    for _, obj in objects.read([published / project / "samples.yaml"]):
        status, answer = answer_to(served, obj)
        if status != 201:
            refused.append((obj["kind"], obj["metadata"]["name"], answer["message"]))

    assert refused == []


@pytest.mark.parametrize("project", WITH_BROKEN)
def test_broken_objects_are_refused(served: kroute.Running, published: Path, project: str) -> None:
    taken = []
    for _, obj in objects.read([published / project / "broken.yaml"]):
        status, answer = answer_to(served, obj)
        assert status in (201, 400, 422), answer
        if status == 201:
            taken.append((obj["kind"], obj["metadata"]["name"]))

    assert taken == []


def test_what_is_wrong_is_told_in_the_words_of_the_definition(served: kroute.Running) -> None:
    broken = """
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: both}
        spec:
          gatewayClassName: any
          listeners:
          - {name: same, port: 80, protocol: HTTP}
          - {name: same, port: 81, protocol: HTTP}
        """
    status, answer = answer_to(served, yaml.safe_load(broken))

    assert status == 422
    assert "Listener name must be unique within the Gateway" in answer["message"] or "Duplicate" in answer["message"]


@pytest.mark.parametrize(
    "field, told",
    [
        ("certificates.spec.privateKey.algorithm", "Algorithm is the private key algorithm"),
        ("prometheusrules.spec.groups.rules", "alert"),
        ("applications.spec.source.helm", "Helm holds helm specific options"),
        ("httproutes.spec.rules.matches", "path"),
        ("compositions.spec.pipeline", "A PipelineStep"),
    ],
)
def test_kubectl_explains_their_fields(
    served: kroute.Running, kubectl: Path, tmp_path: Path, field: str, told: str
) -> None:
    command = [kubectl, "--kubeconfig", served.kubeconfig, "explain", field]
    run = subprocess.run(command, env={"HOME": str(tmp_path)}, capture_output=True, text=True, check=False)

    assert (run.returncode, run.stderr) == (0, "")
    assert told in run.stdout
