"""What a controller works with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from kroute.aio import clocks, tasks
from kroute.controllers import discovering
from kroute.server import loopback
from kroute.storage import caches as watch_caches
from kroute.storage.backend.cacher import model


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """`client` writes, `caches` are followed, `resources` know what is served."""

    client: loopback.Client
    caches: watch_caches.Caches
    resources: discovering.Resources
    clock: clocks.Clock = field(default_factory=clocks.SystemClock)

    def shelf(self, name: str) -> watch_caches.Shelf | None:
        """The watch cache of a resource (`deployments.apps`); None where it isn't served."""
        try:
            return self.caches.named(name)
        except KeyError:
            return None

    def peek(self, name: str, key: str) -> model.Entry | None:
        """What the watch cache of a resource has at a key."""
        shelf = self.shelf(name)
        return None if shelf is None else shelf.peek(key)

    def entries(self, name: str, prefix: str = "") -> Sequence[model.Entry]:
        """What the watch cache of a resource has: all, or what is in a namespace (`namespace/`)."""
        shelf = self.shelf(name)
        cache = None if shelf is None else shelf.filled()
        return () if cache is None else cache.snapshot(prefix).entries

    def keys(self, name: str) -> Sequence[str]:
        return [entry.key for entry in self.entries(name)]


Controller: TypeAlias = Callable[[Room, tasks.Scope], Awaitable[None]]
"""Starts one controller's work in a scope; returns when it has begun.  May be called again in a later scope."""
