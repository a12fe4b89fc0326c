"""Watches, over HTTP and WebSockets: what is sent, in which form, and when they end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from kroute import installer
from kroute.actions import streams
from kroute.machinery import context, errors, gvk
from kroute.storage import capabilities, options, table
from tests.fixtures import serving, widgets

ITEMS, BASE = serving.ITEMS, serving.BASE
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"


class Watch:
    """An open watch; `next` reads one event."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def next(self) -> dict[str, Any] | None:
        line = await self.answer.content.readline()
        return json.loads(line) if line else None


@asynccontextmanager
async def watching(client: serving.Client, path: str = f"{ITEMS}?watch=1", **headers: str) -> AsyncIterator[Watch]:
    async with client.session.get(f"{client.base}{path}", headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        yield Watch(answer)


@pytest.fixture(autouse=True)
async def there(client: serving.Client) -> None:
    assert (await client.send("POST", ITEMS, widgets.widget("a"))).status == 201


@pytest.mark.parametrize(
    "query, status, message",
    [
        ("timeoutSeconds=soon", 400, 'strconv.ParseInt: parsing "soon": invalid syntax'),
        ("fieldSelector=spec.size%3D1", 400, "field label not supported: spec.size"),
        ("resourceVersionMatch=Exact", 422, "resourceVersionMatch is forbidden for watch unless sendInitialEvents"),
        ("sendInitialEvents=true", 422, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"),
    ],
)
async def test_options_that_make_no_sense_are_refused(
    client: serving.Client, query: str, status: int, message: str
) -> None:
    found = await client.get(f"{ITEMS}?watch=1&{query}")
    assert found.status == status
    assert message in found.body["message"]


async def test_yaml_is_no_format_of_a_watch(client: serving.Client) -> None:
    found = await client.get(f"{ITEMS}?watch=1", accept="application/yaml")
    assert found.status == 406
    assert "application/json;stream=watch" in found.body


async def test_events_come_as_they_happen(client: serving.Client) -> None:
    async with watching(client) as watch:
        assert watch.answer.headers["Content-Type"] == "application/json"
        assert watch.answer.headers["Cache-Control"] == "no-cache, private"
        first = await watch.next()
        assert first is not None
        assert (first["type"], first["object"]["metadata"]["name"]) == ("ADDED", "a")
        await client.send("PUT", f"{ITEMS}/a", widgets.widget("a", size=8))
        second = await watch.next()
        assert second is not None
        assert (second["type"], second["object"]["spec"]["size"]) == ("MODIFIED", 8)
        await client.send("DELETE", f"{ITEMS}/a")
        third = await watch.next()
        assert third is not None
        assert third["type"] == "DELETED"


async def test_options_reach_the_storage(client: serving.Client, storage: widgets.Widgets) -> None:
    async with watching(client, f"{ITEMS}?watch=true&resourceVersion=7&timeoutSeconds=60&labelSelector=x") as watch:
        await watch.next()
    given = storage.seen[-1]
    assert (given.watch, given.resource_version, given.timeout) == (True, "7", 60.0)
    assert str(given.label_selector) == "x"


async def test_a_watch_without_a_timeout_gets_one(client: serving.Client, storage: widgets.Widgets) -> None:
    async with watching(client) as watch:
        await watch.next()
    assert 1800 <= storage.seen[-1].timeout <= 3600


async def test_bookmarks_have_a_kind_and_a_version(client: serving.Client) -> None:
    async with watching(client, f"{ITEMS}?watch=1&allowWatchBookmarks=true") as watch:
        await watch.next()
        assert await watch.next() == {
            "type": "BOOKMARK",
            "object": {
                "kind": "Widget",
                "apiVersion": "toys.example.org/v1",
                "metadata": {"resourceVersion": "101"},
            },
        }


async def test_what_goes_wrong_later_is_the_last_event(client: serving.Client, storage: widgets.Widgets) -> None:
    async with watching(client) as watch:
        await watch.next()
        storage.watchers[0].put_nowait(errors.Expired("too old resource version: 1 (2)"))
        last = await watch.next()
        assert last is not None
        assert last["type"] == "ERROR"
        assert (last["object"]["kind"], last["object"]["reason"], last["object"]["code"]) == ("Status", "Expired", 410)
        assert await watch.next() is None


async def test_a_bug_is_an_event_that_shows_nothing(
    client: serving.Client, storage: widgets.Widgets, caplog: pytest.LogCaptureFixture
) -> None:
    async with watching(client) as watch:
        await watch.next()
        storage.watchers[0].put_nowait("the secret")  # type: ignore[arg-type]
        last = await watch.next()
        assert last is not None
        assert (last["type"], last["object"]["reason"]) == ("ERROR", "InternalError")
        assert "secret" not in str(last)
    assert "audit ID audit" in caplog.text


async def test_an_end_of_the_storages_ends_the_answer(client: serving.Client, storage: widgets.Widgets) -> None:
    async with watching(client) as watch:
        await watch.next()
        storage.watchers[0].put_nowait(None)
        assert await watch.next() is None


async def test_the_old_paths_watch_too(client: serving.Client, storage: widgets.Widgets) -> None:
    for path in (f"{BASE}/watch/widgets", f"{BASE}/watch/namespaces/play/widgets"):
        async with watching(client, path) as watch:
            first = await watch.next()
            assert first is not None
            assert first["type"] == "ADDED"
    async with watching(client, f"{BASE}/watch/namespaces/play/widgets/a") as watch:
        await watch.next()
    assert str(storage.seen[-1].field_selector) == "metadata.name=a"
    wrong = await client.get(f"{BASE}/watch/namespaces/play/widgets/a?fieldSelector=metadata.name%3Db")
    assert (wrong.status, wrong.body["reason"]) == (400, "BadRequest")


# other forms


async def test_each_event_can_be_a_table_the_first_with_its_columns(client: serving.Client) -> None:
    async with watching(client, Accept=TABLE) as watch:
        first = await watch.next()
        assert first is not None
        assert (first["type"], first["object"]["kind"]) == ("ADDED", "Table")
        assert first["object"]["metadata"] == {"resourceVersion": "101"}
        assert len(first["object"]["columnDefinitions"]) == 2
        await client.send("POST", ITEMS, widgets.widget("b"))
        second = await watch.next()
        assert second is not None
        assert second["object"]["columnDefinitions"] is None
        assert [row["cells"][0] for row in second["object"]["rows"]] == ["b"]


async def test_each_event_can_have_metadata_alone(client: serving.Client) -> None:
    async with watching(client, f"{ITEMS}?watch=1&allowWatchBookmarks=1", Accept=PARTIAL) as watch:
        first = await watch.next()
        assert first is not None
        assert (first["object"]["kind"], first["object"]["apiVersion"]) == ("PartialObjectMetadata", "meta.k8s.io/v1")
        assert "spec" not in first["object"]
        mark = await watch.next()
        assert mark is not None
        assert (mark["type"], mark["object"]["kind"]) == ("BOOKMARK", "PartialObjectMetadata")


async def test_watchers_in_several_forms_see_the_same_event(client: serving.Client) -> None:
    async with watching(client) as plain, watching(client, Accept=PARTIAL) as partial, watching(client) as other:
        for watch in (plain, partial, other):
            await watch.next()
        await client.send("POST", ITEMS, widgets.widget("b"))
        found = [await watch.next() for watch in (plain, partial, other)]
    assert [event and event["object"]["kind"] for event in found] == ["Widget", "PartialObjectMetadata", "Widget"]
    assert found[0] == found[2]


# ends


async def test_a_watch_ends_when_its_time_is_up(storage: widgets.Widgets) -> None:
    settings = installer.Settings(min_watch_timeout=0.01)
    async with (
        serving.bare(installer.APIInstaller([serving.group(storage)], settings=settings)) as client,
        watching(client) as watch,
    ):
        while await watch.next():
            pass
    assert 0.01 <= storage.seen[-1].timeout <= 0.02


async def test_watches_end_when_all_are_told_to(storage: widgets.Widgets) -> None:
    settings = installer.Settings()
    async with serving.bare(installer.APIInstaller([serving.group(storage)], settings=settings)) as client:
        async with watching(client) as watch:
            await watch.next()
            settings.streams.end_all()
            assert await watch.next() is None
        async with watching(client) as late:
            while await late.next():
                pass
    assert not storage.watchers


async def test_a_watch_ends_when_its_client_has_gone(storage: widgets.Widgets) -> None:
    settings = installer.Settings(streams=streams.Streams(look=0.01))
    async with serving.bare(installer.APIInstaller([serving.group(storage)], settings=settings)) as client:
        async with watching(client) as watch:
            await watch.next()
            watch.answer.close()
        await asyncio.wait_for(storage.left.wait(), 10)
    assert not storage.watchers
    assert len(settings.streams) == 0


async def test_events_are_counted(storage: widgets.Widgets) -> None:
    settings = installer.Settings()
    async with (
        serving.bare(installer.APIInstaller([serving.group(storage)], settings=settings)) as client,
        watching(client) as watch,
    ):
        await watch.next()
        await client.send("POST", ITEMS, widgets.widget("b"))
        await watch.next()
    assert settings.streams.sent == {gvk.GroupVersionResource("toys.example.org", "v1", "widgets"): 2}


# storages that watch in other ways


async def test_a_storage_may_refuse_before_anything_is_sent() -> None:
    class Refusing(widgets.Widgets):
        def watch(  # type: ignore[override]
            self, ctx: context.RequestContext, options: options.ListOptions
        ) -> AsyncIterator[capabilities.WatchBatch]:
            raise errors.BadRequest("not today")

    async with serving.bare(installer.APIInstaller([serving.group(Refusing())])) as client:
        found = await client.get(f"{ITEMS}?watch=1")
    assert (found.status, found.body["message"]) == (400, "not today")


async def test_a_storage_that_can_not_watch_says_so() -> None:
    class Only(table.DefaultTable):
        kind, namespaced = widgets.KIND, True

        async def list(self, ctx: context.RequestContext, options: options.ListOptions) -> capabilities.ListResult:
            return capabilities.ListResult([])

    async with serving.bare(installer.APIInstaller([serving.group(Only())])) as client:
        found = await client.get(f"{ITEMS}?watch=1")
    assert (found.status, found.body["reason"]) == (405, "MethodNotAllowed")


# WebSockets


async def test_a_watch_can_be_had_over_a_websocket(client: serving.Client, storage: widgets.Widgets) -> None:
    async with client.session.ws_connect(f"{client.base}{ITEMS}?watch=1") as socket:
        first = await socket.receive_json()
        assert (first["type"], first["object"]["metadata"]["name"]) == ("ADDED", "a")
        await client.send("POST", ITEMS, widgets.widget("b"))
        second = await socket.receive_json()
        assert second["object"]["metadata"]["name"] == "b"
        await socket.send_str("ignored")
        storage.watchers[0].put_nowait(None)
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE


async def test_a_websocket_ends_with_its_client(client: serving.Client, storage: widgets.Widgets) -> None:
    async with client.session.ws_connect(f"{client.base}{ITEMS}?watch=1") as socket:
        await socket.receive_json()
        assert len(storage.watchers) == 1
        await socket.close()
    await asyncio.wait_for(storage.left.wait(), 10)
    assert not storage.watchers


async def test_an_error_before_a_websocket_is_an_answer(client: serving.Client) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as failed:
        await client.session.ws_connect(f"{client.base}{ITEMS}?watch=1&fieldSelector=spec.size%3D1")
    assert failed.value.status == 400
