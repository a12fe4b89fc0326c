"""A core API with services over the memory backend."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kroute.storage.backend.memory import backend as memory
from tests.unit.coreapi import clusters, harness


@pytest.fixture
async def backend() -> AsyncIterator[memory.MemoryBackend]:
    async with memory.MemoryBackend() as found:
        yield found


@pytest.fixture
async def cluster(backend: memory.MemoryBackend, make: harness.Maker) -> AsyncIterator[clusters.Cluster]:
    async with clusters.cluster(backend, make) as found:
        yield found
