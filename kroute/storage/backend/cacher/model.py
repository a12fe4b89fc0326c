"""What the watch cache gives out: entries, changes, batches of changes and snapshots."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from kroute.storage.backend import base

Attributes: TypeAlias = tuple[Mapping[str, str], Mapping[str, str]]
"""The labels and the selectable fields of an object."""

Index: TypeAlias = Callable[[bytes], Attributes]
"""Finds the attributes of a stored value.  Called once for each value."""


class Entry(NamedTuple):
    """An object in the cache: a record and what selectors ask for.  `offset` is the place of the revision's digits."""

    key: str
    revision: int
    value: bytes
    offset: int
    labels: Mapping[str, str]
    fields: Mapping[str, str]


class Change:
    """A change of one object.

    `entry` is the new state, for DELETED the last one at the deletion's revision; `previous` is the state before, so
    that a watcher with a selector can tell what the change means to it.  `memo` is free for readers: whatever is
    encoded from the change once can be kept there for the others.
    """

    __slots__ = ("entry", "memo", "previous", "type")

    def __init__(self, type: base.EventType, entry: Entry, previous: Entry | None) -> None:  # noqa: A002 - its name in the API
        self.type, self.entry, self.previous = type, entry, previous
        self.memo: dict[Hashable, Any] = {}

    def __repr__(self) -> str:
        return f"Change({self.type} {self.entry.key} at {self.entry.revision})"


class Batch:
    """Changes that a subscriber gets at once, in order; none after a time-out.

    Subscribers at the same position get the same batch, so `memo` can keep the joined bytes of all of it.
    `revision` says up to where the subscriber now knows everything: what a bookmark may carry.
    """

    __slots__ = ("changes", "memo", "revision")

    def __init__(self, changes: Sequence[Change], revision: int) -> None:
        self.changes, self.revision = changes, revision
        self.memo: dict[Hashable, Any] = {}


class Snapshot(NamedTuple):
    """Entries sorted by key, as they were at a revision of the log."""

    entries: Sequence[Entry]
    revision: int
