"""What is made of all objects of a resource, and made anew when they have changed: parsed configurations.

Asking costs next to nothing while nothing changes, and less where there are no objects.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from kroute.machinery import objects
from kroute.storage import core, following

log = logging.getLogger("kroute.admission")

Part = TypeVar("Part")


class Derived(Generic[Part]):
    """The objects of a resource, each made into something; `present` by key, sorted.

    `make` is called once for each version of an object."""

    def __init__(self, at: core.Core, make: Callable[[objects.Object], Part]) -> None:
        self._follower = following.Follower(at)
        self._make = make
        self._parts: dict[str, Part] = {}
        self.version = 0
        """Changes when `present` does."""

    def present(self) -> Mapping[str, Part]:
        """What there is now, as far as the watch cache knows."""
        news = self._follower.news()
        if news is None or not (news.changes or news.anew):
            return self._parts
        parts = {} if news.anew else dict(self._parts)
        for key, obj in news.changes:
            parts.pop(key, None)
            if obj is not None:
                try:
                    parts[key] = self._make(obj)
                except Exception:  # a store may hold what no validation has seen; the others still count
                    log.exception("%s can't be used for admission", key)
        self._parts = dict(sorted(parts.items()))
        self.version += 1
        return self._parts
