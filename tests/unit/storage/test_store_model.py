"""The Store against a model: whatever is written in whatever order, lists and watches tell the same story."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from kroute.aio import clocks
from kroute.machinery import errors, labels
from kroute.storage import caches
from kroute.storage.backend.memory import backend as memory_backend
from tests.unit.storage import benches

NAMES = st.sampled_from(["a", "ab"])
NAMESPACES = st.sampled_from(["n", "ns"])
LABELS = st.sampled_from(["x", "y", None])
CONTENT = st.integers(0, 2)
HELD = st.booleans()


class Held(NamedTuple):
    """What the model knows of one object."""

    label: str | None
    content: int
    finalizer: bool
    deleting: bool
    version: int


class Step(NamedTuple):
    """What a write did to one object, at which version."""

    version: int
    key: str
    before: Held | None
    after: Held | None


Operation = tuple[Any, ...]
OPERATIONS: st.SearchStrategy[Operation] = st.one_of(
    st.tuples(st.just("create"), NAMESPACES, NAMES, LABELS, CONTENT, HELD),
    st.tuples(st.just("update"), NAMESPACES, NAMES, LABELS, CONTENT, HELD),
    st.tuples(st.just("delete"), NAMESPACES, NAMES),
    st.tuples(st.just("page"), st.sampled_from(["", "n", "ns"]), st.integers(1, 3)),
)


class Model:
    """The objects as they should be, and every step that led there."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.objects: dict[str, Held] = {}
        self.steps: list[Step] = []

    def put(self, version: int, key: str, after: Held | None) -> None:
        before = self.objects.get(key)
        if after is None:
            del self.objects[key]
        else:
            self.objects[key] = after
        assert version > (self.steps[-1].version if self.steps else self.start)
        self.steps.append(Step(version, key, before, after))

    def at(self, version: int) -> dict[str, Held]:
        found: dict[str, Held] = {}
        for step in self.steps:
            if step.version > version:
                break
            if step.after is None:
                del found[step.key]
            else:
                found[step.key] = step.after
        return found

    def told(self, after: int, wanted: Callable[[str, Held], bool]) -> list[tuple[str, str, int]]:
        """The events that a watch from a version on must tell: type, key, version."""
        events = []
        for step in self.steps:
            if step.version <= after:
                continue
            was = step.before is not None and wanted(step.key, step.before)
            is_ = step.after is not None and wanted(step.key, step.after)
            if was or is_:
                kind = "DELETED" if not is_ else "MODIFIED" if was else "ADDED"
                events.append((kind, step.key, step.version))
        return events


