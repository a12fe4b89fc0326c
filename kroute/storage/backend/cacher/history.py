"""The recent changes of a watch cache: where watches read, and what undoes the present to an older state.

Changes have positions, which count all changes ever added, so that a reader's place stays valid while old changes
are dropped.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence

from kroute.storage.backend import errors
from kroute.storage.backend.cacher import model


class History:
    """The changes above `oldest` and up to `revision`, in order; about the newest `limit` of them."""

    def __init__(self, revision: int, *, limit: int) -> None:
        self.oldest = revision
        self.revision = revision
        self.first = 0
        self._limit = limit
        self._changes: list[model.Change] = []
        self._gaps: list[tuple[int, int]] = []

    @property
    def end(self) -> int:
        """The position of the next change to come."""
        return self.first + len(self._changes)

    def reset(self, revision: int) -> None:
        """Forget everything; the present is at `revision`.  Positions go on."""
        self.first = self.end
        self._changes.clear()
        self._gaps.clear()
        self.oldest = self.revision = revision

    def add(self, changes: Sequence[model.Change]) -> bool:
        """Add changes; says whether old ones were dropped for it."""
        self._changes.extend(changes)
        self.revision = changes[-1].entry.revision
        surplus = len(self._changes) - self._limit
        if surplus <= self._limit // 4:
            return False
        self.oldest = self._changes[surplus - 1].entry.revision
        del self._changes[:surplus]
        self.first += surplus
        self._gaps = [gap for gap in self._gaps if gap[1] > self.oldest]
        return True

    def skip(self, revision: int) -> None:
        """Say that nothing inside the range from the present revision to this one is known in its true order.

        To be called before the changes that stand for the range are added.
        """
        if revision > self.revision:
            self._gaps.append((self.revision, revision))

    def check(self, revision: int) -> None:
        """Raises RevisionExpired if the state at that revision can't be told."""
        if revision < self.oldest:
            raise errors.RevisionExpired(revision, self.oldest)
        for start, end in self._gaps:
            if start < revision < end:
                raise errors.RevisionExpired(revision, end)

    def position(self, revision: int) -> int:
        """Where the changes above a revision begin.  Raises RevisionExpired."""
        if revision >= self.revision:
            return self.end
        self.check(revision)
        return self.first + bisect.bisect_right(self._changes, revision, key=_revision)

    def since(self, position: int) -> Sequence[model.Change]:
        """The changes from a position on, which must not be below `first`."""
        return self._changes[position - self.first :]

    def undo(self, revision: int) -> dict[str, model.Entry | None]:
        """What the keys that changed after a revision held at it; None for nothing.  Raises RevisionExpired."""
        self.check(revision)
        undone: dict[str, model.Entry | None] = {}
        for change in reversed(self._changes):
            if change.entry.revision <= revision:
                break
            undone[change.entry.key] = change.previous
        return undone


def _revision(change: model.Change) -> int:
    return change.entry.revision
