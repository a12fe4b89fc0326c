"""The SQLite backend passes the suite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kroute.storage.backend import base
from kroute.storage.backend.sqlite import backend as sqlite
from kroute.testing import backends, watches


@pytest.fixture
def unopened(tmp_path: Path) -> base.Backend:
    return sqlite.SqliteBackend(tmp_path / "store.db")


@pytest.fixture
async def backend(unopened: base.Backend) -> AsyncIterator[base.Backend]:
    async with unopened as opened:
        yield opened


class TestWrites(backends.WriteContract):
    pass


class TestReads(backends.ReadContract):
    pass


class TestTime(backends.TimeContract):
    pass


class TestWatches(watches.WatchContract):
    pass


class TestEnd(watches.EndContract):
    pass
