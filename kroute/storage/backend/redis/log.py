"""RedisLog: one resource's objects and changes in Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from kroute.storage.backend import base, errors, ring
from kroute.storage.backend.redis import layout, pipe, reading, routing

_RING = 1000
_PAGE = 200


class Follower(Protocol):
    """Has the events of logs read as they come, and handed to `RedisLog.receive`."""

    def follow(self, log: RedisLog) -> None: ...

    def unfollow(self, log: RedisLog) -> None: ...


class Announcer(Protocol):
    """Lets all processes know which logs have keys with a TTL."""

    async def announce(self, log: RedisLog) -> None: ...


class RedisLog:
    """`base.Log` in Redis.  `keep` is how many seconds changes are kept for watches, `most` how many at most."""

    def __init__(
        self,
        name: str,
        keys: layout.Keys,
        router: routing.Router,
        *,
        follower: Follower,
        announcer: Announcer,
        keep: float,
        most: int,
    ) -> None:
        self.name = name
        self.keys = keys
        self._router = router
        self._follower = follower
        self._announcer = announcer
        self._history: tuple[pipe.Argument, pipe.Argument] = (int(keep * base.TICKS), most)
        self._ring: ring.Ring | None = None
        self._attaching = asyncio.Lock()
        self._watches = 0
        self._reader = reading.Reader(keys.objects, router)
        self._closed = False

    async def create(self, key: str, draft: base.Draft, *, ttl: float | None = None) -> base.Record:
        revision: int = await self._router.run(
            self._router.scripts.create,
            self.keys,
            *self._write(key, draft),
            await self._milliseconds(ttl),
            *self._history,
        )
        if not revision:
            raise errors.KeyExists(key)
        return base.Record(key, revision, draft.at(revision), len(draft.head))

    async def get(self, key: str) -> base.Record | None:
        return await self._reader.get(key)

    async def update(self, key: str, draft: base.Draft, *, expected: int, ttl: float | None = None) -> base.Record:
        revision: int = await self._router.run(
            self._router.scripts.update,
            self.keys,
            *self._write(key, draft),
            await self._milliseconds(ttl),
            *self._history,
            str(expected),
        )
        if revision <= 0:
            raise _refusal(key, expected, -revision)
        return base.Record(key, revision, draft.at(revision), len(draft.head))

    async def delete(self, key: str, *, expected: int) -> base.Record:
        answer: int | bytes = await self._router.run(
            self._router.scripts.delete, self.keys, key, *self._history, str(expected)
        )
        if isinstance(answer, int):
            raise _refusal(key, expected, -answer)
        return layout.record(key, answer)

    async def list(self) -> base.Listing:
        commands: Sequence[pipe.Command] = (
            ("HGETALL", self.keys.objects),
            ("HGET", self.keys.meta, "revision"),
        )
        found, revision = await self._router.transaction(self.keys.objects, commands)
        if revision is None:
            await self._made()
            found, revision = await self._router.transaction(self.keys.objects, commands)
        records = [layout.record(key.decode(), stored) for key, stored in zip(found[::2], found[1::2], strict=True)]
        records.sort()
        return base.Listing(records, int(revision or 0))

    async def current_revision(self) -> int:
        found = await self._router.call("read", self.keys.meta, "HGET", self.keys.meta, "revision")
        return await self._made() if found is None else int(found)

    def watch(self, after: int) -> ring.RingWatch:
        return ring.RingWatch(self, after)

    async def compact(self, before: int) -> None:
        await self._router.call("write", self.keys.events, "XTRIM", self.keys.events, "MINID", before)
        if self._ring is not None:
            self._ring.compact(before)

    async def sweep(self, limit: int) -> int:
        """Delete keys whose deadline has passed, at most `limit`; how many there were."""
        done: int = await self._router.run(self._router.scripts.sweep, self.keys, limit, *self._history)
        return done

    async def attach(self) -> ring.Ring:
        """The ring, filled by the follower from the log's present on while there are watches."""
        async with self._attaching:
            if self._closed:
                raise errors.Unavailable("the store is closed")
            if self._ring is None or self._ring.ended:
                self._ring = ring.Ring(await self.current_revision(), limit=_RING)
                self._follower.follow(self)
            self._watches += 1
            return self._ring

    def detach(self) -> None:
        self._watches -= 1
        if not self._watches:
            self._ring = None
            self._follower.unfollow(self)

    async def replay(self, position: int) -> Sequence[base.Event]:
        answers = await self._router.transaction(
            self.keys.events,
            (
                ("XRANGE", self.keys.events, position, "+", "COUNT", _PAGE + 1),
                ("HGET", self.keys.meta, "revision"),
            ),
        )
        found, newest = layout.entries(answers[0]), int(answers[1] or 0)
        if found and found[0].event.revision == position:
            del found[0]
        told = position
        for entry in found:
            if entry.previous != told:  # trimmed, or not of the history that the server has now
                raise errors.RevisionExpired(position, entry.previous)
            told = entry.event.revision
        if not found and newest != position:
            raise errors.RevisionExpired(position, newest)
        return [entry.event for entry in found]

    @property
    def position(self) -> int | None:
        """The revision up to which the ring is filled; None when nobody watches."""
        return None if self._ring is None or self._ring.ended else self._ring.revision

    def receive(self, entries: Sequence[layout.Entry]) -> None:
        """Take in the next entries of the stream."""
        held = self._ring
        if held is None or held.ended:
            return
        events: list[base.Event] = []
        for event, previous in entries:
            newest = events[-1].revision if events else held.revision
            if event.revision <= newest:
                continue
            if previous < newest:
                self.lose()
                return
            if previous > newest:  # trimmed before it was read: watches go on from the store, if they can
                events = []
                held.restart(previous)
            events.append(event)
        held.extend(events)

    def lose(self) -> None:
        """The store has lost what was read from it: end the watches that may have told it."""
        if self._ring is not None and not self._ring.ended:
            self._ring.end(errors.RevisionExpired(self._ring.revision, 0))
            self._follower.unfollow(self)

    def close(self) -> None:
        """End the watches."""
        self._closed = True
        if self._ring is not None:
            self._ring.end(errors.Unavailable("the store is closed"))

    async def _made(self) -> int:
        newest: int = await self._router.run(self._router.scripts.open, self.keys)
        return newest

    def _write(self, key: str, draft: base.Draft) -> tuple[pipe.Argument, ...]:
        return key, layout.place(draft), draft.head, draft.tail

    async def _milliseconds(self, ttl: float | None) -> pipe.Argument:
        if ttl is None:
            return b""
        await self._announcer.announce(self)
        return int(ttl * 1000)


def _refusal(key: str, expected: int, actual: int) -> errors.BackendError:
    return errors.RevisionConflict(key, expected, actual) if actual else errors.KeyNotFound(key)
