"""What the watch cache shows passes the suite too, over each backend."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kroute.storage.backend import base
from kroute.storage.backend.memory import backend as memory
from kroute.storage.backend.redis import backend as redis
from kroute.storage.backend.redis import urls
from kroute.storage.backend.sqlite import backend as sqlite
from kroute.testing import backends, watches
from tests.contract import cached


@pytest.fixture(params=["memory", "sqlite", "redis"])
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[base.Backend]:
    below: base.Backend
    if request.param == "memory":
        below = memory.MemoryBackend()
    elif request.param == "sqlite":
        below = sqlite.SqliteBackend(tmp_path / "store.db")
    else:
        url = request.getfixturevalue("redis_url")
        below = redis.RedisBackend(urls.read(url).where, sweep_interval=0.02)
    async with cached.CachedBackend(below) as opened:
        yield opened


class TestWrites(backends.WriteContract):
    pass


class TestReads(backends.ReadContract):
    pass


class TestTime(backends.TimeContract):
    pass


class TestWatches(watches.WatchContract):
    # the cache remembers for itself what its log has forgotten
    test_what_was_compacted_is_expired = None
    # a subscriber takes nothing without waiting
    test_what_take_gave_is_not_given_again = None
