"""All of Kubernetes' own kinds, served once for a module; each test has a namespace of its own."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from kroute import app
from kroute.testing import serving
from tests.functional.coreapi.conftest import NUMBERS, Core


@pytest.fixture(scope="module")
def core_server() -> Iterator[app.Running]:
    logging.getLogger("kroute").setLevel(logging.CRITICAL)
    with serving.running(app.APIServer(core=True)) as running:
        yield running


@pytest.fixture
def core(core_server: app.Running) -> Core:
    made = Core(core_server, f"ns-{next(NUMBERS)}")
    assert made.send("POST", "/api/v1/namespaces", {"metadata": {"name": made.namespace}}).status == 201
    assert made.create("serviceaccounts", {"metadata": {"name": "default"}}).status == 201
    return made
