"""One version's view of a log: its values are in that version, whatever version they are stored in.

Converting takes a call of somebody else's server, so it can only be done here, where all is waited for anyway.  What
can't be converted can't be read: that is told with the webhook's own error.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import Self, TypeAlias

import orjson

from kroute.extensions.conversion import reviews
from kroute.machinery import errors, gvk, objects
from kroute.storage import encoding
from kroute.storage.backend import base
from kroute.storage.backend import errors as backend_errors

REMEMBERED = 1024
"""How many writes of this process are remembered in both versions until the watch tells of them."""

Complete: TypeAlias = Callable[[objects.Object], None]
"""Brings an object up to the schema of the stored version, in place."""

Convert: TypeAlias = Callable[[Sequence[base.Event]], Awaitable[Sequence[base.Event]]]


class View:
    """A `base.Log` of objects of `kind` over one that holds them as `stored`, or as any other version."""

    def __init__(
        self,
        inner: base.Log,
        reviewer: reviews.Reviewer,
        *,
        kind: gvk.GroupVersionKind,
        stored: gvk.GroupVersionKind,
        complete: Complete,
    ) -> None:
        self.name = inner.name
        self._inner, self._reviewer, self._complete = inner, reviewer, complete
        self._own, self._stored = kind.api_version, stored.api_version
        self._layout = encoding.Layout(kind, typed=False)
        self._inward = encoding.Layout(stored, typed=False)
        self._current = (base.ENCRYPTED, self._layout.start) if self._own == self._stored else base.ENCRYPTED
        self._written: OrderedDict[tuple[str, int], base.Record] = OrderedDict()
        self._old: dict[str, int] = {}

    async def create(self, key: str, draft: base.Draft, *, ttl: float | None = None) -> base.Record:
        inward = await self._drafted(draft)
        return await self._made(await self._inner.create(key, inward, ttl=ttl), same=inward is draft)

    async def get(self, key: str) -> base.Record | None:
        found = await self._inner.get(key)
        return None if found is None else (await self._outward([found]))[0]

    async def update(self, key: str, draft: base.Draft, *, expected: int, ttl: float | None = None) -> base.Record:
        inward = await self._drafted(draft)
        record = await self._inner.update(key, inward, expected=expected, ttl=ttl)
        self._old.pop(key, None)
        return await self._made(record, same=inward is draft)

    async def delete(self, key: str, *, expected: int) -> base.Record:
        found = await self._inner.delete(key, expected=expected)
        self._old.pop(key, None)
        return (await self._outward([found]))[0]

    async def list(self) -> base.Listing:
        found = await self._inner.list()
        return base.Listing(await self._outward(found.records), found.revision)

    async def current_revision(self) -> int:
        return await self._inner.current_revision()

    def watch(self, after: int) -> base.Watch:
        return Watch(self._inner.watch(after), self.converted)

    async def compact(self, before: int) -> None:
        await self._inner.compact(before)

    def outdated(self, key: str, revision: int) -> bool:
        """Whether a value is to be written anew even if nothing changes: it is stored in another version."""
        if self._old.get(key) == revision:
            return True
        ask = getattr(self._inner, "outdated", None)
        return ask is not None and bool(ask(key, revision))

    async def converted(self, events: Sequence[base.Event]) -> Sequence[base.Event]:
        """Events in this version.  Raises Unreadable."""
        known: dict[int, base.Record] = {}
        rest = []
        for index, event in enumerate(events):
            made = self._written.pop((event.key, event.revision), None)
            if made is not None:
                known[index] = made
            else:
                rest.append(base.Record(*event[1:]))
        others = iter(await self._outward(rest))
        found = (known[index] if index in known else next(others) for index in range(len(events)))
        return [base.Event(event.type, *record) for event, record in zip(events, found, strict=True)]

    async def _drafted(self, draft: base.Draft) -> base.Draft:
        """A value to be written, as it is stored."""
        if self._own == self._stored:
            return draft
        obj = decoded(draft.at(0))
        (converted,) = await self._convert([obj], self._stored)
        self._complete(converted)
        return self._inward.draft(converted)

    async def _made(self, record: base.Record, *, same: bool) -> base.Record:
        """What was written, as it reads now."""
        if same:
            return record
        (found,) = await self._outward([record])
        self._written[record.key, record.revision] = found
        if len(self._written) > REMEMBERED:
            self._written.popitem(last=False)
        return found

    async def _outward(self, records: Sequence[base.Record]) -> Sequence[base.Record]:
        """Stored values in this version.  Raises Unreadable."""
        found, foreign = [*records], []
        for index, record in enumerate(records):
            if record.value.startswith(self._current):
                continue
            obj = decoded(record.value)
            if obj["apiVersion"] != self._stored:
                self._old[record.key] = record.revision
            if obj["apiVersion"] != self._own:
                foreign.append((index, obj))
        if not foreign:
            return found
        converted = await self._convert([obj for _, obj in foreign], self._own)
        for (index, _), obj in zip(foreign, converted, strict=True):
            record, draft = records[index], self._layout.draft(obj)
            found[index] = base.Record(record.key, record.revision, draft.at(record.revision), len(draft.head))
        return found

    async def _convert(self, sent: Sequence[objects.Object], api_version: str) -> Sequence[objects.Object]:
        try:
            return await self._reviewer.convert(sent, api_version)
        except errors.APIError as error:
            raise backend_errors.Unreadable(error) from error


class Watch:
    """A `base.Watch` whose changes are converted."""

    def __init__(self, inner: base.Watch, convert: Convert) -> None:
        self._inner, self._convert = inner, convert

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Sequence[base.Event]:
        return await self._convert(await self._inner.__anext__())

    def take(self) -> Sequence[base.Event]:
        """Nothing: converting takes its time."""
        return ()

    async def aclose(self) -> None:
        await self._inner.aclose()


def decoded(value: bytes) -> objects.Object:
    """A stored value without its revision, which is no webhook's business."""
    obj: objects.Object = orjson.loads(value)
    obj["metadata"].pop("resourceVersion", None)
    return obj
