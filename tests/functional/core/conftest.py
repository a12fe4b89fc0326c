"""All of Kubernetes' own kinds over HTTPS, served once for a module; each test has a namespace of its own."""

from __future__ import annotations

import itertools
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kroute import app
from kroute.testing import serving
from tests.fixtures import guestbooks, kubectls

NUMBERS = itertools.count(1)


def create(server: app.Running, path: str, body: Any) -> None:
    request = urllib.request.Request(
        server.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, context=server.ssl_context(), timeout=guestbooks.PATIENCE) as answer:
        assert answer.status == 201


@pytest.fixture(scope="module")
def core_server() -> Iterator[app.Running]:
    with serving.running(app.APIServer(core=True), tls=True, controllers=["-*"]) as running:
        yield running


@pytest.fixture
def namespace(core_server: app.Running) -> str:
    """A namespace with its default account, which pods need and no controller makes."""
    name = f"ns-{next(NUMBERS)}"
    create(core_server, "/api/v1/namespaces", {"metadata": {"name": name}})
    create(core_server, f"/api/v1/namespaces/{name}/serviceaccounts", {"metadata": {"name": "default"}})
    return name


@pytest.fixture(scope="module")
def core_home(tmp_path_factory: pytest.TempPathFactory, core_server: app.Running) -> Path:
    """Where kubectl and Helm keep what they discovered of the module's server."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def kc(kubectl: Path, core_server: app.Running, namespace: str, core_home: Path, tmp_path: Path) -> kubectls.Kubectl:
    """kubectl as the administrator, in the test's namespace."""
    return kubectls.Kubectl(kubectl, guestbooks.Book(core_server, namespace), core_home, tmp_path)
