"""Followers: what there is, what changes, and all of it again when something was missed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from kroute.aio import tasks
from kroute.controllers import following
from kroute.storage import caches
from kroute.storage.backend import base
from kroute.storage.backend.cacher import model
from kroute.storage.backend.memory import backend as memory


def draft(text: str) -> base.Draft:
    return base.Draft(b'{"metadata":{"resourceVersion":"', b'"},"x":"%b"}' % text.encode())


class Mirror:
    """A Handler that keeps what there should be."""

    def __init__(self) -> None:
        self.there: dict[str, bytes] = {}
        self.begun = 0
        self.told = asyncio.Event()

    def begin(self) -> None:
        self.begun += 1
        self.there.clear()

    def added(self, entry: model.Entry) -> None:
        self.there[entry.key] = entry.value
        self.told.set()

    def changed(self, change: model.Change) -> None:
        if change.type == "DELETED":
            del self.there[change.entry.key]
        else:
            self.there[change.entry.key] = change.entry.value
        self.told.set()

    async def has(self, *keys: str) -> None:
        async with asyncio.timeout(10):
            while set(self.there) != set(keys):
                self.told.clear()
                await self.told.wait()


@contextlib.asynccontextmanager
async def opened(window: int = 8192) -> AsyncIterator[caches.Caches]:
    async with memory.MemoryBackend() as backend, caches.Caches(backend, window=window) as shelves:
        yield shelves


def index(value: bytes) -> model.Attributes:
    return {}, {}


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not check():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0)


async def test_a_handler_is_told_what_there_is_and_what_changes() -> None:
    async with opened() as shelves, tasks.Scope("test") as scope:
        shelf, mirror = shelves.shelf("widgets", index), Mirror()
        first = await shelf.log.create("a", draft("1"))
        follower = following.Follower(shelf, mirror)
        scope.spawn(follower.run(), name="follow")
        await follower.ready()
        await mirror.has("a")
        await shelf.log.create("b", draft("2"))
        await mirror.has("a", "b")
        await shelf.log.delete("a", expected=first.revision)
        await mirror.has("b")
    assert mirror.begun == 1


async def test_whoever_misses_changes_is_told_all_again() -> None:
    async with opened(window=4) as shelves, tasks.Scope("test") as scope:
        shelf, mirror = shelves.shelf("widgets", index), Mirror()
        follower = following.Follower(shelf, mirror)
        scope.spawn(follower.run(), name="follow")
        await follower.ready()
        await asyncio.sleep(0)
        for number in range(50):  # faster than the follower gets its turn
            await shelf.log.create(f"k{number}", draft("x"))
        await mirror.has(*(f"k{number}" for number in range(50)))


async def test_everything_is_followed_also_what_comes_later_and_what_is_made_anew() -> None:
    mirrors: dict[str, list[Mirror]] = {}
    gone: list[str] = []

    def make(name: str) -> Mirror:
        mirrors.setdefault(name, []).append(Mirror())
        return mirrors[name][-1]

    async with opened() as shelves, tasks.Scope("test") as scope:
        await shelves.shelf("widgets", index).log.create("a", draft("1"))
        await following.Everything(shelves, make, gone.append).run(scope)
        await mirrors["widgets"][0].has("a")
        await shelves.shelf("gadgets", index).log.create("g", draft("1"))
        await until(lambda: "gadgets" in mirrors)
        await mirrors["gadgets"][0].has("g")
        old = shelves.release("widgets")
        assert old is not None
        shelves.shelf("widgets", index)
        await old.close()
        await until(lambda: len(mirrors["widgets"]) == 2)
        await mirrors["widgets"][1].has("a")
        assert not gone
        last = shelves.release("gadgets")
        assert last is not None
        await last.close()
        await until(lambda: bool(gone))
    assert gone == ["gadgets"]
