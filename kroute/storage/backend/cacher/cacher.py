"""Cacher: keeps the watch cache of one log filled, and answers from it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Self

from kroute.aio import tasks
from kroute.storage.backend import base, errors
from kroute.storage.backend.cacher import attempts, entries, freshness, history, model, relisting, subscribing

_HINTS = 4096  # how many noted writes may wait for their events
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0  # seconds
_RETRY_PATIENCE = 0.5  # seconds that a reader waits for what could not be read the last time
_CHUNK = 500  # how many values are indexed before the event loop has its turn


class Cacher:
    """The watch cache of one log; an async context manager.

    `index` gives the labels and the selectable fields of a stored value.  `shared` is the backend's.  `window` is
    how many changes are kept for watchers and for lists at older revisions.  `patience` is how many seconds `fresh`
    waits.  The cache survives the loss of the store: it goes on when the store is back, and serves its last state
    until then.
    """

    def __init__(
        self, log: base.Log, *, index: model.Index, shared: bool, window: int = 8192, patience: float = 3.0
    ) -> None:
        self._log = log
        self._index = index
        self._entries = entries.Entries()
        self._hub = subscribing.Hub(history.History(0, limit=window))
        self._progress = freshness.Progress()
        self._scope = tasks.Scope(f"cache of {log.name}")
        self._asker = freshness.Asker(log, self._scope) if shared else None
        self._patience = patience
        self._loaded = asyncio.Event()
        self._attempts = attempts.Attempts()
        self._current = False  # whether the entries can be brought up to date by watching on
        self._watch: base.Watch | None = None
        self._pause = 0.0  # how long to wait before the next attempt to go on
        self._hints: dict[str, tuple[int | base.Draft, model.Attributes]] = {}
        self._logger = logging.getLogger("kroute.storage.cacher")

    async def __aenter__(self) -> Self:
        await self._scope.__aenter__()
        self._scope.spawn(self._feed(), name="feed")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hub.end(errors.Unavailable("the cache is closed"))
        await self._scope.__aexit__(kind, error, trace)

    @property
    def revision(self) -> int:
        """The revision that the cache shows; 0 before it is filled for the first time."""
        return self._hub.history.revision

    @property
    def oldest(self) -> int:
        """The oldest revision that `watch` and `snapshot` can go back to."""
        return self._hub.history.oldest

    @property
    def watchers(self) -> int:
        """How many subscriptions there are."""
        return len(self._hub.subscriptions)

    async def ready(self) -> None:
        """Wait, without limit, until the cache is filled."""
        await self._loaded.wait()

    @property
    def is_ready(self) -> bool:
        return self._loaded.is_set()

    def get(self, key: str) -> model.Entry | None:
        """The entry as the cache has it; `fresh` first where that isn't enough."""
        return self._entries.get(key)

    def count(self, prefix: str = "") -> int:
        """How many entries have the prefix."""
        return self._entries.count(prefix)

    def snapshot(self, prefix: str = "", *, start: str = "", at_revision: int | None = None) -> model.Snapshot:
        """The entries with a prefix (`namespace/`, or all) from key `start` on, sorted by key.

        With `at_revision` exactly as they were at that revision.  Raises RevisionExpired when that is too long ago,
        RevisionTooLarge when the cache hasn't come to it (`fresh` waits for it), Unavailable before it is filled.
        """
        past = self._past()
        if at_revision is None or at_revision == past.revision:
            return model.Snapshot(self._entries.select(prefix, start), past.revision)
        if at_revision > past.revision:
            raise errors.RevisionTooLarge(at_revision, past.revision)
        undone = past.undo(at_revision)
        return model.Snapshot(self._entries.select_undone(prefix, start, undone), at_revision)

    async def fresh(self, min_revision: int | None = None) -> int:
        """Wait until the cache shows every write acknowledged before the call, or `min_revision`; gives its revision.

        Where other processes write too, it asks the store, once for all who call in one turn of the event loop;
        otherwise it seldom waits.  Raises RevisionTooLarge when the cache doesn't get there in time, Unavailable
        when the store can't be asked or the cache was never filled.
        """
        if not self._loaded.is_set():
            await self._filled()
        target = min_revision
        if target is None:
            target = await (self._ask() if self._asker is not None else self._log.current_revision())
        if self.revision < target:
            self.drain()
            if self.revision < target:
                await self._reached(target)
        return self.revision

    def watch(
        self, prefix: str = "", *, after: int | None = None, on_overrun: Callable[[], None] | None = None
    ) -> subscribing.Subscription:
        """Subscribe to the changes of keys with a prefix: "", `namespace/`, or a whole key.

        Above the revision `after`; or from now on, with the present entries as `initial`.  `on_overrun` is called
        when the subscriber is ended because it was too slow, even while it does something else.  To be closed.
        Raises RevisionExpired when `after` is too long ago, Unavailable before the cache is filled.
        """
        self._past()
        if after is not None:
            return subscribing.Subscription(self._hub, prefix, after=after, on_overrun=on_overrun)
        initial, revision = self.snapshot(prefix)
        return subscribing.Subscription(self._hub, prefix, after=revision, initial=initial, on_overrun=on_overrun)

    def expect(self, key: str, draft: base.Draft, labels: Mapping[str, str], fields: Mapping[str, str]) -> None:
        """Tell of a write that this process is about to try, with what the index would find.

        The cache often hears of a write before its writer does, which is too late for `note`."""
        self._hint(key, draft, (labels, fields))

    def note(self, record: base.Record, labels: Mapping[str, str], fields: Mapping[str, str]) -> None:
        """Tell of a write of this process whose attributes are known, so that its value needn't be decoded for them.

        Where nobody else writes, the write is in the cache when this returns.
        """
        if record.revision > self.revision:
            self._hint(record.key, record.revision, (labels, fields))
            if self._asker is None:
                self.drain()

    def _hint(self, key: str, known: int | base.Draft, attributes: model.Attributes) -> None:
        if len(self._hints) >= _HINTS:
            self._hints.clear()
        self._hints[key] = (known, attributes)

    def _past(self) -> history.History:
        past = self._hub.history
        if not past.revision:
            raise self._unfilled()
        return past

    async def _reached(self, target: int) -> None:
        """Wait until the cache shows a revision.  Raises RevisionTooLarge, Unreadable."""
        self._attempts.hurry()
        for patience in (_RETRY_PATIENCE, self._patience):
            if await self._progress.reached(target, patience):
                return
            if self._attempts.error is not None:
                raise self._attempts.error
        raise errors.RevisionTooLarge(target, self.revision)

    def _unfilled(self) -> errors.BackendError:
        return self._attempts.error or errors.Unavailable(f"the watch cache of {self._log.name} isn't filled yet")

    async def _ask(self) -> int:
        assert self._asker is not None
        seen = self.revision
        current = await self._asker.current_revision()
        if current < seen:  # the store lost writes that the cache has seen
            await self._restart()
            await self._filled()
        return current

    async def _filled(self) -> None:
        try:
            async with asyncio.timeout(self._patience):
                while not self._loaded.is_set():
                    await self._attempts.next()
        except TimeoutError:
            raise self._unfilled() from None

    async def _restart(self) -> None:
        if self._current:
            self._current = False
            self._loaded.clear()
            if self._watch is not None:
                await self._watch.aclose()

    async def _feed(self) -> None:
        """Fill the cache and follow the log, for ever."""
        while True:
            try:
                if not self._current:
                    await self._relist()
                await self._follow()
            except errors.RevisionExpired:
                self._current = False
                await asyncio.sleep(self._pause)
            except errors.Unavailable as error:
                self._logger.warning("lost touch with %s: %s", self._log.name, error)
                await asyncio.sleep(max(self._pause, _SHORTEST_PAUSE))
            except errors.Unreadable as error:
                if self._attempts.error is None:
                    self._logger.warning("%s can't be read at present: %s", self._log.name, error)
                self._attempts.ended(error)
                await self._attempts.pause(max(self._pause, _SHORTEST_PAUSE))
            except Exception:
                self._logger.exception("following %s failed: it is read anew", self._log.name)
                self._current = False
                await asyncio.sleep(_LONGEST_PAUSE)
            self._pause = min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, self._pause * random.uniform(1.5, 2)))

    async def _follow(self) -> None:
        watch = self._log.watch(self.revision)
        self._watch = watch
        try:
            async for events in watch:
                self._pause = 0.0
                self._ingest(events)
        finally:
            self._watch = None
            await watch.aclose()

    async def _relist(self) -> None:
        listing = await self._log.list()
        new = await self._indexed(listing.records)
        past = self._hub.history
        steps = None
        if past.revision and listing.revision >= past.revision:
            steps = relisting.differences(self._entries, new, past.revision)
        if steps is None:  # the first time, or the store lost what subscribers were told
            self._hub.end(errors.RevisionExpired(past.revision, listing.revision))
            past.reset(listing.revision)
        elif listing.revision > past.revision:
            past.skip(listing.revision)
            if steps:
                self._hub.publish([model.Change(*step) for step in steps])
            past.revision = listing.revision
        self._entries = entries.Entries(new.values())
        self._current = True
        self._loaded.set()
        self._attempts.ended(None)
        self._progress.advance(past.revision)

    async def _indexed(self, records: Sequence[base.Record]) -> dict[str, model.Entry]:
        found: dict[str, model.Entry] = {}
        for count, record in enumerate(records, 1):
            entry = self._entries.get(record.key)
            if entry is None or entry.revision != record.revision or entry.value != record.value:
                entry = self._entry(record)
            found[record.key] = entry
            if not count % _CHUNK:
                await asyncio.sleep(0)
        return found

    def drain(self) -> None:
        """Take in what this process has received already, without waiting for the feed's turn."""
        if self._watch is not None and (events := self._watch.take()):
            self._ingest(events)

    def _ingest(self, events: Iterable[base.Event]) -> None:
        changes = [self._apply(event) for event in events]
        if changes:
            self._hub.publish(changes)
            self._progress.advance(self.revision)
            self._attempts.error = None

    def _apply(self, event: base.Event) -> model.Change:
        if event.type == "DELETED":
            previous = self._entries.remove(event.key)
            entry = model.Entry(*event[1:], *(previous[4:] if previous else self._attributes(event)))
            return model.Change("DELETED", entry, previous)
        entry = self._entry(event)
        previous = self._entries.put(entry)
        return model.Change(event.type, entry, previous)

    def _entry(self, record: base.Record | base.Event) -> model.Entry:
        labels, fields = self._attributes(record)
        return model.Entry(record.key, record.revision, record.value, record.offset, labels, fields)

    def _attributes(self, record: base.Record | base.Event) -> model.Attributes:
        hint = self._hints.get(record.key) if self._hints else None
        if hint is not None:
            known, attributes = hint
            if isinstance(known, int):
                if known <= record.revision:
                    del self._hints[record.key]
                if known == record.revision:
                    return attributes
            elif record.value.endswith(known.tail) and record.value.startswith(known.head):
                del self._hints[record.key]
                return attributes
        try:
            return self._index(record.value)
        except Exception:
            self._logger.exception("can't tell labels and fields of %s in %s", record.key, self._log.name)
            return {}, {}
