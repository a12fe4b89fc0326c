"""All of Kubernetes' own kinds and custom resources with the controllers at work, and kubectl to watch them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from kroute import app
from kroute.testing import serving
from tests.fixtures import guestbooks, kubectls

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def cluster() -> Iterator[app.Running]:
    with serving.running(app.APIServer(core=True, extensions=True), tls=True) as running:
        yield running


@pytest.fixture(scope="module")
def cluster_home(tmp_path_factory: pytest.TempPathFactory, cluster: app.Running) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def kc(kubectl: Path, cluster: app.Running, cluster_home: Path, tmp_path: Path) -> kubectls.Kubectl:
    """kubectl as the administrator, in a namespace of the test's own."""
    made = kubectls.Kubectl(kubectl, guestbooks.Book(cluster, f"ns-{next(NUMBERS)}"), cluster_home, tmp_path)
    made("create", "namespace", made.namespace)
    return made
