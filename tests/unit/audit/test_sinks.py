"""Where events go: files that are rotated, batches, what is lost."""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import Sequence
from pathlib import Path

import pytest

from kroute.audit import auditor, batching, files, policy, sinks
from kroute.machinery import context, requestinfo


class Carrier:
    """Keeps what it is given; `broken` makes it fail."""

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []
        self.broken = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.carried = asyncio.Event()

    async def open(self) -> None:
        pass

    async def carry(self, events: Sequence[bytes]) -> None:
        await self.gate.wait()
        if self.broken:
            raise sinks.CannotDeliver("broken")
        self.batches.append(list(events))
        self.carried.set()

    async def close(self) -> None:
        pass


async def written(path: Path, *events: bytes, rotation: files.Rotation | None = None) -> list[Path]:
    """Write events one by one; all files there are then, the present one last."""
    log = files.LogFile(path, rotation or files.Rotation())
    await log.open()
    for event in events:
        await log.carry([event])
    await log.close()
    return [*sorted(path.parent.glob("audit-*")), path]


async def test_events_are_lines_at_the_end_of_a_private_file(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "audit.log"
    await written(path, b"1", b"2")
    await written(path, b"3")
    assert path.read_bytes() == b"1\n2\n3\n"
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_file_that_would_be_too_large_is_moved_away(tmp_path: Path) -> None:
    line = b"x" * 400_000
    found = await written(tmp_path / "audit.log", *[line] * 5, rotation=files.Rotation(size=1))
    assert [len(path.read_bytes().splitlines()) for path in found] == [2, 2, 1]


async def test_old_files_are_removed_when_there_are_too_many(tmp_path: Path) -> None:
    strange = tmp_path / "audit-notes.log"
    strange.write_text("mine")
    line = b"x" * 1_000_000
    found = await written(tmp_path / "audit.log", *[line] * 5, rotation=files.Rotation(size=1, backups=2))
    await written(tmp_path / "audit.log", line, rotation=files.Rotation(size=1, backups=2))
    assert strange.exists()
    assert len(list(tmp_path.glob("audit-2*"))) <= 3  # noqa: ASYNC240
    assert len(found) <= 6


async def test_old_files_are_compressed_where_that_is_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LOOK_INTERVAL", 0.0)
    line = b"x" * 1_000_000
    await written(tmp_path / "audit.log", line, line, rotation=files.Rotation(size=1, compress=True))
    (packed,) = tmp_path.glob("audit-*.log.gz")  # noqa: ASYNC240
    assert gzip.decompress(packed.read_bytes()) == line + b"\n"


async def test_two_processes_may_write_to_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LOOK_INTERVAL", 0.0)
    path, line = tmp_path / "audit.log", b"x" * 600_000
    logs = [files.LogFile(path, files.Rotation(size=1)) for _ in range(2)]
    for log in logs:
        await log.open()
    for number in range(6):
        await logs[number % 2].carry([line])
    for log in logs:
        await log.close()
    found = sorted(tmp_path.iterdir())  # noqa: ASYNC240
    assert sum(len(each.read_bytes().splitlines()) for each in found) == 6
    assert len(found) == 6


async def test_a_file_that_somebody_moved_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LOOK_INTERVAL", 0.0)
    path = tmp_path / "audit.log"
    log = files.LogFile(path, files.Rotation())
    await log.open()
    await log.carry([b"1"])
    path.rename(tmp_path / "old")
    await log.carry([b"2"])
    await log.close()
    assert path.read_bytes() == b"2\n"


async def test_batches_go_out_when_they_are_full_or_have_waited() -> None:
    carrier, counts = Carrier(), sinks.Counts()
    how = batching.Batching(size=2, wait=60.0)
    async with batching.Batched("log", carrier, counts, batching=how) as sink:
        for event in (b"1", b"2", b"3"):
            assert await sink.put(event)
        await carrier.carried.wait()
        assert carrier.batches == [[b"1", b"2"]]
    assert carrier.batches == [[b"1", b"2"], [b"3"]]
    assert not counts.errors


async def test_batches_are_cut_by_size() -> None:
    carrier = Carrier()
    how = batching.Batching(size=10, wait=0.0)
    async with batching.Batched("log", carrier, sinks.Counts(), batching=how, bytes_together=10) as sink:
        for event in (b"1" * 6, b"2" * 4, b"3" * 20, b"4"):
            await sink.put(event)
    assert [len(batch) for batch in carrier.batches] == [2, 1, 1]


async def test_a_full_buffer_loses_events_loudly(caplog: pytest.LogCaptureFixture) -> None:
    carrier, counts = Carrier(), sinks.Counts()
    carrier.gate.clear()
    with caplog.at_level(logging.ERROR, "kroute.audit"):
        async with batching.Batched("hook", carrier, counts, batching=batching.Batching(buffer=1, wait=60)) as sink:
            assert await sink.put(b"1")
            assert not await sink.put(b"2")
            carrier.gate.set()
    assert counts.errors == {"hook": 1}
    assert "1 audit events are lost to hook: the buffer is full" in caplog.text
    assert carrier.batches == [[b"1"]]


async def test_what_cannot_be_delivered_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    carrier, counts = Carrier(), sinks.Counts()
    carrier.broken = True
    async with sinks.Immediate("log", carrier, counts) as blocking:
        assert not await blocking.put(b"1")
    async with batching.Batched("hook", carrier, counts, batching=batching.Batching()) as batched:
        assert await batched.put(b"1")
    assert counts.errors == {"log": 1, "hook": 1}


@pytest.mark.parametrize("strict", [True, False])
async def test_only_a_strict_sink_keeps_requests_from_going_on(strict: bool) -> None:
    carrier, counts = Carrier(), sinks.Counts()
    carrier.broken = True
    rules = policy.Policy({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]})
    target = auditor.Target(sinks.Immediate("log", carrier, counts, strict=strict))
    async with auditor.Auditor(rules, [target], counts) as found:
        request = found.begin(
            audit_id="1",
            uri="/",
            user=context.ANONYMOUS,
            info=requestinfo.parse("GET", "/", {}),
            headers={},
            remote=None,
            agent="",
        )
        assert request is not None
        assert await found.tell(request, policy.Stage.REQUEST_RECEIVED) is not strict
        assert await found.tell(request, policy.Stage.RESPONSE_COMPLETE, {"code": 200})
    assert counts.rejected == int(strict)
    assert dict(counts.levels) == {"Metadata": 1}


async def test_large_events_lose_their_objects_where_that_is_wanted() -> None:
    carrier, counts = Carrier(), sinks.Counts()
    rules = policy.Policy({"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Request"}]})
    sink = sinks.Immediate("log", carrier, counts)
    async with auditor.Auditor(rules, [auditor.Target(sink, 600)], counts) as found:
        for agent in ("a", "a" * 1000):
            request = found.begin(
                audit_id="1",
                uri="/",
                user=context.ANONYMOUS,
                info=requestinfo.parse("GET", "/", {}),
                headers={},
                remote=None,
                agent=agent,
            )
            assert request is not None
            request.trail.requested({"data": "x" * 1000})
            await found.tell(request, policy.Stage.RESPONSE_COMPLETE, {"code": 200})
    ((event,),) = carrier.batches
    assert b'"audit.k8s.io/truncated":"true"' in event
    assert b"requestObject" not in event
    assert counts.errors == {"log": 1}
