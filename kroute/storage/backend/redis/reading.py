"""Reads single objects: the keys asked for in one turn of the event loop are one question to Redis."""

from __future__ import annotations

import asyncio
import functools

import redis.exceptions

from kroute.storage.backend import base, errors
from kroute.storage.backend.redis import failures, layout, routing


class Reader:
    """Reads the objects of one log."""

    def __init__(self, objects: bytes, router: routing.Router) -> None:
        self._objects = objects
        self._router = router
        self._wanted: dict[bytes, list[asyncio.Future[bytes | None]]] = {}

    async def get(self, key: str) -> base.Record | None:
        """`base.Log.get`."""
        try:
            encoded = key.encode()
        except UnicodeEncodeError:  # no such key can have been written
            return None
        loop = asyncio.get_running_loop()
        if not self._wanted:
            loop.call_soon(self._ask)
        done: asyncio.Future[bytes | None] = loop.create_future()
        self._wanted.setdefault(encoded, []).append(done)
        try:
            stored = await done
        except failures.ELSEWHERE:
            stored = await self._router.call("read", self._objects, "HGET", self._objects, encoded)
        except redis.exceptions.RedisError as error:
            raise failures.unavailable(error) from error
        return None if stored is None else layout.record(key, stored)

    def _ask(self) -> None:
        wanted, self._wanted = self._wanted, {}
        try:
            answer = self._router.post("read", self._objects, "HMGET", self._objects, *wanted)
        except (redis.exceptions.RedisError, errors.Unavailable) as error:
            _refuse(wanted, error)
        else:
            answer.add_done_callback(functools.partial(_share, wanted))


def _share(wanted: dict[bytes, list[asyncio.Future[bytes | None]]], answer: asyncio.Future[list[bytes | None]]) -> None:
    error = answer.exception()
    if error is not None:
        _refuse(wanted, error)
        return
    for waiters, stored in zip(wanted.values(), answer.result(), strict=True):
        for done in waiters:
            if not done.done():
                done.set_result(stored)


def _refuse(wanted: dict[bytes, list[asyncio.Future[bytes | None]]], error: BaseException) -> None:
    for waiters in wanted.values():
        for done in waiters:
            if not done.done():
                done.set_exception(errors.Unavailable(*error.args) if isinstance(error, errors.Unavailable) else error)
