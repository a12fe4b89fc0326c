"""How fast the backends and the watch cache are: `python benchmarks/backends.py URL...`, such as `memory://`.

Writes into a log of its own name; give it a store that may be thrown away.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any

import uvloop

from kroute.storage.backend import base, factory
from kroute.storage.backend.cacher import cacher

TASKS = 64
OBJECTS = 8000
SUBSCRIBERS = 200
HEAD = b'{"kind":"Widget","apiVersion":"v1","metadata":{"resourceVersion":"'


def draft(content: str) -> base.Draft:
    """A value of 2 kB."""
    return base.Draft(HEAD, b'","name":"%b"},"spec":"%b"}' % (content.encode(), b"x" * 1900))


async def measured(what: str, count: int, work: Coroutine[Any, Any, object]) -> None:
    begin = time.perf_counter()
    await work
    print(f"  {what:<42} {count / (time.perf_counter() - begin):>12,.0f}/s")


async def together(work: Callable[[str], Coroutine[Any, Any, object]]) -> None:
    """Do something for each object, in many tasks."""

    async def some(task: int) -> None:
        for count in range(OBJECTS // TASKS):
            await work(f"ns{task}/{count}")

    await asyncio.gather(*[some(task) for task in range(TASKS)])


async def fan_out(log: base.Log, *, shared: bool) -> None:
    changes = 1000
    total = changes * SUBSCRIBERS
    async with cacher.Cacher(log, index=lambda value: ({}, {}), shared=shared) as cache:
        await cache.ready()

        async def follow() -> None:
            got = 0
            with cache.watch() as subscription:
                while got < changes:
                    got += len((await subscription.batch()).changes)

        for tasks, how in ((1, "one after the other"), (16, "from 16 tasks")):
            followers = asyncio.gather(*[follow() for _ in range(SUBSCRIBERS)])
            await asyncio.sleep(0)

            async def write(task: int, tasks: int = tasks) -> None:
                for count in range(changes // tasks + (task < changes % tasks)):
                    await log.create(f"{tasks}-{task}/{count}", draft("x"))

            async def all_told(tasks: int = tasks, followers: Any = followers) -> None:
                await asyncio.gather(*[write(task) for task in range(tasks)])
                await followers

            await measured(f"events to {SUBSCRIBERS} watchers, {how}", total, all_told())
        await measured("fresh", 10_000, asyncio.wait_for(many_fresh(cache), 60))


async def many_fresh(cache: cacher.Cacher) -> None:
    async def some() -> None:
        for _ in range(10_000 // TASKS):
            await cache.fresh()

    await asyncio.gather(*[some() for _ in range(TASKS)])


async def main(url: str) -> None:
    print(url)
    async with factory.open_backend(url) as backend:
        log = backend.log(f"benchmark{time.time_ns()}")
        await measured("creates", OBJECTS, together(lambda key: log.create(key, draft(key))))
        await measured("gets", OBJECTS, together(log.get))

        async def update(key: str) -> None:
            record = await log.get(key)
            assert record is not None
            await log.update(key, draft(key), expected=record.revision)

        await measured("gets with updates", OBJECTS, together(update))
        await measured("objects in a list", OBJECTS, log.list())
        await fan_out(backend.log(f"fan-out{time.time_ns()}"), shared=backend.shared)


if __name__ == "__main__":
    for each in sys.argv[1:]:
        uvloop.run(main(each))
