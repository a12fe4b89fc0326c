"""Stores for tests, and short ways to use them as a handler would."""

from __future__ import annotations

import collections
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple

from kroute.aio import clocks
from kroute.machinery import context, gvk, objects
from kroute.storage import caches, capabilities, core, encoding, indexing, options, store, stored, strategy

WIDGET = gvk.GroupVersionKind("toys.example.org", "v1", "Widget")
"""A kind for tests."""


class Merge:
    """An update as a PUT or patch makes it: `change` gets a copy of the old object, or what `obj` is."""

    def __init__(
        self,
        change: Callable[[objects.Object], Awaitable[None] | None] | None = None,
        *,
        obj: objects.Object | None = None,
        preconditions: options.Preconditions | None = None,
    ) -> None:
        self.change, self.obj = change, obj
        self.preconditions = preconditions or options.Preconditions()
        self.tries = 0

    async def updated(self, ctx: context.RequestContext, old: objects.Object | None) -> objects.Object:
        self.tries += 1
        made = objects.copy(self.obj if self.obj is not None else old or {"metadata": {}})
        if self.change is not None:
            waiting = self.change(made)
            if waiting is not None:
                await waiting
        return made  # type: ignore[no-any-return]


async def allow(obj: objects.Object, old: objects.Object | None) -> None:
    """Admission that allows everything."""


def asking(namespace: str = "ns", *, version: str = "v1") -> context.RequestContext:
    """The context of a request for widgets in a version."""
    info = context.RequestInfo(path="", verb="", is_resource=True, version=version, namespace=namespace)
    return context.RequestContext(namespace=namespace, info=info)


class Deleted(NamedTuple):
    obj: Any
    gone: bool


class Listed(NamedTuple):
    items: list[Any]
    resource_version: str
    continue_: str
    remaining: int | None


class Bench:
    """One store and the ways to use it; objects come back decoded."""

    def __init__(self, made: Any, clock: clocks.ManualClock) -> None:
        self.store, self.clock = made, clock
        self.ctx = context.RequestContext(namespace="ns")

    def within(self, namespace: str, **info: Any) -> context.RequestContext:
        """The context of a request in a namespace, "" for all."""
        return context.RequestContext(namespace=namespace, **info)

    async def create(self, name: str = "", **given: Any) -> objects.Object:
        """Create an object of these top-level fields; `metadata` is added to the name."""
        dry_run, ctx = given.pop("dry_run", False), given.pop("ctx", self.ctx)
        validate = given.pop("validate", allow)
        metadata = {**({"name": name} if name else {}), **given.pop("metadata", {})}
        obj = {"kind": WIDGET.kind, "apiVersion": WIDGET.api_version, "metadata": metadata, **given}
        wanted = options.WriteOptions(dry_run=dry_run)
        await self.store.core.cache.ready()
        return stored.decoded(await self.store.create(ctx, obj, validate=validate, options=wanted))

    async def get(self, name: str, version: str = "", **given: Any) -> objects.Object:
        ctx = given.get("ctx", self.ctx)
        return stored.decoded(await self.store.get(ctx, name, options.GetOptions(resource_version=version)))

    async def update(self, name: str, change: Any = None, **given: Any) -> objects.Object:
        obj: objects.Object = (await self.update_result(name, change, **given)).obj
        return obj

    async def update_result(self, name: str, change: Any = None, **given: Any) -> Any:
        update = change if isinstance(change, Merge) else Merge(change, obj=given.get("obj"))
        result = await self.store.update(
            given.get("ctx", self.ctx),
            name,
            update,
            validate=given.get("validate", allow),
            options=options.WriteOptions(dry_run=given.get("dry_run", False)),
            allow_create=given.get("allow_create", False),
        )
        return capabilities.UpdateResult(stored.decoded(result.obj), result.created)

    async def delete(self, name: str, **given: Any) -> Deleted:
        validate, ctx = given.pop("validate", allow), given.pop("ctx", self.ctx)
        result = await self.store.delete(ctx, name, validate=validate, options=options.DeleteOptions(**given))
        return Deleted(None if result.obj is None else stored.decoded(result.obj), result.gone)

    async def names(self, **given: Any) -> list[str]:
        return [item["metadata"]["name"] for item in (await self.list(**given)).items]

    async def list(self, **given: Any) -> Listed:
        ctx = given.pop("ctx", self.ctx)
        result = await self.store.list(ctx, options.ListOptions(**given))
        return Listed([stored.decoded(item) for item in result.items], *result[1:])

    def watch(self, **given: Any) -> Watching:
        ctx = given.pop("ctx", self.ctx)
        return Watching(self.store.watch(ctx, options.ListOptions(watch=True, **given)))


class Watching:
    """A running watch, read event by event: (type, object)."""

    def __init__(self, batches: AsyncIterator[capabilities.WatchBatch]) -> None:
        self.batches = batches
        self.waiting: collections.deque[tuple[str, objects.Object]] = collections.deque()

    async def next(self) -> tuple[str, objects.Object]:
        while not self.waiting:
            batch = await anext(self.batches)
            self.waiting.extend((event.type, stored.decoded(event.obj)) for event in batch.events)
        return self.waiting.popleft()

    async def told(self, count: int) -> list[tuple[str, str]]:
        """The next events as (type, name)."""
        found = [await self.next() for _ in range(count)]
        return [(kind, obj["metadata"].get("name", "")) for kind, obj in found]

    async def rest(self) -> list[tuple[str, str]]:
        """All events until the watch ends, as (type, name)."""
        found = []
        while True:
            try:
                found.append(await self.next())
            except StopAsyncIteration:
                return [(kind, obj["metadata"].get("name", "")) for kind, obj in found]

    async def aclose(self) -> None:
        await self.batches.aclose()  # type: ignore[attr-defined]


class Made:
    """Makes stores over one memory backend; `window` is how many changes are remembered."""

    def __init__(self, owner: caches.Caches, clock: clocks.ManualClock) -> None:
        self.owner, self.clock = owner, clock
        self.count = 0

    def __call__(
        self,
        own: strategy.Strategy | None = None,
        *,
        namespaced: bool = True,
        fields: dict[str, str] | None = None,
        typed: bool = False,
        pace: core.Pace | None = None,
        window: int | None = None,
        **more: Any,
    ) -> Bench:
        self.count += 1
        found = fields or {}
        if window is not None:
            self.owner.window = window

        def fields_of(obj: objects.Object) -> dict[str, str]:
            return {name: str((obj.get("spec") or {}).get(key, "")) for name, key in found.items()}

        indexer = indexing.Indexer(encoding.Layout(WIDGET), fields_of=fields_of, **more)
        made = core.Core(
            cache=self.owner.shelf(f"widgets{self.count}", indexer),
            resource=gvk.GroupResource("toys.example.org", "widgets"),
            kind=WIDGET,
            namespaced=namespaced,
            strategy=own or strategy.Strategy(),
            indexer=indexer,
            registry_path="/registry/toys.example.org/widgets",
            fields=frozenset(found),
            typed=typed,
            bare_errors=typed,
            clock=self.clock,
            pace=pace or core.Pace(),
        )
        return Bench(store.Store(made), self.clock)