class Run:
    """One sequence of operations on a store and on the model."""

    def __init__(self, bench: benches.Bench, start: int) -> None:
        self.bench, self.model = bench, Model(start)
        self.pages: list[tuple[str, str, list[str], list[str]]] = []

    async def do(self, operation: Operation) -> None:
        await getattr(self, operation[0])(*operation[1:])

    async def create(self, namespace: str, name: str, label: str | None, content: int, held: bool) -> None:
        key, ctx = f"{namespace}/{name}", self.bench.within(namespace)
        metadata: dict[str, Any] = {"labels": {"l": label}} if label else {}
        if held:
            metadata["finalizers"] = ["example.com/hold"]
        try:
            made = await self.bench.create(name, ctx=ctx, metadata=metadata, spec={"content": content})
        except errors.AlreadyExists:
            assert key in self.model.objects
            return
        version = int(made["metadata"]["resourceVersion"])
        self.model.put(version, key, Held(label, content, held, False, version))

    async def update(self, namespace: str, name: str, label: str | None, content: int, held: bool) -> None:
        key, old = f"{namespace}/{name}", self.model.objects.get(f"{namespace}/{name}")

        def change(obj: Any) -> None:
            obj["metadata"]["labels"] = {"l": label} if label else {}
            if held and not obj["metadata"].get("deletionTimestamp"):
                obj["metadata"]["finalizers"] = ["example.com/hold"]
            elif not held:
                obj["metadata"].pop("finalizers", None)
            if not obj["metadata"]["labels"]:
                del obj["metadata"]["labels"]
            obj["spec"] = {"content": content}

        try:
            made = await self.bench.update(name, change, ctx=self.bench.within(namespace))
        except errors.NotFound:
            assert old is None
            return
        assert old is not None
        version = int(made["metadata"]["resourceVersion"])
        if old.deleting and not held:
            self.model.put(await self.bench.store.core.log.current_revision(), key, None)
            return
        new = Held(label, content, old.finalizer if old.deleting else held, old.deleting, version)
        if new._replace(version=0) == old._replace(version=0):
            assert version == old.version
        else:
            self.model.put(version, key, new)

    async def delete(self, namespace: str, name: str) -> None:
        key, old = f"{namespace}/{name}", self.model.objects.get(f"{namespace}/{name}")
        try:
            result = await self.bench.delete(name, ctx=self.bench.within(namespace))
        except errors.NotFound:
            assert old is None
            return
        assert old is not None
        assert result.gone is not old.finalizer
        if result.gone:
            self.model.put(await self.bench.store.core.log.current_revision(), key, None)
        elif not old.deleting:
            assert result.obj is not None
            version = int(result.obj["metadata"]["resourceVersion"])
            self.model.put(version, key, old._replace(deleting=True, version=version))

    async def page(self, namespace: str, limit: int) -> None:
        """Begin a list in pages, or go on with the ones begun before."""
        prefix = f"{namespace}/" if namespace else ""
        expected = sorted(key for key in self.model.objects if key.startswith(prefix))
        self.pages.append((namespace, "", expected, []))
        running, self.pages = self.pages, []
        for namespace, token, expected, seen in running:
            ctx = self.bench.within(namespace)
            page = await self.bench.list(ctx=ctx, limit=limit, continue_=token)
            seen = [*seen, *map(key_of, page.items)]
            assert page.remaining == (len(expected) - len(seen) or None)
            if page.continue_:
                self.pages.append((namespace, page.continue_, expected, seen))
            else:
                assert seen == expected

    async def check(self) -> None:
        await self.check_state()
        await self.check_history()
        await self.check_watches()

    async def check_state(self) -> None:
        found = await self.bench.list(ctx=self.bench.within(""))
        assert {key_of(item): held_of(item) for item in found.items} == self.model.objects
        for namespace, token, expected, seen in self.pages:
            rest = await self.bench.names(ctx=self.bench.within(namespace), continue_=token)
            assert len(seen) + len(rest) == len(expected)

    async def check_history(self) -> None:
        for step in self.model.steps:
            found = await self.bench.list(
                ctx=self.bench.within(""), resource_version=str(step.version), resource_version_match="Exact"
            )
            assert {key_of(item): held_of(item) for item in found.items} == self.model.at(step.version)

    async def check_watches(self) -> None:
        selective = labels.parse("l=x")
        for version in (self.model.start, *(step.version for step in self.model.steps[::3])):
            for namespace, selector, wanted in (
                ("", labels.everything(), lambda key, held: True),
                ("ns", labels.everything(), lambda key, held: key.startswith("ns/")),
                ("", selective, lambda key, held: held.label == "x"),
            ):
                expected = self.model.told(version, wanted)
                watch = self.bench.watch(
                    ctx=self.bench.within(namespace), resource_version=str(version), label_selector=selector
                )
                events = [await watch.next() for _ in expected]
                await watch.aclose()
                told = [(kind, key_of(obj), int(obj["metadata"]["resourceVersion"])) for kind, obj in events]
                assert told == expected


def key_of(obj: Any) -> str:
    return f"{obj['metadata']['namespace']}/{obj['metadata']['name']}"


def held_of(obj: Any) -> Held:
    metadata = obj["metadata"]
    return Held(
        (metadata.get("labels") or {}).get("l"),
        obj["spec"]["content"],
        bool(metadata.get("finalizers")),
        "deletionTimestamp" in metadata,
        int(metadata["resourceVersion"]),
    )


@given(st.lists(OPERATIONS, min_size=4, max_size=40))
def test_lists_and_watches_tell_what_was_written(operations: list[Operation]) -> None:
    async def run() -> None:
        async with memory_backend.MemoryBackend() as backend, caches.Caches(backend) as owner:
            bench = benches.Made(owner, clocks.ManualClock())()
            await bench.store.core.cache.ready()
            at = Run(bench, int((await bench.list()).resource_version))
            for operation in operations:
                await at.do(operation)
            await at.check()

    asyncio.run(run())


@given(st.lists(st.integers(1, 5), min_size=2, max_size=6))
def test_concurrent_writers_lose_nothing(adding: list[int]) -> None:
    """Each writer adds to one number; whoever was slower adds to what is there then."""

    async def run() -> None:
        async with memory_backend.MemoryBackend() as backend, caches.Caches(backend) as owner:
            bench = benches.Made(owner, clocks.ManualClock())()
            await bench.create("a", spec={"sum": 0})

            async def add(number: int) -> None:
                async def change(obj: Any) -> None:
                    await asyncio.sleep(0)
                    obj["spec"]["sum"] += number

                await bench.update("a", benches.Merge(change))

            start = (await bench.list()).resource_version
            await asyncio.gather(*map(add, adding))
            assert (await bench.get("a"))["spec"]["sum"] == sum(adding)
            watch = bench.watch(resource_version=start)
            sums = [(await watch.next())[1]["spec"]["sum"] for _ in adding]
            assert sums == sorted(set(sums))
            await watch.aclose()

    asyncio.run(run())
