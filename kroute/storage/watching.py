"""Watches: the objects there are, if asked for, then every change, with bookmarks between.

All watches of a resource read the same changes of its watch cache.  What is made of a change once (the object, the
event) is kept with it, so a thousand watchers cost little more than one.
Mirrors Watch of `k8s.io/apiserver/pkg/storage/cacher`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from kroute.machinery import context, errors, objects
from kroute.storage import capabilities, core, failures, listing, options, selecting, stored, versions
from kroute.storage.backend import base
from kroute.storage.backend import errors as backend_errors
from kroute.storage.backend.cacher import cacher, model

BOOKMARK_SECONDS = 60.0
BEFORE_THE_END = 2.0
"""The last bookmark comes so long before the watch times out, so that the client can go on from near there."""
INITIAL_EVENTS_END = {"k8s.io/initial-events-end": "true"}
CHUNK = 500


def watch(
    at: core.Core, ctx: context.RequestContext, wanted: options.ListOptions
) -> AsyncIterator[capabilities.WatchBatch]:
    """The changes of the selected objects until the time is over or the reader is too slow.

    Raises BadRequest at once; the iterator raises Expired for a revision that is forgotten and Timeout for one that
    isn't reached."""
    revision = versions.parse(wanted.resource_version)
    selection = selecting.selection(at, ctx, wanted)
    return _events(at, wanted, selection, revision)


async def _events(
    at: core.Core, wanted: options.ListOptions, selection: selecting.Selection, revision: int
) -> AsyncIterator[capabilities.WatchBatch]:
    clock = Rhythm(at, wanted)
    with failures.reported(at.resource, "watch"):
        cache = await at.cache.cacher()
        initial = wanted.send_initial_events
        if initial is None:
            initial = revision == 0
        position = await _position(cache, wanted, revision, initial=initial)
    try:
        first = cache.list(selection.prefix if selection.key is None else selection.key) if initial else None
        subscription = cache.subscribe(first.revision if first is not None else position)
    except backend_errors.RevisionExpired as error:
        raise errors.Expired(f"too old resource version: {error.revision} ({error.oldest})") from error
    with subscription:
        if first is not None:
            for batch in _initial(at, selection, first):
                yield batch
            if wanted.allow_watch_bookmarks:
                yield _bookmark(at, first.revision, INITIAL_EVENTS_END)
        while not clock.over:
            try:
                changes = await subscription.batch(clock.wait)
            except backend_errors.BackendError:  # too slow, or out of touch: the client is to begin anew
                return
            found = _batch(at, selection, changes, position)
            if found is not None:
                yield found
            if clock.bookmark_is_due:
                clock.bookmark_sent()
                yield _bookmark(at, changes.revision, None)


async def _position(cache: cacher.Cacher, wanted: options.ListOptions, revision: int, *, initial: bool) -> int:
    """The revision after which changes are wanted, once the cache is as current as the client wants it."""
    if not wanted.resource_version:
        return await cache.refresh()
    if initial and revision:
        await listing.reach(cache, revision)
    return revision or cache.revision


class Rhythm:
    """When a watch has a bookmark to send, and when it is over."""

    __slots__ = ("_bookmarks", "_clock", "_end", "_next")

    def __init__(self, at: core.Core, wanted: options.ListOptions) -> None:
        self._clock = at.clock
        self._bookmarks = wanted.allow_watch_bookmarks
        self._end = None if wanted.timeout is None else self._clock.monotonic() + wanted.timeout
        self._next: float | None = None
        self.bookmark_sent()

    def bookmark_sent(self) -> None:
        """Plan the next bookmark."""
        now = self._clock.monotonic()
        self._next = now + BOOKMARK_SECONDS if self._bookmarks else None
        if self._next is not None and self._end is not None and self._end - BEFORE_THE_END < self._next:
            last = self._end - BEFORE_THE_END
            self._next = last if last > now else None

    @property
    def over(self) -> bool:
        return self._end is not None and self._clock.monotonic() >= self._end

    @property
    def bookmark_is_due(self) -> bool:
        return self._next is not None and self._clock.monotonic() >= self._next

    @property
    def wait(self) -> float | None:
        """Seconds until something is to be done, whatever changes; None: nothing is."""
        moments = [moment for moment in (self._next, self._end) if moment is not None]
        return max(0.0, min(moments) - self._clock.monotonic()) if moments else None


def _bookmark(at: core.Core, revision: int, annotations: objects.Object | None) -> capabilities.WatchBatch:
    metadata: objects.Object = {"resourceVersion": str(revision)}
    if annotations:
        metadata["annotations"] = annotations
    obj = {"kind": at.kind.kind, "apiVersion": at.kind.api_version, "metadata": metadata}
    return capabilities.WatchBatch([capabilities.WatchEvent("BOOKMARK", obj)])


def _initial(
    at: core.Core, selection: selecting.Selection, snapshot: model.Snapshot
) -> Sequence[capabilities.WatchBatch]:
    """The objects there are as ADDED events, in batches of a sensible size."""
    entries = snapshot.entries
    if not selection.everything:
        entries = [entry for entry in entries if selection.matches(entry)]
    events = [capabilities.WatchEvent("ADDED", obj) for obj in at.opened_all(entries)]
    return [capabilities.WatchBatch(events[first : first + CHUNK]) for first in range(0, len(events), CHUNK)]


def _batch(
    at: core.Core, selection: selecting.Selection, changes: model.Batch, position: int
) -> capabilities.WatchBatch | None:
    """What a batch of changes is to a watch; None when it is nothing."""
    shared = selection.everything and changes.changes and changes.changes[0].entry.revision > position
    memo = ("watch", selection.prefix)
    if shared and memo in changes.memo:
        return changes.memo[memo]  # type: ignore[no-any-return]
    events = [
        event
        for change in changes.changes
        if change.entry.revision > position and (event := _event(at, selection, change)) is not None
    ]
    batch = capabilities.WatchBatch(events) if events else None
    if shared:
        changes.memo[memo] = batch
    return batch


def _event(
    at: core.Core, selection: selecting.Selection, change: model.Change
) -> capabilities.WatchEvent | None:
    """What a change is to a watch: an object that begins or ceases to match comes or goes."""
    if selection.everything:
        return _told(at, change, change.type) if change.entry.key.startswith(selection.prefix) else None
    after = change.type != "DELETED" and selection.matches(change.entry)
    before = change.previous is not None and selection.matches(change.previous)
    if after:
        return _told(at, change, "MODIFIED" if before else "ADDED")
    return _told(at, change, "DELETED") if before else None


def _told(at: core.Core, change: model.Change, kind: base.EventType) -> capabilities.WatchEvent:
    """The event that tells a change as one of a kind; the same for all watches."""
    event = change.memo.get(kind)
    if event is None:
        if kind == "DELETED" and change.type != "DELETED":
            event = capabilities.WatchEvent(kind, _left(at, change))
        else:
            obj = change.memo.get("obj")
            if obj is None:
                obj = change.memo["obj"] = at.opened(change.entry)
            event = capabilities.WatchEvent(kind, obj)
        change.memo[kind] = event
    return event  # type: ignore[no-any-return]


def _left(at: core.Core, change: model.Change) -> stored.Stored:
    """The object as it last matched, at the revision at which it no longer does."""
    assert change.previous is not None  # what ceases to match was there
    last = change.previous
    record = base.Record(last.key, last.revision, last.value, last.offset)
    return at.opened(base.moved(record, change.entry.revision))
