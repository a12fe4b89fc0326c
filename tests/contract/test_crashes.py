"""Kill -9 in the middle of writes: what was acknowledged is there afterwards, and no revision is used again."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from kroute.storage.backend import base, errors
from kroute.storage.backend.redis import backend as redis
from kroute.storage.backend.redis import urls
from kroute.storage.backend.sqlite import backend as sqlite
from kroute.testing import backends
from tests.fixtures import redis_servers

ROOT = Path(__file__).parents[2]


class Acknowledged(NamedTuple):
    type: str
    key: str
    revision: int


def killed_writer(url: str, turn: int, *, writes: int) -> list[Acknowledged]:
    """Let a process write, kill it after so many acknowledged writes; gives all that were acknowledged."""
    command = [sys.executable, "-m", "tests.contract.writer_process", url, "16", str(turn)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        assert process.stdout is not None
        try:
            lines = list(itertools.islice(process.stdout, writes))
            os.kill(process.pid, signal.SIGKILL)
            lines += process.stdout.readlines()
        finally:
            process.kill()
    return [Acknowledged(kind, key, int(revision)) for kind, key, revision in map(str.split, lines)]


async def all_events(log: base.Log, start: int) -> list[base.Event]:
    """Every event after `start` until now."""
    newest = await log.current_revision()
    found: list[base.Event] = []
    async with contextlib.aclosing(log.watch(start)) as watch, asyncio.timeout(backends.PATIENCE):
        while (found[-1].revision if found else start) < newest:
            found.extend(await anext(watch))
    return found


def check(told: list[base.Event], listing: base.Listing, acknowledged: list[Acknowledged]) -> None:
    """What the log says now must hold everything that was acknowledged, each at a revision of its own."""
    revisions = [event.revision for event in told]
    assert revisions == sorted(set(revisions))
    events = {event.revision: event for event in told}
    for each in acknowledged:
        assert (events[each.revision].type, events[each.revision].key) == (each.type, each.key)
    state = {event.key: event for event in told}
    expected = {key: event.value for key, event in state.items() if event.type != "DELETED"}
    assert {record.key: record.value for record in listing.records} == expected


async def test_sqlite_keeps_what_it_acknowledged_when_its_process_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    async with sqlite.SqliteBackend(path) as backend:
        start = await backend.log("widgets").current_revision()
    acknowledged: list[Acknowledged] = []
    for turn in range(4):
        acknowledged += killed_writer(f"sqlite:///{path}", turn, writes=random.randint(100, 600))
        async with sqlite.SqliteBackend(path) as backend:
            log = backend.log("widgets")
            told = await all_events(log, start)
            check(told, await log.list(), acknowledged)
            record = await log.create(f"after-{turn}", backends.draft())
            assert record.revision > max(event.revision for event in told)


class Writers:
    """Tasks that write to a log until it can't be reached, and what was acknowledged to them."""

    def __init__(self, log: base.Log) -> None:
        self.log = log
        self.acknowledged: list[Acknowledged] = []
        self._names: Iterator[int] = itertools.count()

    async def until_lost(self, enough: asyncio.Event, count: int) -> None:
        """16 tasks write; `enough` is set when `count` writes were acknowledged."""
        target = len(self.acknowledged) + count
        async with asyncio.timeout(backends.PATIENCE):
            await asyncio.gather(*[self._write(enough, target) for _ in range(16)])

    async def _write(self, enough: asyncio.Event, target: int) -> None:
        with contextlib.suppress(errors.Unavailable):
            for name in self._names:
                record = await self.log.create(f"k{name}", backends.draft())
                self._got("ADDED", record)
                record = await self.log.update(record.key, backends.draft(1), expected=record.revision)
                self._got("MODIFIED", record)
                if name % 3:
                    self._got("DELETED", await self.log.delete(record.key, expected=record.revision))
                if len(self.acknowledged) >= target:
                    enough.set()

    def _got(self, kind: str, record: base.Record) -> None:
        self.acknowledged.append(Acknowledged(kind, record.key, record.revision))


async def test_redis_keeps_what_it_acknowledged_when_it_is_killed(start_redis: redis_servers.StartRedis) -> None:
    server = start_redis(durable=True)
    async with redis.RedisBackend(urls.read(server.url).where) as backend:
        log = backend.log("widgets")
        start = await log.current_revision()
        writers = Writers(log)
        watch = log.watch(start)
        watched: list[base.Event] = []
        for turn in range(3):
            enough = asyncio.Event()
            writing = asyncio.create_task(writers.until_lost(enough, random.randint(200, 1000)))
            await enough.wait()
            server.kill()
            await writing
            server.start()
            told = await all_events(log, start)
            check(told, await log.list(), writers.acknowledged)
            record = await log.create(f"after-{turn}", backends.draft())
            assert record.revision > max(event.revision for event in told)
            watched += await backends.events(watch, len(told) + 1 - len(watched))
            assert watched == [*told, base.Event("ADDED", *record)]
        await watch.aclose()
