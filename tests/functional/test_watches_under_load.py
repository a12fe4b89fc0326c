"""Watches while many write: every change once, in order, to everybody, also after a reconnect; and a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import signal
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import aiohttp
import pytest

from tests.fixtures import commands, guestbooks
from tests.fixtures.guestbooks import PATIENCE, Book

WATCHERS, WRITERS, ROUNDS = 20, 8, 12
LAST = "zz-last"
INITIAL_END = "k8s.io/initial-events-end"


class Change(NamedTuple):
    kind: str
    name: str
    version: int
    message: str


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    timeout = aiohttp.ClientTimeout(total=None, sock_read=PATIENCE)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as made:
        yield made


def change(event: dict[str, Any]) -> Change:
    obj = event["object"]
    metadata = obj["metadata"]
    note = metadata.get("annotations", {}).get("note", "")
    return Change(event["type"], metadata.get("name", ""), int(metadata["resourceVersion"]), note)


class Writers:
    """Write entries at random, and remember what the server answered."""

    def __init__(self, session: aiohttp.ClientSession, book: Book) -> None:
        self._session, self._url = session, book.running.url + book.entries
        self.changes: list[Change] = []

    async def _send(self, method: str, name: str, body: Any = None, **headers: str) -> dict[str, Any]:
        url = self._url if method == "POST" else f"{self._url}/{name}"
        async with self._session.request(method, url, json=body, headers=headers) as answer:
            assert answer.status in (200, 201), await answer.text()
            found: dict[str, Any] = await answer.json()
            return found

    async def create(self, name: str) -> None:
        self.changes.append(change({"type": "ADDED", "object": await self._send("POST", name, guestbooks.entry(name))}))

    async def annotate(self, name: str, note: str) -> None:
        patch = {"metadata": {"annotations": {"note": note}}}
        merge = {"Content-Type": "application/merge-patch+json"}
        found = await self._send("PATCH", name, patch, **merge)
        self.changes.append(change({"type": "MODIFIED", "object": found}))

    async def delete(self, name: str) -> None:
        await self._send("DELETE", name)

    async def write(self, number: int) -> None:
        """What one writer does."""
        for turn in range(ROUNDS):
            name = f"w{number}-{turn}"
            await self.create(name)
            for count in range(random.randrange(4)):
                await self.annotate(name, f"{count}")
            if turn % 2:
                await self.delete(name)

    async def all(self, first: int = 0) -> None:
        await asyncio.gather(*(self.write(first + number) for number in range(WRITERS)))


async def events(session: aiohttp.ClientSession, url: str, **query: str) -> AsyncIterator[dict[str, Any]]:
    """The events of a watch, until it ends."""
    async with session.get(url, params={"watch": "1", **query}) as answer:
        assert answer.status == 200, await answer.text()
        async for line in answer.content:
            yield json.loads(line)


async def until_last(session: aiohttp.ClientSession, url: str, **query: str) -> list[Change]:
    """What a watch tells up to the last object's coming."""
    found = []
    async with contextlib.aclosing(events(session, url, **query)) as stream:
        async for event in stream:
            found.append(change(event))
            if found[-1].name == LAST:
                break
    return found


async def listed(session: aiohttp.ClientSession, url: str) -> tuple[str, list[dict[str, Any]]]:
    async with session.get(url) as answer:
        body = await answer.json()
    return body["metadata"]["resourceVersion"], body["items"]


def is_history(found: list[Change], written: Writers) -> None:
    """Assert that changes came in order, none twice, and that all writes that told their version are among them."""
    versions = [each.version for each in found]
    assert versions == sorted(set(versions))
    assert [each for each in found if each.kind != "DELETED"] == sorted(written.changes, key=lambda each: each.version)
    alive: set[str] = set()
    for each in found:
        assert (each.name in alive) == (each.kind != "ADDED"), each
        (alive.discard if each.kind == "DELETED" else alive.add)(each.name)


