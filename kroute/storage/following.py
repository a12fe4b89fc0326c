"""Following the objects of a resource, for indexes that are kept beside the watch cache.

A follower has no task: whoever keeps the index asks for what is new before each look into it, so that the index never
lags behind the cache.  Asking when there is nothing costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kroute.machinery import objects
from kroute.storage import core
from kroute.storage.backend import errors
from kroute.storage.backend.cacher import cacher, subscribing


class News(NamedTuple):
    """What changed since the last time: keys with their objects, None for those that are gone.

    `anew`: these are all objects there are, and whatever was known before is void."""

    changes: Sequence[tuple[str, objects.Object | None]]
    anew: bool = False


NOTHING = News(())


class Follower:
    """The objects of one resource as they change."""

    def __init__(self, at: core.Core) -> None:
        self._at = at
        self._cache: cacher.Cacher | None = None
        self._subscription: subscribing.Subscription | None = None

    def news(self) -> News | None:
        """What is new; None before the watch cache was filled.

        What this process wrote is among it as soon as the write has returned."""
        if self._subscription is not None and self._cache is not None:
            self._cache.drain()
            try:
                batch = self._subscription.take()
            except errors.BackendError:  # too slow, or the store lost what was told: begin anew
                self._subscription = None
            else:
                if batch is None:
                    return NOTHING
                return News(
                    [
                        (
                            change.entry.key,
                            None if change.type == "DELETED" else self._at.opened(change.entry).obj,
                        )
                        for change in batch.changes
                    ]
                )
        return self._begin()

    def close(self) -> None:
        if self._subscription is not None:
            self._subscription.close()
            self._subscription = None

    def _begin(self) -> News | None:
        cache = self._at.cache.filled()
        if cache is None:
            return None
        try:
            subscription = cache.watch()
        except errors.BackendError:
            return None
        found = self._at.opened_all(subscription.initial)
        keys = [entry.key for entry in subscription.initial]
        subscription.initial = ()
        self._subscription, self._cache = subscription, cache
        return News([(key, each.obj) for key, each in zip(keys, found, strict=True)], anew=True)
