"""Random histories: each backend, and the watch cache over each, does what the memory backend does."""

from pathlib import Path

import pytest
from hypothesis import stateful

from kroute.storage.backend import base
from kroute.storage.backend.memory import backend as memory
from kroute.storage.backend.redis import backend as redis
from kroute.storage.backend.redis import urls
from kroute.storage.backend.sqlite import backend as sqlite
from kroute.testing import histories
from tests.contract import cached


@pytest.fixture(params=["memory", "sqlite", "redis"])
def open_backend(request: pytest.FixtureRequest, tmp_path: Path) -> histories.Open:
    if request.param == "memory":
        return memory.MemoryBackend
    if request.param == "sqlite":
        return lambda: sqlite.SqliteBackend(tmp_path / "store.db")
    url = request.getfixturevalue("redis_url")
    return lambda: redis.RedisBackend(urls.read(url).where)


def test_histories(open_backend: histories.Open) -> None:
    run(histories.machine(open_backend))


def test_histories_seen_through_the_watch_cache(open_backend: histories.Open) -> None:
    def open_cached() -> base.Backend:
        return cached.CachedBackend(open_backend())

    run(histories.machine(open_cached, compacts=False))


def run(machine: type[stateful.RuleBasedStateMachine]) -> None:
    stateful.run_state_machine_as_test(machine, settings=machine.TestCase.settings)
