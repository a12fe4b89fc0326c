"""The maker of objects; it reads the schemas of all kinds, once."""

from __future__ import annotations

import pytest

from tests.unit.coreapi import harness


@pytest.fixture(scope="session")
def make() -> harness.Maker:
    return harness.Maker()
