"""Declared resources, built over the memory backend."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kroute.aio import clocks
from kroute.kinds import build, definition, mounting
from kroute.schema import godecoding, gotypes
from kroute.storage import caches
from kroute.storage.backend.memory import backend as memory_backend
from tests.unit.storage import benches


class Built:
    """The mounts of one resource by group-version, and ways to use them."""

    def __init__(self, versions: list[mounting.GroupVersionStorage], clock: clocks.ManualClock) -> None:
        self.versions = {each.group_version.version: each.mounts for each in versions}
        self.clock = clock

    def mount(self, path: str, version: str = "v1") -> mounting.Mount:
        return self.versions[version][path]

    def bench(self, path: str = "widgets", version: str = "v1") -> benches.Bench:
        """A way to use a storage as a handler for that version would."""
        made = benches.Bench(self.mount(path, version).storage, self.clock)
        made.ctx = benches.asking(version=version)
        return made


class Making:
    def __init__(self, owner: caches.Caches, decoder: godecoding.Decoder, clock: clocks.ManualClock) -> None:
        self.owner, self.decoder, self.clock = owner, decoder, clock
        self.builder = build.Builder(owner, decoder=decoder, clock=clock)

    def without_rules(self) -> Making:
        """What builds where nobody evaluates rules."""
        made = Making(self.owner, self.decoder, self.clock)
        made.builder = build.Builder(self.owner, decoder=self.decoder, rules_of=lambda schema: None)
        return made

    def __call__(self, resource: definition.Resource) -> Built:
        return Built(self.builder.mounts(resource), self.clock)


@pytest.fixture(scope="session")
def decoder() -> godecoding.Decoder:
    return godecoding.Decoder(gotypes.Types.load())


@pytest.fixture
async def built(decoder: godecoding.Decoder) -> AsyncIterator[Making]:
    clock = clocks.ManualClock()
    async with memory_backend.MemoryBackend() as backend, caches.Caches(backend) as owner:
        yield Making(owner, decoder, clock)
