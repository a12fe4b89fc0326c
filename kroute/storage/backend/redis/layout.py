"""How a log lies in Redis: the names of its keys, and the bytes of values and events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from kroute.storage.backend import base

PLACE = 8
"""A stored value begins with that many digits: where, behind them, its revision is."""

_LONGEST_HEAD = 10**PLACE - 1


class Keys(NamedTuple):
    """The keys of one log, in the order that scripts take them."""

    objects: bytes
    events: bytes
    meta: bytes
    deadlines: bytes


def keys(prefix: str, name: str) -> Keys:
    """The keys of a log; all in one slot of a cluster."""
    tag = f"{{{prefix}:{name}}}"
    return Keys(*(f"{tag}:{part}".encode() for part in Keys._fields))


def place(draft: base.Draft) -> bytes:
    """The prefix of a value made from `draft`.  Raises ValueError for a head too long to be one."""
    length = len(draft.head)
    if length > _LONGEST_HEAD:
        raise ValueError(f"a head of {length} bytes is too long")
    return b"%0*d" % (PLACE, length)


def record(key: str, stored: bytes) -> base.Record:
    """A stored value as a record."""
    offset = int(stored[:PLACE])
    begin = PLACE + offset
    return base.Record(key, int(stored[begin : begin + base.DIGITS]), stored[PLACE:], offset)


class Entry(NamedTuple):
    """An entry of the stream: an event and the revision that the log had before it."""

    event: base.Event
    previous: int


def entries(reply: Sequence[Any]) -> list[Entry]:
    """What XRANGE or XREAD say of one stream."""
    found = []
    for id_, fields in reply:
        kind, key, previous, stored = fields[1::2]
        offset = int(stored[:PLACE])
        event = base.Event(_TYPES[kind], key.decode(), int(id_[:-2]), stored[PLACE:], offset)
        found.append(Entry(event, int(previous)))
    return found


_TYPES: dict[bytes, base.EventType] = {b"ADDED": "ADDED", b"MODIFIED": "MODIFIED", b"DELETED": "DELETED"}
