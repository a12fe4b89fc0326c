"""A Store over the memory backend."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kroute.aio import clocks
from kroute.storage import caches
from kroute.storage.backend.memory import backend as memory_backend
from tests.unit.storage import benches


@pytest.fixture
async def make() -> AsyncIterator[benches.Made]:
    async with memory_backend.MemoryBackend(history=1000) as backend, caches.Caches(backend) as owner:
        yield benches.Made(owner, clocks.ManualClock())


@pytest.fixture
async def bench(make: benches.Made) -> benches.Bench:
    return make()
