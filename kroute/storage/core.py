"""What every operation of a Store works with: its log and watch cache, its names, its strategy.

`Store`, the status and the scale storage are thin; the operations are functions over a `Core` in the modules
beside this one.  Two storage objects over the same objects (`widgets`, `widgets/status`) share everything in it but
the strategy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kroute.aio import clocks
from kroute.machinery import context, errors, gvk, names, objects
from kroute.storage import caches, encoding, failures, stored, strategy
from kroute.storage.backend import base

Upgrade = Callable[[objects.Object], objects.Object]
"""Makes an object of the storage version of one stored in an older version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """`kind` is the kind and version in which objects are stored; `cache` the resource's log and its watch cache.

    `registry_path` is where kube-apiserver would keep the objects, as some messages say.  `fields` names the
    selectable fields beside metadata.name and metadata.namespace.
    """

    cache: caches.Shelf
    resource: gvk.GroupResource
    kind: gvk.GroupVersionKind
    namespaced: bool
    strategy: strategy.Strategy
    layout: encoding.Layout
    registry_path: str
    upgrades: Mapping[str, Upgrade] = field(default_factory=dict)
    fields: frozenset[str] = frozenset()
    clock: clocks.Clock = field(default_factory=clocks.SystemClock)

    @property
    def log(self) -> base.Log:
        return self.cache.log

    def key(self, ctx: context.RequestContext, name: str) -> str:
        """The key of an object in the request's namespace.  Raises BadRequest for what can't be a name."""
        if self.namespaced and not ctx.namespace:
            raise errors.BadRequest("Namespace parameter required.")
        if not name:
            raise errors.BadRequest("Name parameter required.")
        if problems := names.path_segment_rule(name, False):
            raise errors.BadRequest(f"Name parameter invalid: {names.quoted(name)}: {';'.join(problems)}")
        return f"{ctx.namespace}/{name}" if self.namespaced else name

    def prefix(self, ctx: context.RequestContext) -> str:
        """What the keys begin with in the request's namespace; "" for all of them."""
        return f"{ctx.namespace}/" if self.namespaced and ctx.namespace else ""

    def opened(self, record: base.Record | base.Event) -> stored.Stored:
        """A record as an object in the storage version."""
        found = encoding.opened(record)
        if record.value.startswith(self.layout.head):
            return found
        return self._upgraded(found)

    async def fetch(self, key: str, *, operation: str = "get") -> stored.Stored | None:
        """The object as it is in the store now."""
        with failures.reported(self.resource, operation):
            record = await self.log.get(key)
        return None if record is None else self.opened(record)

    def cached(self, key: str) -> stored.Stored | None:
        """The object as the watch cache has it, which may be out of date; None also when it doesn't know."""
        record = self.cache.peek(key)
        return None if record is None else self.opened(record)

    def not_found(self, name: str) -> errors.NotFound:
        return errors.NotFound.of(self.resource, name)

    def _upgraded(self, found: stored.Stored) -> stored.Stored:
        """An object that an earlier storage version of the resource has left."""
        upgrade = self.upgrades.get(found.obj.get("apiVersion", ""))
        obj = upgrade(objects.copy(found.obj)) if upgrade is not None else found.obj
        value = self.layout.draft(obj).at(found.revision)
        cut = len(self.layout.head) - len(encoding.BEFORE_REVISION)
        return stored.Stored(value, revision=found.revision, cut=cut, stale=True)
