"""The suite that every backend must pass.

Whoever writes one derives a class from each `...Contract` here and gives a fixture `backend`, an entered backend
of its own for each test; the tests run with pytest and pytest-asyncio:

    @pytest.fixture
    async def backend():
        async with MyBackend(...) as opened:
            yield opened

    class TestWrites(backends.WriteContract): ...

`kroute.testing.histories` has the other half: long random histories, held against the memory backend.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence

import pytest

from kroute.storage.backend import base, errors

HEAD = b'{"kind":"Widget","apiVersion":"toys.example.org/v1","metadata":{"resourceVersion":"'
PATIENCE = 20.0
"""Seconds until a test gives up waiting for what must come."""


def draft(content: object = "") -> base.Draft:
    """A value to write."""
    return base.Draft(HEAD, f'"}},"spec":{{"content":"{content}"}}}}'.encode())


def value(revision: int, content: object = "") -> bytes:
    """What `draft(content)` is stored as."""
    return HEAD + str(revision).encode() + draft(content).tail


async def events(watch: base.Watch, count: int) -> list[base.Event]:
    """The next `count` events of a watch; fails when they don't come, or come with others."""
    found: list[base.Event] = []
    async with asyncio.timeout(PATIENCE):
        while len(found) < count:
            batch = await anext(watch)
            assert batch, "a watch gave an empty batch"
            found.extend(batch)
    assert len(found) == count
    return found


async def first_error(work: Awaitable[object]) -> type[BaseException] | None:
    """The kind of error that something ends with; None if it ends well."""
    try:
        async with asyncio.timeout(PATIENCE):
            await work
    except errors.BackendError as error:
        return type(error)
    return None


