"""The memory backend passes the suite."""

from collections.abc import AsyncIterator

import pytest

from kroute.storage.backend import base
from kroute.storage.backend.memory import backend as memory
from kroute.testing import backends, watches


@pytest.fixture
def unopened() -> base.Backend:
    return memory.MemoryBackend()


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
