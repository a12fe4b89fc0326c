"""The APIServices there are, as the watch cache has them, and who wants to know of changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TypeAlias

import orjson

from kroute.aggregator import records
from kroute.storage.backend.cacher import model

Listener: TypeAlias = Callable[[str, records.APIService | None], None]
"""Is told of a name, and what is there now; None for nothing any more."""


class Known:
    """A Handler of a follower.  Listeners are told in the order in which they came."""

    def __init__(self) -> None:
        self._services: dict[str, records.APIService] = {}
        self._listeners: list[Listener] = []
        self._void: set[str] = set()

    def on_change(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def get(self, name: str) -> records.APIService | None:
        return self._services.get(name)

    def all(self) -> Iterable[records.APIService]:
        return list(self._services.values())

    def begin(self) -> None:
        """Everything there is will be told now, in this turn of the event loop; what isn't told again is gone."""
        self._void = set(self._services)
        asyncio.get_running_loop().call_soon(self._settle)

    def _settle(self) -> None:
        void, self._void = self._void, set()
        for name in void:
            self._put(name, None)

    def added(self, entry: model.Entry) -> None:
        self._void.discard(entry.key)
        self._put(entry.key, records.APIService.of(orjson.loads(entry.value)))

    def changed(self, change: model.Change) -> None:
        if change.type == "DELETED":
            self._put(change.entry.key, None)
        else:
            self._put(change.entry.key, records.APIService.of(orjson.loads(change.entry.value)))

    def _put(self, name: str, found: records.APIService | None) -> None:
        if found is None:
            self._services.pop(name, None)
        else:
            self._services[name] = found
        for listener in self._listeners:
            listener(name, found)
