"""A store that can't be reached is answered with what clients can retry; nothing else leaks out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from kroute.aio import clocks
from kroute.machinery import errors
from kroute.storage import caches
from kroute.storage.backend import base
from kroute.storage.backend import errors as backend_errors
from kroute.storage.backend.memory import backend as memory_backend
from kroute.storage.backend.memory import log as memory_log
from tests.unit.storage.benches import Bench, Made


class Broken(memory_log.MemoryLog):
    """A log that is cut off for as long as `away` holds."""

    away = False

    def _check(self) -> None:
        if self.away:
            raise backend_errors.Unavailable("connection refused")

    async def create(self, key: str, draft: base.Draft, *, ttl: float | None = None) -> base.Record:
        self._check()
        return await super().create(key, draft, ttl=ttl)

    async def get(self, key: str) -> base.Record | None:
        self._check()
        return await super().get(key)

    async def update(self, key: str, draft: base.Draft, *, expected: int, ttl: float | None = None) -> base.Record:
        self._check()
        return await super().update(key, draft, expected=expected, ttl=ttl)

    async def delete(self, key: str, *, expected: int) -> base.Record:
        self._check()
        return await super().delete(key, expected=expected)

    async def current_revision(self) -> int:
        self._check()
        return await super().current_revision()


class BrokenBackend(memory_backend.MemoryBackend):
    def log(self, name: str) -> Broken:
        found = self._logs.get(name)
        if found is None:
            found = self._logs[name] = Broken(name, history=100, clock=base.ticks)
        assert isinstance(found, Broken)
        return found


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with BrokenBackend() as backend, caches.Caches(backend) as owner:
        made = Made(owner, clocks.ManualClock())()
        await made.create("a", spec={"size": 1})
        await made.list()
        log = made.store.core.log
        assert isinstance(log, Broken)
        log.away = True
        yield made


def change(obj: Any) -> None:
    obj["spec"] = {"size": 2}


@pytest.mark.parametrize(
    "operation, use",
    [
        ("create", lambda bench: bench.create("b")),
        ("create", lambda bench: bench.create("a", dry_run=True)),
        ("get", lambda bench: bench.get("a")),
        ("update", lambda bench: bench.update("a", change)),
        ("update", lambda bench: bench.update("z", change)),
        ("delete", lambda bench: bench.delete("a")),
        ("list", lambda bench: bench.list()),
        ("watch", lambda bench: bench.watch().next()),
    ],
)
async def test_every_operation_can_be_retried(bench: Bench, operation: str, use: Any) -> None:
    with pytest.raises(errors.ServiceUnavailable) as caught:
        await use(bench)
    error = caught.value
    assert error.message == (
        f"The {operation} operation against widgets.toys.example.org could not be completed at this time, "
        "please try again."
    )
    assert (error.status_code, error.status_reason) == (503, "ServerTimeout")
    assert error.headers["Retry-After"] == "2"
    assert error.details is not None
    assert error.details["retryAfterSeconds"] == 2


async def test_what_the_cache_has_is_still_served(bench: Bench) -> None:
    assert (await bench.get("a", "0"))["spec"] == {"size": 1}
    assert await bench.names(resource_version="0") == ["a"]
    watch = bench.watch(resource_version="0")
    assert await watch.told(1) == [("ADDED", "a")]
    await watch.aclose()


async def test_a_cache_is_made_once_for_a_log() -> None:
    async with memory_backend.MemoryBackend() as backend, caches.Caches(backend) as owner:
        owner.shelf("widgets", lambda value: ({}, {}))
        with pytest.raises(ValueError, match="widgets has a watch cache already"):
            owner.shelf("widgets", lambda value: ({}, {}))


async def test_caches_that_ended_are_not_available() -> None:
    async with memory_backend.MemoryBackend() as backend:
        async with caches.Caches(backend) as owner:
            shelf = owner.shelf("widgets", lambda value: ({}, {}))
            await shelf.ready()
            assert owner.counts() == {"widgets": 0}
        late = owner.shelf("gadgets", lambda value: ({}, {}))
        with pytest.raises(backend_errors.Unavailable):
            await late.cacher()
