"""What every operation of a Store works with: its log and watch cache, its names, its strategy.

`Store`, the status and the scale storage are thin; the operations are functions over a `Core` in the modules
beside this one.  Two storage objects over the same objects (`widgets`, `widgets/status`) share everything in it but
the strategy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from kroute.aio import clocks
from kroute.machinery import context, errors, goformat, gvk, names, objects
from kroute.storage import caches, encoding, failures, indexing, stored, strategy
from kroute.storage.backend import base
from kroute.storage.backend.cacher import model


@dataclass(frozen=True, slots=True)
class Pace:
    """How often watches get bookmarks (seconds), and how long before a watch times out it gets a last one."""

    bookmark_seconds: float = 60.0
    before_the_end: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """`kind` is the kind and version in which objects are stored; `cache` the resource's log and its watch cache.

    `registry_path` is where kube-apiserver would keep the objects, as some messages say.  `fields` names the
    selectable fields beside metadata.name and metadata.namespace.  `typed` and `bare_errors`: see
    `kinds.definition.Resource`.
    """

    cache: caches.Shelf
    resource: gvk.GroupResource
    kind: gvk.GroupVersionKind
    namespaced: bool
    strategy: strategy.Strategy
    indexer: indexing.Indexer
    registry_path: str
    fields: frozenset[str] = frozenset()
    typed: bool = False
    bare_errors: bool = False
    clock: clocks.Clock = field(default_factory=clocks.SystemClock)
    pace: Pace = Pace()

    @property
    def log(self) -> base.Log:
        return self.cache.log

    @property
    def layout(self) -> encoding.Layout:
        return self.indexer.layout

    def key(self, ctx: context.RequestContext, name: str) -> str:
        """The key of an object in the request's namespace.  Raises BadRequest for what can't be a name."""
        if self.namespaced and not ctx.namespace:
            raise errors.BadRequest("Namespace parameter required.")
        if not name:
            raise errors.BadRequest("Name parameter required.")
        if problems := names.path_segment(name):
            raise errors.BadRequest(f"Name parameter invalid: {goformat.quote(name)}: {';'.join(problems)}")
        return f"{ctx.namespace}/{name}" if self.namespaced else name

    def opened(
        self, record: base.Record | base.Event | model.Entry, *, origin: model.Entry | None = None
    ) -> stored.Stored:
        """A record as an object in the storage version, as its schema is now.

        `origin` is the entry whose value it has, for one that only bears another revision: a deletion's."""
        layout, indexer = self.indexer.layout, self.indexer
        revision = record.revision if origin is None else origin.revision
        if record.value.startswith(layout.start) and (
            indexer.renew is None or (revision <= self.cache.revision and revision not in indexer.lagging)
        ):
            return stored.Stored(record.value, record.revision, layout.cut)
        return self._renewed(record)

    def draft(self, key: str, obj: objects.Object) -> base.Draft:
        """The object as it is about to be written; the watch cache is told.  Raises BadRequest."""
        draft = self.indexer.layout.draft(obj)
        self.cache.expect(key, draft, *self.indexer.attributes(obj))
        return draft

    def written(self, record: base.Record, obj: objects.Object) -> stored.Stored:
        """A record of `obj`, just written; the watch cache is told, unless it knows already."""
        if record.revision > self.cache.revision:
            self.cache.note(record, *self.indexer.attributes(obj))
        return stored.Stored(record.value, record.revision, self.indexer.layout.cut)

    def opened_all(self, records: Sequence[model.Entry]) -> list[stored.Stored]:
        """Entries of the watch cache as objects; what `opened` does, for many."""
        make, cut, lagging = stored.Stored, self.indexer.layout.cut, self.indexer.lagging
        if not lagging:
            return [make(record.value, record.revision, cut) for record in records]
        return [
            self._renewed(record) if record.revision in lagging else make(record.value, record.revision, cut)
            for record in records
        ]

    async def fetch(self, key: str, *, operation: str = "get") -> stored.Stored | None:
        """The object as it is in the store now."""
        with failures.reported(self.resource, operation):
            record = await self.log.get(key)
        return None if record is None else self.opened(record)

    async def latest(self, key: str) -> stored.Stored | None:
        """The object not older than the latest write: from the watch cache where that is known to be current."""
        if self.cache.shared:
            return await self.fetch(key)
        with failures.reported(self.resource, "get"):
            await (await self.cache.cacher()).fresh()
        return self.cached(key)

    def cached(self, key: str) -> stored.Stored | None:
        """The object as the watch cache has it, which may be out of date; None also when it doesn't know."""
        entry = self.cache.peek(key)
        return None if entry is None else self.opened(entry)

    def outdated(self, key: str, revision: int) -> bool:
        """Whether the store holds a value in a way that even a write without changes renews: under an old key."""
        ask = getattr(self.log, "outdated", None)
        return ask is not None and ask(key, revision)

    def not_found(self, name: str) -> errors.NotFound:
        return errors.NotFound.of(self.resource, name)

    def _renewed(self, record: base.Record | base.Event | model.Entry) -> stored.Stored:
        """An object that an earlier version or schema of the resource has left, or that nobody has looked at yet.

        Raises InternalError for one that can't be read."""
        if record.value.startswith(base.ENCRYPTED):
            _, why = base.why_unreadable(record.value)
            path = goformat.quote(f"{self.registry_path}/{record.key}")
            raise errors.InternalError.of(f"unable to transform key {path}: {why}")
        obj = orjson.loads(record.value)
        old = orjson.dumps(obj)
        obj = self.indexer.current(obj)
        layout = self.indexer.layout
        if record.value.startswith(layout.start) and orjson.dumps(obj) == old:
            return stored.Stored(record.value, record.revision, layout.cut, obj=obj)
        value = layout.draft(obj).at(record.revision)
        return stored.Stored(value, record.revision, layout.cut, stale=True)
