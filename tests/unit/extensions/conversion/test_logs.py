"""One version's view of a log whose values are stored in another version."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from kroute.extensions.conversion import logs
from kroute.machinery import errors, gvk, objects
from kroute.storage import encoding
from kroute.storage.backend import base
from kroute.storage.backend import errors as backend_errors
from kroute.storage.backend.memory import backend

GROUP = "toys.example.org"
ONE, TWO = (gvk.GroupVersionKind(GROUP, version, "Widget") for version in ("v1", "v2"))


class Renaming:
    """A reviewer that changes nothing but the version, and counts what it was asked; `broken`: it fails."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.broken = False

    async def convert(self, sent: Sequence[objects.Object], api_version: str) -> list[objects.Object]:
        self.asked.append(tuple(each["metadata"]["name"] for each in sent))
        if self.broken:
            raise errors.Plain("asleep")
        assert all("resourceVersion" not in each["metadata"] for each in sent)
        return [{**each, "apiVersion": api_version} for each in sent]


class Bench:
    def __init__(self, inner: base.Log) -> None:
        self.inner, self.reviewer = inner, Renaming()
        self.two = self.view(TWO)
        self.one = self.view(ONE)

    def view(self, kind: gvk.GroupVersionKind) -> logs.View:
        reviewer: Any = self.reviewer
        return logs.View(self.inner, reviewer, kind=kind, stored=ONE, complete=lambda obj: None)

    async def store(self, name: str, kind: gvk.GroupVersionKind = ONE) -> base.Record:
        return await self.inner.create(name, draft(name, kind))


def draft(name: str, kind: gvk.GroupVersionKind, **spec: Any) -> base.Draft:
    obj = {"metadata": {"name": name}, "spec": spec}
    return encoding.Layout(kind, typed=False).draft(obj)


def version_of(record: base.Record | base.Event) -> str:
    value = json.loads(record.value)
    digits = record.value[record.offset : record.offset + base.DIGITS]
    assert value["metadata"]["resourceVersion"] == str(record.revision) == digits.decode()
    return str(value["apiVersion"].rpartition("/")[2])


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with backend.MemoryBackend() as store:
        yield Bench(store.log("widgets.toys.example.org"))


async def test_values_are_read_in_the_views_version(bench: Bench) -> None:
    stored = await bench.store("a")

    found, listed = await bench.two.get("a"), await bench.two.list()

    assert found is not None
    assert (version_of(found), found.revision) == ("v2", stored.revision)
    assert [version_of(record) for record in listed.records] == ["v2"]
    assert await bench.two.get("b") is None


async def test_values_are_written_in_the_stored_version(bench: Bench) -> None:
    made = await bench.two.create("a", draft("a", TWO, size=1))
    changed = await bench.two.update("a", draft("a", TWO, size=2), expected=made.revision)
    inside = await bench.inner.get("a")

    assert inside is not None
    assert (version_of(made), version_of(changed), version_of(inside)) == ("v2", "v2", "v1")
    assert json.loads(inside.value)["spec"] == {"size": 2}
    assert version_of(await bench.two.delete("a", expected=changed.revision)) == "v2"


async def test_the_stored_version_is_nobodys_business(bench: Bench) -> None:
    await bench.one.create("a", draft("a", ONE))
    await bench.one.get("a")
    await bench.one.list()

    assert bench.reviewer.asked == []


async def test_changes_come_in_the_views_version(bench: Bench) -> None:
    watch = bench.two.watch(await bench.two.current_revision())
    made = await bench.store("a")
    await bench.inner.delete("a", expected=made.revision)

    events: list[base.Event] = []
    while len(events) < 2:
        events += await anext(watch)
    await watch.aclose()

    assert watch.take() == ()
    assert [(event.type, version_of(event)) for event in events] == [("ADDED", "v2"), ("DELETED", "v2")]


async def test_a_write_is_not_converted_again_for_its_event(bench: Bench) -> None:
    watch = bench.two.watch(await bench.two.current_revision())
    made = await bench.two.create("a", draft("a", TWO))
    bench.reviewer.asked.clear()

    (event,) = await anext(watch)
    await watch.aclose()

    assert event.value == made.value
    assert bench.reviewer.asked == []


async def test_what_cannot_be_converted_cannot_be_read(bench: Bench) -> None:
    await bench.store("a")
    bench.reviewer.broken = True

    for work in (bench.two.get("a"), bench.two.list(), bench.two.create("b", draft("b", TWO))):
        with pytest.raises(backend_errors.Unreadable) as found:
            await work
        assert str(found.value.error) == "asleep"
    assert await bench.inner.get("b") is None


async def test_a_watch_that_failed_can_be_taken_up_again(bench: Bench) -> None:
    start = await bench.two.current_revision()
    await bench.store("a")
    bench.reviewer.broken = True
    watch = bench.two.watch(start)
    with pytest.raises(backend_errors.Unreadable):
        await anext(watch)
    await watch.aclose()
    bench.reviewer.broken = False

    watch = bench.two.watch(start)
    (event,) = await anext(watch)
    await watch.aclose()

    assert version_of(event) == "v2"


async def test_values_that_an_earlier_stored_version_left_are_outdated_until_they_are_written(bench: Bench) -> None:
    old = await bench.store("a", TWO)
    for view in (bench.one, bench.two):
        found = await view.get("a")
        assert found is not None
        assert view.outdated("a", old.revision)

    changed = await bench.one.update("a", draft("a", ONE), expected=old.revision)

    assert not bench.one.outdated("a", changed.revision)
    assert not bench.two.outdated("a", changed.revision)


async def test_many_are_asked_about_together(bench: Bench) -> None:
    await asyncio.gather(*(bench.store(name) for name in "abc"))

    await bench.two.list()

    assert bench.reviewer.asked == [("a", "b", "c")]
