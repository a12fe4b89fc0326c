"""What must have happened between two listings of a log, told as events.

Used when a watch cache lost touch with its log for longer than the log remembers.  The events make subscribers
arrive at the new state, each object's last change at its true revision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from kroute.storage.backend import base
from kroute.storage.backend.cacher import model


class Difference(NamedTuple):
    """A change to be added: the type, the new entry (at a deletion, the last one as deleted) and the previous one."""

    type: base.EventType
    entry: model.Entry
    previous: model.Entry | None


def differences(old: Iterable[model.Entry], new: Mapping[str, model.Entry], since: int) -> list[Difference] | None:
    """The changes that lead from `old`, the state at revision `since`, to `new`, ordered by revision.

    None when `new` shows something not later than `since` that isn't in `old`: the store has lost writes.

    When an object was deleted is not known.  Deletions get the lowest numbers above `since` that no change bears, so
    they come first: a watcher that has come to such a number, and goes on from it at a process that knows the true
    order, sees a deletion again rather than missing one.
    """
    found: list[Difference] = []
    gone: list[model.Entry] = []
    known: dict[str, model.Entry] = {}
    for entry in old:
        known[entry.key] = entry
        if entry.key not in new:
            gone.append(entry)
    for key, entry in new.items():
        previous = known.get(key)
        if previous is None:
            found.append(Difference("ADDED", entry, None))
        elif previous.revision != entry.revision:
            found.append(Difference("MODIFIED", entry, previous))
    if any(difference.entry.revision <= since for difference in found):
        return None
    taken = {difference.entry.revision for difference in found}
    revision = since
    for entry in gone:
        revision += 1
        while revision in taken:
            revision += 1
        found.append(Difference("DELETED", deleted(entry, revision), entry))
    found.sort(key=lambda difference: difference.entry.revision)
    return found


def deleted(entry: model.Entry, revision: int) -> model.Entry:
    """The entry as a deletion at `revision` tells it."""
    last = base.moved(base.Record(entry.key, entry.revision, entry.value, entry.offset), revision)
    return entry._replace(revision=revision, value=last.value)
