"""An encrypted backend passes the suite, over each other one and with each provider."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kroute.storage.backend import base
from kroute.storage.backend.encrypted import backend as encrypted
from kroute.storage.backend.encrypted import configuration
from kroute.storage.backend.memory import backend as memory
from kroute.storage.backend.redis import backend as redis
from kroute.storage.backend.redis import urls
from kroute.storage.backend.sqlite import backend as sqlite
from kroute.testing import backends, histories, watches
from tests.contract import cached, test_histories

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def sealed(inner: base.Backend, provider: str) -> base.Backend:
    providers = [{provider: {"keys": [{"name": "key1", "secret": KEY}]}}]
    document = {
        "kind": "EncryptionConfiguration",
        "apiVersion": "apiserver.config.k8s.io/v1",
        "resources": [{"resources": ["*.*"], "providers": providers}],
    }
    return encrypted.EncryptedBackend(inner, configuration.Configuration(document))


@pytest.fixture(params=["memory-aesgcm", "memory-aescbc", "memory-secretbox", "sqlite-aesgcm", "redis-aesgcm"])
def unopened(request: pytest.FixtureRequest, tmp_path: Path) -> base.Backend:
    name, _, provider = request.param.partition("-")
    if name == "memory":
        return sealed(memory.MemoryBackend(), provider)
    if name == "sqlite":
        return sealed(sqlite.SqliteBackend(tmp_path / "store.db"), provider)
    url = request.getfixturevalue("redis_url")
    return sealed(redis.RedisBackend(urls.read(url).where, sweep_interval=0.02), provider)


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


def test_histories_of_an_encrypted_backend() -> None:
    test_histories.run(histories.machine(lambda: sealed(memory.MemoryBackend(), "aesgcm")))


def test_histories_of_an_encrypted_backend_seen_through_the_watch_cache() -> None:
    def open_cached() -> base.Backend:
        return cached.CachedBackend(sealed(memory.MemoryBackend(), "aesgcm"))

    test_histories.run(histories.machine(open_cached, compacts=False))
