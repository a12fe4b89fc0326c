"""Tables of built-in kinds, at a fixed time."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.coreapi import columns
from kroute.machinery import gvk
from tests.unit.coreapi.cells import harness


@pytest.fixture(scope="session")
def cells() -> harness.Cells:
    tables = columns.Tables.load()

    def make(kind: str, **fields: Any) -> list[Any]:
        api_version, _, name = kind.rpartition("/")
        table = tables.table_for(gvk.GroupVersionKind(*gvk.GroupVersion.parse(api_version), name))
        return table.cells({"metadata": harness.META, **fields}, harness.NOW)

    return make
