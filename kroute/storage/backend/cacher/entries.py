"""The current entries of a watch cache, found by key and listed in key order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import sortedcontainers

from kroute.storage.backend.cacher import model


class Entries:
    """A map of entries with sorted keys.  A prefix is "" or ends a path segment (`namespace/`), or is a whole key."""

    def __init__(self, entries: Iterable[model.Entry] = ()) -> None:
        self._by_key = {entry.key: entry for entry in entries}
        self._keys = sortedcontainers.SortedList(self._by_key)

    def __len__(self) -> int:
        return len(self._by_key)

    def get(self, key: str) -> model.Entry | None:
        return self._by_key.get(key)

    def put(self, entry: model.Entry) -> model.Entry | None:
        """Add or replace an entry; gives the one that was there."""
        previous = self._by_key.get(entry.key)
        if previous is None:
            self._keys.add(entry.key)
        self._by_key[entry.key] = entry
        return previous

    def remove(self, key: str) -> model.Entry | None:
        previous = self._by_key.pop(key, None)
        if previous is not None:
            self._keys.remove(key)
        return previous

    def __iter__(self) -> Iterator[model.Entry]:
        return iter(self._by_key.values())

    def count(self, prefix: str) -> int:
        if not prefix:
            return len(self._by_key)
        first: int = self._keys.bisect_left(prefix)
        last: int = self._keys.bisect_left(_end(prefix))
        return last - first

    def select(self, prefix: str, start: str) -> list[model.Entry]:
        """The entries whose key has the prefix and isn't below `start`, sorted by key."""
        if not prefix and not start:
            return list(map(self._by_key.__getitem__, self._keys))
        first = max(prefix, start)
        last = _end(prefix) if prefix else None
        keys = self._keys.irange(first, last, inclusive=(True, False))
        return list(map(self._by_key.__getitem__, keys))

    def select_undone(self, prefix: str, start: str, undone: Mapping[str, model.Entry | None]) -> list[model.Entry]:
        """As `select`, with some keys as they were before; None is for keys that weren't there."""
        chosen = [entry for entry in self.select(prefix, start) if entry.key not in undone]
        count = len(chosen)
        for key, entry in undone.items():
            if entry is not None and key >= start and key.startswith(prefix):
                chosen.append(entry)
        if len(chosen) > count:
            chosen.sort(key=_key)
        return chosen


def _key(entry: model.Entry) -> str:
    return entry.key


def _end(prefix: str) -> str:
    """The least string above all that have the prefix."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)