async def test_every_watcher_sees_every_change_once_and_in_order(session: aiohttp.ClientSession, book: Book) -> None:
    url, written = book.running.url + book.entries, Writers(session, book)
    start, _ = await listed(session, url)
    watchers = [asyncio.create_task(until_last(session, url, resourceVersion=start)) for _ in range(WATCHERS)]
    await written.all()
    await written.create(LAST)
    first, *others = await asyncio.gather(*watchers)
    is_history(first, written)
    assert all(other == first for other in others)
    assert sum(each.kind == "DELETED" for each in first) == WRITERS * ROUNDS // 2


async def test_who_comes_late_or_comes_back_misses_nothing(session: aiohttp.ClientSession, book: Book) -> None:
    url, written = book.running.url + book.entries, Writers(session, book)
    start, _ = await listed(session, url)

    async def restless() -> list[Change]:
        """Reads a few events from each watch and goes on where it was."""
        found: list[Change] = []
        while not found or found[-1].name != LAST:
            version = str(found[-1].version) if found else start
            wanted = random.randrange(1, 12)
            async with contextlib.aclosing(events(session, url, resourceVersion=version)) as stream:
                async for event in stream:
                    found.append(change(event))
                    wanted -= 1
                    if not wanted or found[-1].name == LAST:
                        break
        return found

    watchers = [asyncio.create_task(restless()) for _ in range(6)]
    await written.all()
    await written.create(LAST)
    late = await until_last(session, url, resourceVersion=start)
    is_history(late, written)
    assert all(found == late for found in await asyncio.gather(*watchers))


async def test_initial_events_are_the_present_and_then_comes_what_happens(
    session: aiohttp.ClientSession, book: Book
) -> None:
    url, written = book.running.url + book.entries, Writers(session, book)
    await written.all()
    query = {"sendInitialEvents": "true", "allowWatchBookmarks": "true", "resourceVersionMatch": "NotOlderThan"}
    writing = asyncio.create_task(written.all(first=WRITERS))

    async def watch() -> tuple[int, list[Change]]:
        """The version of the bookmark that ends the initial events, and the other events."""
        mark, found = 0, list[Change]()
        async with contextlib.aclosing(events(session, url, **query)) as stream:
            async for event in stream:
                if event["type"] == "BOOKMARK":
                    metadata = event["object"]["metadata"]
                    assert metadata["annotations"] == {INITIAL_END: "true"}
                    mark = int(metadata["resourceVersion"])
                    continue
                found.append(change(event))
                if found[-1].name == LAST:
                    return mark, found
        raise AssertionError("the watch ended by itself")

    watchers = [asyncio.create_task(watch()) for _ in range(6)]
    await writing
    await written.create(LAST)
    _, items = await listed(session, url)
    present = {item["metadata"]["name"]: int(item["metadata"]["resourceVersion"]) for item in items}
    for mark, found in await asyncio.gather(*watchers):
        assert mark
        initial = [each for each in found if each.version <= mark]
        later = found[len(initial) :]
        assert {each.kind for each in initial} == {"ADDED"}
        assert [each.version for each in later] == sorted({each.version for each in later})
        state: dict[str, int] = {}
        for each in found:
            state.pop(each.name, None) if each.kind == "DELETED" else state.update({each.name: each.version})
        assert state == present


