"""Watches: the objects there are, if asked for, then every change, with bookmarks between.

All watches of a resource read the same changes of its watch cache.  What is made of a change once (the object, the
event) is kept with it, so a thousand watchers cost little more than one.
Mirrors Watch of `k8s.io/apiserver/pkg/storage/cacher`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence

from kroute.machinery import context, errors, objects
from kroute.storage import capabilities, core, failures, listing, options, selecting, stored, versions
from kroute.storage.backend import base
from kroute.storage.backend import errors as backend_errors
from kroute.storage.backend.cacher import cacher, model, subscribing

INITIAL_EVENTS_END = {"k8s.io/initial-events-end": "true"}
CHUNK = 500


def watch(
    at: core.Core, ctx: context.RequestContext, wanted: options.ListOptions
) -> AsyncIterator[capabilities.WatchBatch]:
    """The changes of the selected objects until the time is over or the reader is too slow.

    Raises BadRequest at once; the iterator raises Expired for a revision that is forgotten and Timeout for one that
    isn't reached."""
    revision = versions.parse(wanted.resource_version, bare=at.bare_errors)
    selection = selecting.selection(at, ctx, wanted)
    return _events(at, wanted, selection, revision)


async def _events(
    at: core.Core, wanted: options.ListOptions, selection: selecting.Selection, revision: int
) -> AsyncIterator[capabilities.WatchBatch]:
    rhythm = Rhythm(at.pace, wanted)
    with failures.reported(at.resource, "watch"):
        cache = await at.cache.cacher()
        subscription = await _subscription(cache, wanted, selection, revision)
    with subscription:
        if _wants_state(wanted, revision):
            for batch in _initial(at, selection, subscription.initial):
                yield batch
            if wanted.allow_watch_bookmarks:
                yield _bookmark(at, subscription.revision, INITIAL_EVENTS_END)
        while not rhythm.over:
            try:
                changes = await subscription.batch(rhythm.wait)
            except backend_errors.BackendError:  # too slow, or out of touch: the client is to begin anew
                return
            found = _batch(at, selection, changes)
            if found is not None:
                yield found
            if rhythm.bookmark_is_due:
                rhythm.bookmark_sent()
                yield _bookmark(at, subscription.revision, None)


def _wants_state(wanted: options.ListOptions, revision: int) -> bool:
    """Whether the watch begins with the objects there are: if it says so, or says nothing and no version either."""
    return revision == 0 if wanted.send_initial_events is None else wanted.send_initial_events


async def _subscription(
    cache: cacher.Cacher, wanted: options.ListOptions, selection: selecting.Selection, revision: int
) -> subscribing.Subscription:
    """The changes that are wanted, once the cache is as current as the client wants it."""
    prefix = selection.prefix if selection.key is None else selection.key
    state = _wants_state(wanted, revision)
    if not wanted.resource_version:
        revision = await cache.fresh()
    elif state or not revision:
        await listing.reach(cache, revision)
    else:
        await cache.fresh(0)  # it may not be filled yet
    if state:
        return cache.watch(prefix)
    try:
        return cache.watch(prefix, after=revision or cache.revision)
    except backend_errors.RevisionExpired as error:
        raise errors.Expired(f"too old resource version: {error.revision} ({error.oldest})") from error


class Rhythm:
    """When a watch has a bookmark to send, and when it is over; by the event loop's clock."""

    __slots__ = ("_bookmarks", "_end", "_next", "_pace", "_time")

    def __init__(self, pace: core.Pace, wanted: options.ListOptions) -> None:
        self._pace = pace
        self._time = asyncio.get_running_loop().time
        self._bookmarks = wanted.allow_watch_bookmarks
        self._end = None if wanted.timeout is None else self._time() + wanted.timeout
        self._next: float | None = None
        self.bookmark_sent()

    def bookmark_sent(self) -> None:
        """Plan the next bookmark."""
        now = self._time()
        self._next = now + self._pace.bookmark_seconds if self._bookmarks else None
        if self._next is not None and self._end is not None:
            last = self._end - self._pace.before_the_end
            if last < self._next:
                self._next = last if last > now else None

    @property
    def over(self) -> bool:
        return self._end is not None and self._time() >= self._end

    @property
    def bookmark_is_due(self) -> bool:
        return self._next is not None and self._time() >= self._next

    @property
    def wait(self) -> float | None:
        """Seconds until something is to be done, whatever changes; None: nothing is."""
        moments = [moment for moment in (self._next, self._end) if moment is not None]
        return max(0.0, min(moments) - self._time()) if moments else None


def _bookmark(at: core.Core, revision: int, annotations: objects.Object | None) -> capabilities.WatchBatch:
    metadata: objects.Object = {"resourceVersion": str(revision)}
    if annotations:
        metadata["annotations"] = annotations
    obj = {"kind": at.kind.kind, "apiVersion": at.kind.api_version, "metadata": metadata}
    return capabilities.WatchBatch([capabilities.WatchEvent("BOOKMARK", obj)])


def _initial(
    at: core.Core, selection: selecting.Selection, entries: Sequence[model.Entry]
) -> Iterator[capabilities.WatchBatch]:
    """The objects there are as ADDED events, in batches of a sensible size."""
    if not selection.everything:
        entries = [entry for entry in entries if selection.matches(entry)]
    for first in range(0, len(entries), CHUNK):
        objs = at.opened_all(entries[first : first + CHUNK])
        yield capabilities.WatchBatch([capabilities.WatchEvent("ADDED", obj) for obj in objs])


def _batch(at: core.Core, selection: selecting.Selection, changes: model.Batch) -> capabilities.WatchBatch | None:
    """What a batch of changes is to a watch; None when it is nothing.

    Watches of everything below one prefix share the cache's batches, and so what is made of them."""
    if selection.everything and "watch" in changes.memo:
        found: capabilities.WatchBatch | None = changes.memo["watch"]
        return found
    events = [event for change in changes.changes if (event := _event(at, selection, change)) is not None]
    batch = capabilities.WatchBatch(events) if events else None
    if selection.everything:
        changes.memo["watch"] = batch
    return batch


def _event(at: core.Core, selection: selecting.Selection, change: model.Change) -> capabilities.WatchEvent | None:
    """What a change is to a watch: an object that begins or ceases to match comes or goes."""
    if selection.everything:
        return _told(at, change, change.type)
    after = change.type != "DELETED" and selection.matches(change.entry)
    before = change.previous is not None and selection.matches(change.previous)
    if after:
        return _told(at, change, "MODIFIED" if before else "ADDED")
    return _told(at, change, "DELETED") if before else None


def _told(at: core.Core, change: model.Change, kind: base.EventType) -> capabilities.WatchEvent:
    """The event that tells a change as one of a kind; the same for all watches."""
    event: capabilities.WatchEvent | None = change.memo.get(kind)
    if event is None:
        if kind == "DELETED" and change.type != "DELETED":
            event = capabilities.WatchEvent(kind, _left(at, change))
        else:
            obj = change.memo.get("obj")
            if obj is None:
                origin = change.previous if change.type == "DELETED" else None
                obj = change.memo["obj"] = at.opened(change.entry, origin=origin)
            event = capabilities.WatchEvent(kind, obj)
        change.memo[kind] = event
    return event


def _left(at: core.Core, change: model.Change) -> stored.Stored:
    """The object as it last matched, at the revision at which it no longer does."""
    assert change.previous is not None  # what ceases to match was there
    last = change.previous
    record = base.Record(last.key, last.revision, last.value, last.offset)
    return at.opened(base.moved(record, change.entry.revision), origin=last)
