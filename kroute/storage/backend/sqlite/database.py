"""The file: its lock, its settings and its tables.

A change's value is stored once, in `changes`; `objects` says which change of a key is the current one, and
`garbage` which changes are no longer anybody's present, so that compaction finds them without a search.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from kroute.storage.backend import errors

VERSION = 1
APPLICATION = 0x6B726F75  # "krou"

_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE logs (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL,
    oldest INTEGER NOT NULL
);
CREATE TABLE changes (
    id INTEGER PRIMARY KEY,
    log INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    type TEXT NOT NULL,
    key TEXT NOT NULL,
    place INTEGER NOT NULL,
    value BLOB NOT NULL
);
CREATE UNIQUE INDEX changes_by_revision ON changes (log, revision);
CREATE TABLE objects (
    log INTEGER NOT NULL,
    key TEXT NOT NULL,
    revision INTEGER NOT NULL,
    change INTEGER NOT NULL,
    deadline INTEGER,
    PRIMARY KEY (log, key)
) WITHOUT ROWID;
CREATE INDEX objects_by_deadline ON objects (deadline) WHERE deadline IS NOT NULL;
CREATE TABLE garbage (
    log INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (log, revision)
) WITHOUT ROWID;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
COMMIT;
"""


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file for this process alone.  Raises Misconfigured when another one has it, or it can't be made."""
    beside = path.with_name(path.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise errors.Misconfigured(f"can't use {path}: {error.strerror or error}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.read(handle, 20).decode("ascii", "replace").strip() or "unknown"
            raise errors.Misconfigured(
                f"{path} is in use by another process (pid {owner}); a store that processes share needs Redis"
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)  # and with it the lock; the file stays, or two could lock two different files of its name


def prepare(path: Path) -> None:
    """Make the tables in a new file.  Raises Misconfigured for a file that is something else, or too new."""
    if _state(path) is None:
        with contextlib.closing(connect(path)) as connection:
            connection.executescript(_SCHEMA)


def _state(path: Path) -> int | None:
    """The version of the tables; None for an empty file.  Changes nothing.  Raises Misconfigured."""
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            application, version, tables = (
                connection.execute(statement).fetchone()[0]
                for statement in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
            )
    except sqlite3.Error as error:
        raise errors.Misconfigured(f"can't use {path}: {error}") from error
    if application != APPLICATION and (tables or application):
        raise errors.Misconfigured(f"{path} is an SQLite database of another program")
    if version > VERSION:
        raise errors.Misconfigured(f"{path} was made by a newer kroute")
    return int(version) if application else None


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection with our settings, for any one thread at a time.  Raises Misconfigured."""
    try:
        connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -16000")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
    except sqlite3.Error as error:
        raise errors.Misconfigured(f"can't use {path}: {error}") from error
    return connection
