"""The Redis backend passes the suite."""

from collections.abc import AsyncIterator

import pytest

from kroute.storage.backend import base
from kroute.storage.backend.redis import backend as redis
from kroute.storage.backend.redis import urls
from kroute.testing import backends, watches


@pytest.fixture
def unopened(redis_url: str) -> base.Backend:
    return redis.RedisBackend(urls.read(redis_url).where, sweep_interval=0.02)


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
