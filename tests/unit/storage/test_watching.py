"""Watches: where they begin, what selectors make of changes, bookmarks, and how they end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kroute.machinery import errors, fields, labels
from kroute.storage import core, options
from tests.unit.storage.benches import Bench, Made

END = {"k8s.io/initial-events-end": "true"}
FUTURE = "999999999999999999"


def released(obj: Any) -> None:
    del obj["metadata"]["finalizers"]


def label(value: str | None) -> Any:
    def change(obj: Any) -> None:
        obj["metadata"]["labels"] = {} if value is None else {"app": value}

    return change


async def test_a_watch_tells_every_change_from_a_version_on(bench: Bench) -> None:
    await bench.create("old")
    start = (await bench.list()).resource_version
    await bench.create("a", spec={"k": 1})
    await bench.update("a", lambda obj: obj.update(spec={"k": 2}))
    await bench.delete("a")
    await bench.create("a")
    watch = bench.watch(resource_version=start)
    assert await watch.told(4) == [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a"), ("ADDED", "a")]
    await bench.create("b")
    assert await watch.told(1) == [("ADDED", "b")]
    await watch.aclose()


async def test_an_event_has_the_version_that_the_write_was_answered_with(bench: Bench) -> None:
    watch = bench.watch(resource_version=(await bench.list()).resource_version)
    made = await bench.create("a", spec={"k": 1})
    assert await watch.next() == ("ADDED", made)
    changed = await bench.update("a", lambda obj: obj.update(spec={"k": 2}))
    assert await watch.next() == ("MODIFIED", changed)
    await bench.delete("a")
    kind, last = await watch.next()
    assert kind == "DELETED"
    assert last["spec"] == {"k": 2}
    assert int(last["metadata"]["resourceVersion"]) > int(changed["metadata"]["resourceVersion"])
    await watch.aclose()


@pytest.mark.parametrize("version", ["", "0"])
async def test_without_a_version_a_watch_begins_with_the_state(bench: Bench, version: str) -> None:
    for name in "ba":
        await bench.create(name)
    await bench.create("gone")
    await bench.delete("gone")
    await bench.list()
    watch = bench.watch(resource_version=version, allow_watch_bookmarks=True)
    assert await watch.told(2) == [("ADDED", "a"), ("ADDED", "b")]
    kind, bookmark = await watch.next()
    assert (kind, bookmark["metadata"]["annotations"]) == ("BOOKMARK", END)
    assert (bookmark["kind"], bookmark["apiVersion"]) == ("Widget", "toys.example.org/v1")
    await bench.create("c")
    assert await watch.told(1) == [("ADDED", "c")]
    await watch.aclose()


async def test_initial_events_can_be_asked_for(bench: Bench) -> None:
    await bench.create("a")
    version = (await bench.create("b"))["metadata"]["resourceVersion"]
    for text in ("", "0", "1", version):
        watch = bench.watch(
            resource_version=text,
            resource_version_match="NotOlderThan",
            send_initial_events=True,
            allow_watch_bookmarks=True,
        )
        assert await watch.told(3) == [("ADDED", "a"), ("ADDED", "b"), ("BOOKMARK", "")]
        await watch.aclose()
    without = bench.watch(send_initial_events=True, timeout=0.01)
    assert await without.rest() == [("ADDED", "a"), ("ADDED", "b")]


@pytest.mark.parametrize("version", ["", "0"])
async def test_initial_events_can_be_refused(bench: Bench, version: str) -> None:
    await bench.create("a")
    await bench.list()
    watch = bench.watch(resource_version=version, send_initial_events=False, allow_watch_bookmarks=True)
    waiting = asyncio.ensure_future(watch.told(1))
    await asyncio.sleep(0)
    await bench.create("b")
    assert await waiting == [("ADDED", "b")]
    await watch.aclose()


async def test_a_forgotten_version_ends_a_watch_with_an_error(bench: Bench) -> None:
    await bench.create("a")
    for given in ({}, {"send_initial_events": False}):
        watch = bench.watch(resource_version="1", **given)
        with pytest.raises(errors.Expired) as caught:
            await watch.next()
        assert caught.value.message.startswith("too old resource version: 1 (")


async def test_a_version_to_come_is_waited_for(bench: Bench) -> None:
    await bench.create("a")
    assert await bench.watch(resource_version=FUTURE, timeout=0.01).rest() == []
    watch = bench.watch(resource_version=FUTURE, send_initial_events=True)
    with pytest.raises(errors.Timeout, match="Too large resource version"):
        await watch.next()


async def test_a_bad_version_is_refused_before_the_watch_begins(bench: Bench) -> None:
    for text in ("abc", "-1"):
        with pytest.raises(errors.BadRequest, match=r"^resourceVersion: Invalid value"):
            bench.watch(resource_version=text)


async def test_objects_come_and_go_with_their_labels(bench: Bench) -> None:
    await bench.create("a", metadata={"labels": {"app": "web"}})
    await bench.create("b", metadata={"labels": {"app": "db"}})
    start = (await bench.list()).resource_version
    watch = bench.watch(resource_version=start, label_selector=labels.parse("app=web"))
    await bench.update("b", label("web"))
    await bench.update("a", lambda obj: obj.update(spec={"k": 1}))
    left = await bench.update("a", label(None))
    await bench.update("a", lambda obj: obj.update(spec={"k": 2}))
    await bench.create("c", metadata={"labels": {"app": "cache"}})
    await bench.update("a", label("web"))
    await bench.delete("b")
    await bench.delete("c")
    await bench.create("last", metadata={"labels": {"app": "web"}})
    found = [await watch.next() for _ in range(6)]
    assert [(kind, obj["metadata"]["name"]) for kind, obj in found] == [
        ("ADDED", "b"),
        ("MODIFIED", "a"),
        ("DELETED", "a"),
        ("ADDED", "a"),
        ("DELETED", "b"),
        ("ADDED", "last"),
    ]
    gone = found[2][1]
    assert gone["metadata"]["labels"] == {"app": "web"}
    assert gone["metadata"]["resourceVersion"] == left["metadata"]["resourceVersion"]
    again = bench.watch(resource_version=start, label_selector=labels.parse("app=web"))
    assert [await again.next() for _ in range(6)] == found
    for each in (watch, again):
        await each.aclose()


async def test_a_watch_can_be_of_one_namespace_or_one_name(bench: Bench) -> None:
    start = (await bench.list()).resource_version
    for namespace, name in (("ns", "a"), ("ns", "ab"), ("other", "a")):
        await bench.create(name, ctx=bench.within(namespace))
    by_name = fields.parse("metadata.name=a")
    for given, names in (
        ({}, ["a", "ab"]),
        ({"ctx": bench.within("")}, ["a", "ab", "a"]),
        ({"field_selector": by_name}, ["a"]),
        ({"ctx": bench.within(""), "field_selector": by_name}, ["a", "a"]),
        ({"ctx": bench.within(""), "field_selector": fields.parse("metadata.namespace=other")}, ["a"]),
    ):
        watch = bench.watch(resource_version=start, timeout=0.01, **given)
        assert await watch.rest() == [("ADDED", name) for name in names]
        state = bench.watch(resource_version="0", timeout=0.01, **given)
        assert sorted(await state.rest()) == sorted(("ADDED", name) for name in names)


async def test_a_watch_can_select_by_a_field(make: Made) -> None:
    bench = make(fields={"spec.color": "color"})
    await bench.create("a", spec={"color": "red"})
    start = (await bench.list()).resource_version
    watch = bench.watch(resource_version=start, field_selector=fields.parse("spec.color=red"))
    await bench.update("a", lambda obj: obj["spec"].update(color="blue"))
    await bench.update("a", lambda obj: obj["spec"].update(color="red"))
    assert await watch.told(2) == [("DELETED", "a"), ("ADDED", "a")]
    await watch.aclose()


async def test_nothing_is_told_of_what_changes_nothing(bench: Bench) -> None:
    await bench.create("a", metadata={"finalizers": ["example.com/hold"]})
    start = (await bench.list()).resource_version
    await bench.update("a", lambda obj: None)
    await bench.update("a", lambda obj: obj.update(spec={}), dry_run=True)
    await bench.create("ghost", dry_run=True)
    await bench.delete("a", dry_run=True)
    await bench.delete("a")
    await bench.delete("a")
    await bench.update("a", released)
    watch = bench.watch(resource_version=start)
    kind, marked = await watch.next()
    assert (kind, bool(marked["metadata"]["deletionTimestamp"])) == ("MODIFIED", True)
    kind, last = await watch.next()
    assert (kind, last["metadata"]["finalizers"]) == ("DELETED", ["example.com/hold"])
    await bench.create("z")
    assert await watch.told(1) == [("ADDED", "z")]
    await watch.aclose()


async def test_bookmarks_come_regularly_to_those_who_want_them(make: Made) -> None:
    bench = make(pace=core.Pace(bookmark_seconds=0.01))
    await bench.create("a")
    start = (await bench.list()).resource_version
    watch = bench.watch(resource_version=start, allow_watch_bookmarks=True)
    kind, bookmark = await watch.next()
    assert kind == "BOOKMARK"
    assert bookmark == {
        "kind": "Widget",
        "apiVersion": "toys.example.org/v1",
        "metadata": {"resourceVersion": start},
    }
    made = await bench.create("b")
    while True:
        kind, obj = await watch.next()
        if kind == "BOOKMARK" and obj["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]:
            break
    await watch.aclose()
    assert await bench.watch(resource_version=start, timeout=0.03).rest() == [("ADDED", "b")]


async def test_a_last_bookmark_comes_before_the_end(make: Made) -> None:
    bench = make(pace=core.Pace(bookmark_seconds=60, before_the_end=0.02))
    await bench.create("a")
    start = (await bench.list()).resource_version
    watch = bench.watch(resource_version=start, allow_watch_bookmarks=True, timeout=0.04)
    assert await watch.rest() == [("BOOKMARK", "")]
    brief = bench.watch(resource_version=start, allow_watch_bookmarks=True, timeout=0.01)
    assert await brief.rest() == []


async def test_a_bookmark_of_a_selective_watch_is_as_new_as_all_changes(make: Made) -> None:
    bench = make(pace=core.Pace(bookmark_seconds=0.01))
    start = (await bench.list()).resource_version
    wanted = {"allow_watch_bookmarks": True, "label_selector": labels.parse("app=web")}
    watch = bench.watch(resource_version=start, **wanted)
    await watch.next()
    made = await bench.create("a")
    while (await watch.next())[1]["metadata"]["resourceVersion"] != made["metadata"]["resourceVersion"]:
        pass
    await watch.aclose()


async def test_watchers_of_the_same_share_events_and_batches(bench: Bench) -> None:
    start = (await bench.list()).resource_version
    wanted = options.ListOptions(watch=True, resource_version=start)
    watches = [bench.store.watch(bench.ctx, wanted) for _ in range(2)]
    await bench.create("a")
    first, second = [await anext(watch) for watch in watches]
    assert first is second
    one = options.ListOptions(watch=True, resource_version=start, label_selector=labels.parse("!x"))
    selective = bench.store.watch(bench.ctx, one)
    assert (await anext(selective)).events[0] is first.events[0]
    for watch in (*watches, selective):
        await watch.aclose()


async def test_a_watch_that_is_too_slow_is_ended(make: Made) -> None:
    bench = make(window=4)
    start = (await bench.list()).resource_version
    watch = bench.watch(resource_version=start)
    await bench.create("first")
    assert await watch.told(1) == [("ADDED", "first")]
    for number in range(20):
        await bench.create(f"x{number}")
    with pytest.raises(StopAsyncIteration):
        await watch.next()
    late = bench.watch(resource_version=start)
    with pytest.raises(errors.Expired):
        await late.next()


async def test_watches_end_with_the_server(make: Made) -> None:
    bench = make()
    start = (await bench.list()).resource_version
    watch = bench.watch(resource_version=start)
    waiting = asyncio.ensure_future(watch.rest())
    await asyncio.sleep(0)
    await make.owner.__aexit__(None, None, None)
    assert await waiting == []
