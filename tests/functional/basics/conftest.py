"""All of Kubernetes' own kinds, served once for a module; each test has a namespace of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kroute import app
from kroute.testing import serving
from tests.functional.coreapi.conftest import core as core


@pytest.fixture(scope="module")
def core_server() -> Iterator[app.Running]:
    with serving.running(app.APIServer(core=True), controllers=["-*"]) as running:
        yield running
