"""The SQLite backend: who may have the file, what is forgotten when, and what a spoilt write does to others."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from kroute.storage.backend import base, errors
from kroute.storage.backend.sqlite import backend as sqlite
from kroute.storage.backend.sqlite import transactions
from kroute.testing import backends

SECOND = """
import asyncio, sys
from pathlib import Path
from kroute.storage.backend import errors
from kroute.storage.backend.sqlite import backend
async def main():
    try:
        async with backend.SqliteBackend(Path(sys.argv[1])):
            print("opened")
    except errors.Misconfigured as error:
        print(error)
asyncio.run(main())
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "store.db"


def opened_elsewhere(path: Path) -> str:
    """What a process says that opens the file."""
    return subprocess.run([sys.executable, "-c", SECOND, path], capture_output=True, text=True, check=True).stdout


def content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


async def test_a_second_process_is_told_who_has_the_file(path: Path) -> None:
    async with sqlite.SqliteBackend(path) as backend:
        await backend.log("widgets").create("a", backends.draft())
        said = opened_elsewhere(path)
        assert "is in use by another process (pid " in said
        assert len(said.splitlines()) == 1
    assert opened_elsewhere(path) == "opened\n"


async def test_it_cannot_be_opened_twice_in_one_process(path: Path) -> None:
    async with sqlite.SqliteBackend(path):
        with pytest.raises(errors.Misconfigured, match="in use"):
            async with sqlite.SqliteBackend(path):
                pass


async def test_what_was_written_is_there_when_it_is_opened_again(path: Path) -> None:
    async with sqlite.SqliteBackend(path) as backend:
        log = backend.log("widgets")
        start = await log.current_revision()
        first = await log.create("a", backends.draft("x"))
        second = await log.create("b", backends.draft("y"))
        last = await log.delete("a", expected=first.revision)
    async with sqlite.SqliteBackend(path) as backend:
        log = backend.log("widgets")
        assert await log.list() == base.Listing([second], last.revision)
        watch = log.watch(start)
        told = await backends.events(watch, 3)
        assert [event.revision for event in told] == [first.revision, second.revision, last.revision]
        assert (await log.create("a", backends.draft())).revision > last.revision
        await watch.aclose()


async def test_a_clock_that_goes_back_does_not_take_revisions_with_it(path: Path) -> None:
    async with sqlite.SqliteBackend(path) as backend:
        record = await backend.log("widgets").create("a", backends.draft())
    async with sqlite.SqliteBackend(path, clock=lambda: 100_000_000_000_000) as backend:
        again = await backend.log("widgets").create("b", backends.draft())
        assert again.revision == record.revision + 1


@pytest.mark.parametrize(
    "make, says",
    [
        (lambda path: path.write_bytes(b"no database, but long enough to be looked at as one" * 20), "not a database"),
        (lambda path: sqlite3.connect(path).execute("CREATE TABLE theirs (x)").connection.close(), "another program"),
        (lambda path: path.mkdir(), "unable to open"),
    ],
    ids=["no database", "another's database", "a folder"],
)
async def test_other_files_are_left_alone(path: Path, make: object, says: str) -> None:
    path.parent.mkdir()
    make(path)  # type: ignore[operator]
    before = content(path)
    with pytest.raises(errors.Misconfigured, match=says):
        async with sqlite.SqliteBackend(path):
            pass
    assert content(path) == before


async def test_a_file_of_a_newer_kroute_is_left_alone(path: Path) -> None:
    async with sqlite.SqliteBackend(path):
        pass
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(errors.Misconfigured, match="made by a newer kroute"):
        async with sqlite.SqliteBackend(path):
            pass


async def test_a_path_that_cannot_be_is_a_line_for_a_person(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(errors.Misconfigured, match="can't use"):
        async with sqlite.SqliteBackend(tmp_path / "file" / "store.db"):
            pass


async def test_changes_are_forgotten_by_age(path: Path) -> None:
    now = itertools.count(170_000_000_000_000)
    async with sqlite.SqliteBackend(path, clock=lambda: next(now)) as backend:
        log = backend.log("widgets")
        record = await log.create("a", backends.draft(0))
        for count in range(500):
            before, record = record, await log.update("a", backends.draft(count), expected=record.revision)
    now = itertools.count(record.revision + 30_000_000)
    async with sqlite.SqliteBackend(path, keep=300.0, clock=lambda: next(now)) as backend:
        log = backend.log("widgets")
        await until_expired(log, before.revision - 1)
        assert await log.list() == base.Listing([record], record.revision)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM changes").fetchone() == (1,)
    connection.close()


async def test_changes_are_forgotten_by_number(path: Path) -> None:
    async with sqlite.SqliteBackend(path) as backend:
        log = backend.log("widgets")
        start = await log.current_revision()
        record = await log.create("a", backends.draft(0))
        for count in range(100):
            record = await log.update("a", backends.draft(count), expected=record.revision)
    async with sqlite.SqliteBackend(path, most=10) as backend:
        log = backend.log("widgets")
        await until_expired(log, start)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM changes").fetchone() == (11,)
    connection.close()


async def until_expired(log: base.Log, after: int) -> None:
    """Wait until no watch can begin at a revision."""
    async with asyncio.timeout(backends.PATIENCE):
        while True:
            await asyncio.sleep(0)
            watch = log.watch(after)
            try:
                if await backends.first_error(anext(watch)) is errors.RevisionExpired:
                    return
            finally:
                await watch.aclose()


async def test_a_write_that_breaks_its_transaction_does_not_harm_others(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = transactions.Transactions.create

    def breaking(self: transactions.Transactions, name: str, key: str, *rest: object) -> base.Record:
        record = create(self, name, key, *rest)  # type: ignore[arg-type]
        if key == "bad":
            raise sqlite3.OperationalError("disk I/O error")
        return record

    monkeypatch.setattr(transactions.Transactions, "create", breaking)
    async with sqlite.SqliteBackend(path) as backend:
        log = backend.log("widgets")
        watch = log.watch(await log.current_revision())
        names = ["a", "b", "bad", "c"]
        ends = await asyncio.gather(*[backends.first_error(log.create(name, backends.draft())) for name in names])
        assert ends == [None, None, errors.Unavailable, None]
        assert [event.key for event in await backends.events(watch, 3)] == ["a", "b", "c"]
        assert [record.key for record in (await log.list()).records] == ["a", "b", "c"]
        await watch.aclose()


async def test_those_who_write_together_share_a_transaction(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commits: list[int] = []
    commit = transactions.Transactions.commit

    def counting(self: transactions.Transactions) -> None:
        commits.append(len(self.events.get("widgets", ())))
        commit(self)

    monkeypatch.setattr(transactions.Transactions, "commit", counting)
    async with sqlite.SqliteBackend(path) as backend:
        log = backend.log("widgets")
        await log.current_revision()
        await asyncio.gather(*[log.create(f"k{count}", backends.draft()) for count in range(100)])
        assert sum(commits) == 100
        assert max(commits) >= 99


async def test_one_who_gives_up_does_not_stop_his_write(path: Path) -> None:
    async with sqlite.SqliteBackend(path) as backend:
        log = backend.log("widgets")
        watch = log.watch(await log.current_revision())
        writing = asyncio.create_task(log.create("a", backends.draft()))
        await asyncio.sleep(0)
        writing.cancel()
        assert [event.key for event in await backends.events(watch, 1)] == ["a"]
        await watch.aclose()
