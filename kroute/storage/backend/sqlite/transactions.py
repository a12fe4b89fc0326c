"""What is done in a transaction: the operations on logs, one after the other, on the writer's connection.

Each operation checks before it changes anything, so that a refused one leaves the transaction to the others.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import NamedTuple

from kroute.storage.backend import base, errors

_SWEEP = 100  # how many deadlines one transaction handles
_LARGEST = 2**63 - 1  # what SQLite can compare
_CHUNK = 200  # how many old changes one transaction removes

_LAST = """
SELECT objects.revision, changes.place, changes.value FROM objects
JOIN changes ON changes.id = objects.change WHERE objects.log = ? AND objects.key = ?
"""
_CHANGE = "INSERT INTO changes (id, log, revision, type, key, place, value) VALUES (?, ?, ?, ?, ?, ?, ?)"


class Opened(NamedTuple):
    """What a log's object in the event loop needs to begin with."""

    id: int
    revision: int


class _Row:
    """A row of `logs`, ahead of the table inside a transaction."""

    __slots__ = ("id", "name", "revision")

    def __init__(self, id: int, name: str, revision: int) -> None:  # noqa: A002 - the column's name
        self.id, self.name, self.revision = id, name, revision


class Transactions:
    """The writer's view of the file.  Between `begin` and `commit` the operations may be called."""

    def __init__(self, connection: sqlite3.Connection, clock: Callable[[], int]) -> None:
        self._do = connection.execute
        self._clock = clock
        self._rows: dict[str, _Row] = {}
        self._touched: dict[str, _Row] = {}
        self._change = 0
        self.events: dict[str, list[base.Event]] = {}

    def begin(self) -> None:
        self.events = {}
        self._touched.clear()
        self._do("BEGIN IMMEDIATE")

    def commit(self) -> None:
        for row in self._touched.values():
            self._do("UPDATE logs SET revision = ? WHERE id = ?", (row.revision, row.id))
        self._do("COMMIT")

    def rollback(self) -> None:
        """Undo everything since `begin`; harmless when SQLite has done so itself."""
        self._rows.clear()
        self._touched.clear()
        self._change = 0
        self.events = {}
        try:
            self._do("ROLLBACK")
        except sqlite3.Error:
            return

    def open(self, name: str) -> Opened:
        """Make the log if it isn't there."""
        row = self._row(name)
        return Opened(row.id, row.revision)

    def create(self, name: str, key: str, draft: base.Draft, deadline: int | None) -> base.Record:
        row = self._row(name)
        revision, change = self._next(row), self._next_change()
        made = self._do(
            "INSERT INTO objects (log, key, revision, change, deadline) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (row.id, key, revision, change, deadline),
        ).rowcount
        if not made:
            raise errors.KeyExists(key)
        record = base.Record(key, revision, draft.at(revision), len(draft.head))
        self._record(row, change, "ADDED", record)
        return record

    def update(self, name: str, key: str, draft: base.Draft, expected: int, deadline: int | None) -> base.Record:
        row = self._row(name)
        revision, change = self._next(row), self._next_change()
        made = (
            expected <= _LARGEST
            and self._do(
                "UPDATE objects SET revision = ?, change = ?, deadline = coalesce(?, deadline)"
                " WHERE log = ? AND key = ? AND revision = ?",
                (revision, change, deadline, row.id, key, expected),
            ).rowcount
        )
        if not made:
            raise self._refusal(row, key, expected)
        record = base.Record(key, revision, draft.at(revision), len(draft.head))
        self._discard(row, expected)
        self._record(row, change, "MODIFIED", record)
        return record

    def delete(self, name: str, key: str, expected: int | None) -> base.Record:
        """Remove a key; `expected` None takes it as it is."""
        row = self._row(name)
        found = self._do(_LAST, (row.id, key)).fetchone()
        if found is None:
            raise errors.KeyNotFound(key)
        actual, place, value = found
        if expected not in (None, actual):
            raise errors.RevisionConflict(key, expected or 0, actual)
        revision, change = self._next(row), self._next_change()
        self._do("DELETE FROM objects WHERE log = ? AND key = ?", (row.id, key))
        record = base.moved(base.Record(key, actual, value, place), revision)
        self._discard(row, actual)
        self._record(row, change, "DELETED", record)
        self._discard(row, revision)
        return record

    def sweep(self) -> int | None:
        """Delete keys whose deadline has passed, some at a time; gives the next deadline, in ticks."""
        due = self._do(
            "SELECT logs.name, objects.key FROM objects JOIN logs ON logs.id = objects.log"
            " WHERE deadline <= ? ORDER BY deadline LIMIT ?",
            (self._clock(), _SWEEP),
        ).fetchall()
        for name, key in due:
            self.delete(name, key, None)
        found: int | None = self._do("SELECT min(deadline) FROM objects WHERE deadline IS NOT NULL").fetchone()[0]
        return found

    def compact(self, name: str, before: int) -> bool:
        """Forget changes with a revision below `before`, some at a time; says whether more are left."""
        row = self._row(name)
        old = self._do(
            "SELECT revision FROM garbage WHERE log = ? AND revision < ? ORDER BY revision LIMIT ?",
            (row.id, before, _CHUNK),
        ).fetchall()
        if old:
            self._do(
                "DELETE FROM changes WHERE log = ?1 AND revision IN"
                " (SELECT revision FROM garbage WHERE log = ?1 AND revision <= ?2)",
                (row.id, old[-1][0]),
            )
            self._do("DELETE FROM garbage WHERE log = ? AND revision <= ?", (row.id, old[-1][0]))
            self._do("UPDATE logs SET oldest = max(oldest, ?) WHERE id = ?", (old[-1][0], row.id))
        return len(old) == _CHUNK

    def forget(self, name: str, before: int) -> None:
        """Have no watch begin below the last change before `before`, also where all that follows is still there."""
        row = self._row(name)
        self._do(
            "UPDATE logs SET oldest = max(oldest, coalesce("
            "(SELECT max(revision) FROM changes WHERE log = ?1 AND revision < ?2), 0)) WHERE id = ?1",
            (row.id, before),
        )

    def limits(self, before: int, count: int) -> dict[str, int]:
        """For each log with something to forget, the revision to compact before: `before`, or what leaves `count`."""
        found: dict[str, int] = {}
        for id_, name in self._do("SELECT id, name FROM logs").fetchall():
            surplus = self._do(
                "SELECT revision FROM garbage WHERE log = ? ORDER BY revision DESC LIMIT 1 OFFSET ?", (id_, count)
            ).fetchone()
            limit = max(before, surplus[0] + 1 if surplus else 0)
            if self._do("SELECT 1 FROM garbage WHERE log = ? AND revision < ? LIMIT 1", (id_, limit)).fetchone():
                found[name] = limit
        return found

    def _row(self, name: str) -> _Row:
        row = self._rows.get(name)
        if row is None:
            now = self._clock()
            self._do(
                "INSERT INTO logs (name, revision, oldest) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (name, now, now)
            )
            id_, revision = self._do("SELECT id, revision FROM logs WHERE name = ?", (name,)).fetchone()
            row = self._rows[name] = _Row(id_, name, revision)
        return row

    def _next(self, row: _Row) -> int:
        return max(row.revision + 1, self._clock())

    def _next_change(self) -> int:
        if not self._change:
            self._change = self._do("SELECT coalesce(max(id), 0) FROM changes").fetchone()[0]
        return self._change + 1

    def _record(self, row: _Row, change: int, kind: base.EventType, record: base.Record) -> None:
        key, revision, value, place = record
        self._do(_CHANGE, (change, row.id, revision, kind, key, place, value))
        self._change = change
        row.revision = revision
        self._touched[row.name] = row
        self.events.setdefault(row.name, []).append(base.Event(kind, *record))

    def _discard(self, row: _Row, revision: int) -> None:
        self._do("INSERT INTO garbage (log, revision) VALUES (?, ?)", (row.id, revision))

    def _refusal(self, row: _Row, key: str, expected: int) -> errors.BackendError:
        found = self._do("SELECT revision FROM objects WHERE log = ? AND key = ?", (row.id, key)).fetchone()
        return errors.KeyNotFound(key) if found is None else errors.RevisionConflict(key, expected, found[0])