@pytest.mark.asyncio
class WriteContract:
    """Creating, updating and deleting."""

    async def test_create_puts_the_revision_into_the_value(self, backend: base.Backend) -> None:
        record = await backend.log("widgets").create("ns/a", draft("x"))
        assert record.key == "ns/a"
        assert record.offset == len(HEAD)
        assert record.value == value(record.revision, "x")
        assert len(str(record.revision)) == base.DIGITS

    async def test_get_gives_what_was_written(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        record = await log.create("ns/a", draft("x"))
        assert await log.get("ns/a") == record
        record = await log.update("ns/a", draft("y"), expected=record.revision)
        assert record.value == value(record.revision, "y")
        assert await log.get("ns/a") == record

    async def test_get_of_a_missing_key_gives_nothing(self, backend: base.Backend) -> None:
        assert await backend.log("widgets").get("ns/a") is None
        assert await backend.log("widgets").get("no text \udcff") is None

    async def test_create_of_a_key_that_exists_is_refused(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        record = await log.create("ns/a", draft("x"))
        with pytest.raises(errors.KeyExists) as refused:
            await log.create("ns/a", draft("y"))
        assert refused.value.key == "ns/a"
        assert await log.get("ns/a") == record
        assert await log.current_revision() == record.revision

    async def test_update_with_another_revision_is_refused(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        first = await log.create("ns/a", draft("x"))
        second = await log.update("ns/a", draft("y"), expected=first.revision)
        with pytest.raises(errors.RevisionConflict) as refused:
            await log.update("ns/a", draft("z"), expected=first.revision)
        assert refused.value.actual == second.revision
        assert refused.value.expected == first.revision
        assert await log.get("ns/a") == second

    async def test_update_of_a_missing_key_is_refused(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        with pytest.raises(errors.KeyNotFound) as refused:
            await log.update("ns/a", draft(), expected=1)
        assert refused.value.key == "ns/a"
        assert await log.get("ns/a") is None

    async def test_delete_gives_the_last_value_at_a_new_revision(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        record = await log.create("ns/a", draft("x"))
        last = await log.delete("ns/a", expected=record.revision)
        assert last.revision > record.revision
        assert last == base.Record("ns/a", last.revision, value(last.revision, "x"), len(HEAD))
        assert await log.get("ns/a") is None
        assert await log.current_revision() == last.revision

    async def test_delete_with_another_revision_is_refused(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        record = await log.create("ns/a", draft("x"))
        with pytest.raises(errors.RevisionConflict) as refused:
            await log.delete("ns/a", expected=record.revision - 1)
        assert refused.value.actual == record.revision
        assert await log.get("ns/a") == record

    @pytest.mark.parametrize("expected", [0, 1, 2**53 + 1, 2**63, 10**40])
    async def test_revisions_that_cannot_be_are_refused(self, backend: base.Backend, expected: int) -> None:
        log = backend.log("widgets")
        record = await log.create("ns/a", draft("x"))
        with pytest.raises(errors.RevisionConflict) as refused:
            await log.update("ns/a", draft("y"), expected=expected)
        assert (refused.value.expected, refused.value.actual) == (expected, record.revision)
        with pytest.raises(errors.RevisionConflict):
            await log.delete("ns/a", expected=expected)
        assert await log.get("ns/a") == record

    async def test_delete_of_a_missing_key_is_refused(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        record = await log.create("ns/a", draft())
        await log.delete("ns/a", expected=record.revision)
        with pytest.raises(errors.KeyNotFound):
            await log.delete("ns/a", expected=record.revision)

    async def test_a_deleted_key_can_be_created_again(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        record = await log.create("ns/a", draft("x"))
        last = await log.delete("ns/a", expected=record.revision)
        again = await log.create("ns/a", draft("y"))
        assert again.revision > last.revision
        assert await log.get("ns/a") == again

    async def test_revisions_grow_in_the_order_of_writes(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        revisions = [await log.current_revision()]
        for name in "abc":
            record = await log.create(name, draft())
            revisions.append(record.revision)
            record = await log.update(name, draft(), expected=record.revision)
            revisions.append(record.revision)
            revisions.append((await log.delete(name, expected=record.revision)).revision)
        assert revisions == sorted(set(revisions))

    async def test_of_many_who_create_one_key_one_succeeds(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        ends = await asyncio.gather(*[first_error(log.create("ns/a", draft(n))) for n in range(20)])
        assert sorted(ends, key=str) == sorted([None] + [errors.KeyExists] * 19, key=str)

    async def test_of_many_who_update_at_one_revision_one_succeeds(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        record = await log.create("ns/a", draft())
        work = [log.update("ns/a", draft(n), expected=record.revision) for n in range(20)]
        ends = await asyncio.gather(*[first_error(each) for each in work])
        assert sorted(ends, key=str) == sorted([None] + [errors.RevisionConflict] * 19, key=str)

    async def test_values_are_kept_byte_for_byte(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        for head, tail in ((b"", b""), (b"\x00\xff\n", b"\r\n\x00"), (b"{" * 70_000, b"}" * 1_000_000)):
            record = await log.create(str(len(head)), base.Draft(head, tail))
            assert record.value == head + str(record.revision).encode() + tail
            assert await log.get(record.key) == record

    async def test_a_value_may_change_its_head(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        record = await log.create("a", base.Draft(b"old ", b"."))
        record = await log.update("a", base.Draft(b"quite new ", b"!"), expected=record.revision)
        assert record.value == b"quite new %d!" % record.revision
        last = await log.delete("a", expected=record.revision)
        assert last.value == b"quite new %d!" % last.revision


@pytest.mark.asyncio
class ReadContract:
    """Listing, the current revision, and logs beside each other."""

    async def test_list_gives_all_records_by_key(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        names = ["b/z", "a", "b", "b/a", "b-c/x", "ä/ö"]
        records = {name: await log.create(name, draft(name)) for name in names}
        listing = await log.list()
        assert list(listing.records) == [records[name] for name in sorted(names)]
        assert listing.revision == await log.current_revision()

    async def test_list_leaves_out_what_was_deleted(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        a, b = await log.create("a", draft()), await log.create("b", draft())
        last = await log.delete("a", expected=a.revision)
        assert await log.list() == base.Listing([b], last.revision)

    async def test_list_of_an_untouched_log_is_empty_at_its_revision(self, backend: base.Backend) -> None:
        listing = await backend.log("widgets").list()
        assert list(listing.records) == []
        assert listing.revision == await backend.log("widgets").current_revision()

    async def test_list_shows_one_moment_while_others_write(self, backend: base.Backend) -> None:
        log = backend.log("widgets")

        async def chain(name: str) -> None:
            for count in range(25):
                await log.create(f"{name}/{count:02}", draft())

        writers = [asyncio.create_task(chain(name)) for name in "abcd"]
        while not all(writer.done() for writer in writers):
            listing = await log.list()
            newest = max((record.revision for record in listing.records), default=listing.revision)
            assert newest == listing.revision
            for name in "abcd":
                counts = [record.key[2:] for record in listing.records if record.key.startswith(name)]
                assert counts == [f"{count:02}" for count in range(len(counts))]
            await asyncio.sleep(0)
        await asyncio.gather(*writers)
        assert len((await log.list()).records) == 100

    async def test_current_revision_is_that_of_the_last_write(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        before = await log.current_revision()
        assert len(str(before)) == base.DIGITS
        assert await log.current_revision() == before
        record = await log.create("a", draft())
        assert await log.current_revision() == record.revision > before

    async def test_logs_do_not_share_keys(self, backend: base.Backend) -> None:
        widgets, gadgets = backend.log("widgets"), backend.log("gadgets")
        assert backend.log("widgets") is widgets
        record = await widgets.create("a", draft("w"))
        assert await gadgets.get("a") is None
        other = await gadgets.create("a", draft("g"))
        await gadgets.delete("a", expected=other.revision)
        assert list((await gadgets.list()).records) == []
        assert list((await widgets.list()).records) == [record]

    async def test_many_reads_at_once_give_each_its_record(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        records = await asyncio.gather(*[log.create(f"k{n}", draft(n)) for n in range(50)])
        keys = [record.key for record in records] + ["missing"] + [record.key for record in records]
        found = await asyncio.gather(*[log.get(key) for key in keys])
        assert list(found) == [*records, None, *records]

    async def test_check_passes_and_warnings_are_lines(self, backend: base.Backend) -> None:
        await backend.check()
        warnings: Sequence[str] = backend.warnings()
        assert all(line and "\n" not in line for line in warnings)


@pytest.mark.asyncio
class TimeContract:
    """Objects that end by themselves."""

    async def test_a_key_is_deleted_when_its_time_has_passed(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        record = await log.create("a", draft("x"), ttl=0.05)
        watch = log.watch(record.revision)
        (event,) = await events(watch, 1)
        await watch.aclose()
        assert event == base.Event("DELETED", "a", event.revision, value(event.revision, "x"), len(HEAD))
        assert await log.get("a") is None
        assert list((await log.list()).records) == []

    async def test_update_keeps_the_deadline(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        record = await log.create("a", draft("x"), ttl=0.3)
        record = await log.update("a", draft("y"), expected=record.revision)
        watch = log.watch(record.revision)
        (event,) = await events(watch, 1)
        await watch.aclose()
        assert (event.type, event.value) == ("DELETED", value(event.revision, "y"))

    async def test_update_can_set_another_deadline(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        long = await log.create("long", draft(), ttl=0.2)
        await log.update("long", draft(), expected=long.revision, ttl=3600)
        short = await log.create("short", draft(), ttl=3600)
        short = await log.update("short", draft(), expected=short.revision, ttl=0.3)
        watch = log.watch(short.revision)
        (event,) = await events(watch, 1)
        await watch.aclose()
        assert event.key == "short"
        assert await log.get("long") is not None

    async def test_a_key_made_anew_has_no_deadline(self, backend: base.Backend) -> None:
        log = backend.log("widgets")
        record = await log.create("a", draft(), ttl=0.1)
        await log.delete("a", expected=record.revision)
        record = await log.create("a", draft())
        other = await log.create("b", draft(), ttl=0.3)
        watch = log.watch(other.revision)
        (event,) = await events(watch, 1)
        await watch.aclose()
        assert event.key == "b"
        assert await log.get("a") == record
