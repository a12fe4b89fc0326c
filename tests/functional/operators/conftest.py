"""A cluster for operators, served once for a module: every kind of Kubernetes, definitions, controllers at work."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator

import pytest

from kroute import app
from kroute.testing import serving
from tests.functional.operators import manifests, operating

NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def served() -> Iterator[app.Running]:
    server = app.APIServer(core=True, extensions=True)
    with serving.running(server, tls=True, objects=manifests.DEFINITIONS) as running:
        yield running


@pytest.fixture
def cluster(served: app.Running, monkeypatch: pytest.MonkeyPatch) -> operating.Cluster:
    """A client in a namespace of its own, and the way to the cluster in the environment."""
    monkeypatch.setenv("KUBECONFIG", str(served.kubeconfig))
    made = operating.Cluster(served, f"ns-{next(NUMBERS)}")
    made.post("/api/v1/namespaces", {"metadata": {"name": made.namespace}})
    return made


@pytest.fixture
def seen() -> operating.Seen:
    return operating.Seen()


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[operating.Said]:
    """What the operators say about their work."""
    caplog.set_level(logging.DEBUG, "kopf")
    handler, logger = operating.Said(), logging.getLogger("kopf")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)
