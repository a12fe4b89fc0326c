"""The part of the suite for backends that is about watching, and about the end of a backend."""

from __future__ import annotations

import asyncio

import pytest

from kroute.storage.backend import base, errors
from kroute.testing import backends


@pytest.mark.asyncio
class WatchContract:
    """Each change once, in order, none lost."""

    async def test_a_watch_tells_what_comes_after_it_began(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        before = await log.create("a", backends.draft())
        watch = log.watch(before.revision)
        waiting = asyncio.create_task(backends.events(watch, 3))
        added = await log.create("b", backends.draft("1"))
        modified = await log.update("b", backends.draft("2"), expected=added.revision)
        deleted = await log.delete("b", expected=modified.revision)
        assert await waiting == [
            base.Event("ADDED", *added),
            base.Event("MODIFIED", *modified),
            base.Event("DELETED", *deleted),
        ]
        await watch.aclose()

    async def test_a_watch_tells_what_came_before_it_began(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        start = await log.current_revision()
        records = [await log.create(f"k{n}", backends.draft(n)) for n in range(20)]
        last = await log.delete("k0", expected=records[0].revision)
        for place, after in enumerate([start, *[record.revision for record in records[:-1]]]):
            watch = log.watch(after)
            found = await backends.events(watch, 21 - place)
            assert found == [*[base.Event("ADDED", *record) for record in records[place:]], ("DELETED", *last)]
            await watch.aclose()

    async def test_all_watches_tell_the_same_while_many_write(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        start = await log.current_revision()
        watches = [log.watch(start) for _ in range(5)]
        readers = [asyncio.create_task(backends.events(watch, 200)) for watch in watches]

        async def write(name: str) -> list[base.Event]:
            done = []
            for count in range(10):
                record = await log.create(f"{name}/{count}", backends.draft())
                done.append(base.Event("ADDED", *record))
                record = await log.update(record.key, backends.draft(1), expected=record.revision)
                done.append(base.Event("MODIFIED", *record))
            return done

        done = [event for events in await asyncio.gather(*[write(name) for name in "abcdefghij"]) for event in events]
        done.sort(key=lambda event: event.revision)
        for reader in readers:
            assert await reader == done
        for watch in watches:
            await watch.aclose()

    async def test_what_take_gave_is_not_given_again(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        start = await log.create("start", backends.draft())
        watch = log.watch(start.revision)
        assert not watch.take()
        waiting = asyncio.create_task(backends.events(watch, 1))
        first = await log.create("first", backends.draft())
        found = await waiting
        records = [first] + [await log.create(f"k{n}", backends.draft()) for n in range(10)]
        found.extend(watch.take())
        if len(found) < len(records):
            found.extend(await backends.events(watch, len(records) - len(found)))
        assert found == [base.Event("ADDED", *record) for record in records]
        assert not watch.take()
        await watch.aclose()

    async def test_a_closed_watch_ends_who_waits_for_it(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        watch = log.watch(await log.current_revision())
        began = asyncio.Event()

        async def read() -> bool:
            began.set()
            try:
                await anext(watch)
            except StopAsyncIteration:
                return True
            return False

        reader = asyncio.create_task(read())
        await began.wait()
        await log.current_revision()
        await watch.aclose()
        async with asyncio.timeout(backends.PATIENCE):
            assert await reader
        with pytest.raises(StopAsyncIteration):
            await anext(watch)
        assert not watch.take()

    async def test_a_cancelled_wait_loses_nothing(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        watch = log.watch(await log.current_revision())
        for count in range(5):
            waiting = asyncio.ensure_future(anext(watch))
            await asyncio.sleep(0)
            waiting.cancel()
            record = await log.create(f"k{count}", backends.draft())
            await asyncio.wait([waiting])
            if waiting.cancelled():
                assert await backends.events(watch, 1) == [base.Event("ADDED", *record)]
        await watch.aclose()

    async def test_what_was_compacted_is_expired(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        start = await log.current_revision()
        first = await log.create("a", backends.draft(1))
        second = await log.update("a", backends.draft(2), expected=first.revision)
        third = await log.create("b", backends.draft())
        await log.compact(third.revision)
        for after in (start, first.revision):
            watch = log.watch(after)
            with pytest.raises(errors.RevisionExpired) as expired:
                await anext(watch)
            assert expired.value.revision == after
            await watch.aclose()
        watch = log.watch(second.revision)
        assert await backends.events(watch, 1) == [base.Event("ADDED", *third)]
        await watch.aclose()

    async def test_compaction_leaves_the_present_and_its_revision(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        record = await log.create("a", backends.draft())
        gone = await log.create("b", backends.draft())
        last = await log.delete("b", expected=gone.revision)
        await log.compact(last.revision + 1_000_000)
        assert await log.list() == base.Listing([record], last.revision)
        assert await log.current_revision() == last.revision
        watch = log.watch(last.revision)
        added = await log.create("b", backends.draft())
        assert await backends.events(watch, 1) == [base.Event("ADDED", *added)]
        assert added.revision > last.revision
        await watch.aclose()

    async def test_compaction_does_not_end_a_watch_that_has_seen_all(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        watch = log.watch(await log.current_revision())
        first = await log.create("a", backends.draft())
        assert await backends.events(watch, 1) == [base.Event("ADDED", *first)]
        await log.compact(first.revision + 1)
        second = await log.create("b", backends.draft())
        assert await backends.events(watch, 1) == [base.Event("ADDED", *second)]
        await watch.aclose()

    async def test_a_watch_far_behind_catches_up(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        start = await log.current_revision()
        slow = log.watch(start)
        record = await log.create("a", backends.draft(0))
        assert await backends.events(slow, 1) == [base.Event("ADDED", *record)]
        expected = []
        for count in range(1, 3000):
            record = await log.update("a", backends.draft(count), expected=record.revision)
            expected.append(base.Event("MODIFIED", *record))
        assert await backends.events(slow, 2999) == expected
        await slow.aclose()


@pytest.mark.asyncio
class EndContract:
    """What happens when a backend is left while it is used.  The fixture `backend` isn't entered yet here."""

    async def test_watches_end_with_unavailable(self, unopened: base.Backend) -> None:
        async with unopened as backend:
            log = backend.log("widgets")
            watch = log.watch(await log.current_revision())
            reader = asyncio.create_task(backends.first_error(anext(watch)))
            await log.create("a", backends.draft())
            assert await reader is None
            reader = asyncio.create_task(backends.first_error(anext(watch)))
            await log.current_revision()
        assert await reader is errors.Unavailable

    async def test_operations_fail_afterwards(self, unopened: base.Backend) -> None:
        async with unopened as backend:
            log = backend.log("widgets")
            record = await log.create("a", backends.draft())
        attempts = (
            log.create("b", backends.draft()),
            log.update("a", backends.draft(), expected=record.revision),
            log.delete("a", expected=record.revision),
            log.get("a"),
            log.list(),
            log.current_revision(),
            backend.check(),
        )
        for attempt in attempts:
            assert await backends.first_error(attempt) is errors.Unavailable

    async def test_writes_on_their_way_are_finished_or_fail(self, unopened: base.Backend) -> None:
        async with unopened as backend:
            log = backend.log("widgets")
            await log.current_revision()
            work = [asyncio.create_task(backends.first_error(log.create(f"k{n}", backends.draft()))) for n in range(20)]
            await asyncio.sleep(0)
        ends = await asyncio.gather(*work)
        assert set(ends) <= {None, errors.Unavailable}