async def test_a_selector_turns_changes_into_coming_and_going(session: aiohttp.ClientSession, book: Book) -> None:
    url = book.running.url + book.items
    start, _ = await listed(session, url)

    async def theme(name: str, value: str) -> None:
        merge = {"Content-Type": "application/merge-patch+json"}
        async with session.patch(f"{url}/{name}", json={"spec": {"theme": value}}, headers=merge) as answer:
            assert answer.status == 200

    async def dark() -> list[Change]:
        return await until_last(session, url, resourceVersion=start, fieldSelector="spec.theme=dark")

    watchers = [asyncio.create_task(dark()) for _ in range(WATCHERS)]

    async def flicker(number: int) -> None:
        name = f"book-{number}"
        assert (await asyncio.to_thread(book.post, guestbooks.guestbook(name))).status == 201
        for value in ("dark", "light", "dark", "light"):
            await theme(name, value)

    await asyncio.gather(*map(flicker, range(6)))
    assert (await asyncio.to_thread(book.post, guestbooks.guestbook(LAST, theme="dark"))).status == 201
    first, *others = await asyncio.gather(*watchers)
    assert all(other == first for other in others)
    for number in range(6):
        own = [each.kind for each in first if each.name == f"book-{number}"]
        assert own == ["ADDED", "DELETED", "ADDED", "DELETED"]


async def test_a_websocket_tells_the_same(session: aiohttp.ClientSession, book: Book) -> None:
    url, written = book.running.url + book.entries, Writers(session, book)
    start, _ = await listed(session, url)

    async def over_websocket() -> list[Change]:
        found = []
        async with session.ws_connect(f"{url}?watch=1&resourceVersion={start}") as socket:
            while not found or found[-1].name != LAST:
                found.append(change(json.loads(await socket.receive_str(timeout=PATIENCE))))
        return found

    watchers = [asyncio.create_task(over_websocket()) for _ in range(4)]
    await written.all()
    await written.create(LAST)
    expected = await until_last(session, url, resourceVersion=start)
    assert all(found == expected for found in await asyncio.gather(*watchers))


async def test_tables_and_metadata_alone_tell_the_same(session: aiohttp.ClientSession, book: Book) -> None:
    url, written = book.running.url + book.entries, Writers(session, book)
    start, _ = await listed(session, url)

    async def names(form: str) -> list[str]:
        found = list[str]()
        headers = {"Accept": f"application/json;as={form};g=meta.k8s.io;v=v1"}
        async with session.get(f"{url}?watch=1&resourceVersion={start}", headers=headers) as answer:
            async for line in answer.content:
                event = json.loads(line)
                obj = event["object"]["rows"][0]["object"] if form == "Table" else event["object"]
                found.append(f"{event['type']} {obj['metadata']['name']} {obj['metadata']['resourceVersion']}")
                if LAST in found[-1]:
                    break
        return found

    watchers = [asyncio.create_task(names(form)) for form in ("Table", "PartialObjectMetadata") for _ in range(4)]
    await written.all()
    await written.create(LAST)
    expected = [
        f"{each.kind} {each.name} {each.version}" for each in await until_last(session, url, resourceVersion=start)
    ]
    assert all(found == expected for found in await asyncio.gather(*watchers))


@pytest.fixture
def served(kroute_serve_command: commands.StartCommand) -> commands.Command:
    """The guestbook as a process of its own, over TLS."""
    return kroute_serve_command(app="examples.guestbook:server")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_watches_of_all_sorts_whole(
    session: aiohttp.ClientSession, served: commands.Command, number: int
) -> None:
    url = f"{served.url}{guestbooks.GROUP}/namespaces/default/guestbooks?watch=1"
    context = served.context()
    begun = asyncio.Semaphore(0)

    async def stream() -> bytes:
        async with session.get(url, ssl=context) as answer:
            begun.release()
            return await answer.read()  # raises if the body isn't whole

    async def socket() -> str:
        async with session.ws_connect(url, ssl=context) as opened:
            begun.release()
            return (await opened.receive(timeout=PATIENCE)).type.name

    watchers = [asyncio.create_task(stream()) for _ in range(WATCHERS)]
    sockets = [asyncio.create_task(socket()) for _ in range(4)]
    for _ in range(WATCHERS + 4):
        await begun.acquire()
    assert await asyncio.to_thread(served.stop, number) == 0
    assert set(await asyncio.gather(*watchers)) == {b""}
    assert set(await asyncio.gather(*sockets)) == {"CLOSE"}
    assert served.log == ""
