"""A whole API server as the control plane's programs meet it, served once for a module."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from kroute import app
from kroute.testing import serving
from tests.functional.controlplane import programs

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def whole_server() -> Iterator[app.Running]:
    with serving.running(app.APIServer(core=True, extensions=True, aggregator=True), controllers=["-*"]) as running:
        yield running


@pytest.fixture(params=[programs.PB, programs.JSON], ids=["protobuf", "json"])
def program(whole_server: app.Running, request: pytest.FixtureRequest) -> programs.Program:
    """kube-controller-manager in one of its modes."""
    return programs.Program(whole_server, request.param)


@pytest.fixture
def namespace(program: programs.Program) -> str:
    """A namespace with its default account."""
    name = f"cp-{next(NUMBERS)}"
    program.ok("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
    answer = program.send("POST", f"/api/v1/namespaces/{name}/serviceaccounts", account)
    assert answer.status in (201, 409)
    return name
