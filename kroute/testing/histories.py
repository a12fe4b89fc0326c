"""Long random histories of a backend, held against the memory backend as the model.

    TestHistories = histories.machine(lambda: MyBackend(...)).TestCase

A history has writes one after the other, writes of several at once (of which any order is right, as long as the
revisions tell it), reads, compactions, and watches that begin anywhere.  Whatever the backend answers must be what
the model answers, but for the revisions, which only have to be in the same order; and each watch must tell every
change once, in order.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import hypothesis
from hypothesis import stateful
from hypothesis import strategies as st

from kroute.storage.backend import base, errors
from kroute.storage.backend.memory import backend as memory
from kroute.testing import backends

TYPES: dict[str, base.EventType] = {"create": "ADDED", "update": "MODIFIED", "delete": "DELETED"}
KEYS = ("a", "b", "ns/a", "ns/b", "ns-x/a")

Open: TypeAlias = Callable[[], base.Backend]


class Step(NamedTuple):
    """A write: `fresh` says whether it expects the revision that the key had when the step began."""

    verb: str
    key: str
    content: int
    fresh: bool


class Outcome(NamedTuple):
    """What a write came to; `revision` of the record, or the actual one of a conflict."""

    error: type[BaseException] | None
    revision: int
    value: bytes


steps = st.builds(
    Step,
    verb=st.sampled_from(["create", "update", "update", "delete"]),
    key=st.sampled_from(KEYS),
    content=st.integers(0, 999),
    fresh=st.sampled_from([True, True, True, False]),
)


async def apply(log: base.Log, step: Step, expected: int) -> Outcome:
    """Do a step."""
    try:
        if step.verb == "create":
            record = await log.create(step.key, backends.draft(step.content))
        elif step.verb == "update":
            record = await log.update(step.key, backends.draft(step.content), expected=expected)
        else:
            record = await log.delete(step.key, expected=expected)
    except errors.RevisionConflict as error:
        return Outcome(type(error), error.actual, b"")
    except errors.BackendError as error:
        return Outcome(type(error), 0, b"")
    return Outcome(None, record.revision, record.value)


class Watched:
    """A watch of the log, and what was told by it last."""

    def __init__(self, watch: base.Watch, position: int) -> None:
        self.watch, self.position = watch, position


class Pair:
    """A log and its model, with the revisions of both side by side, and what watches of the log are to tell."""

    def __init__(self, real: base.Log, model: base.Log, start: tuple[int, int]) -> None:
        self.real, self.model = real, model
        self.model_of = {start[0]: start[1], 0: 0}
        self.revisions = [start[0]]
        self.events: list[base.Event] = []
        self.oldest = start[0]
        self.watches: list[Watched] = []

    async def step(self, step: Step) -> None:
        """One write on both."""
        record = await self.real.get(step.key)
        expected = record.revision if record is not None and step.fresh else 1
        outcome = await apply(self.real, step, expected)
        await self._repeat(step, expected, outcome)

    async def at_once(self, several: list[Step]) -> None:
        """Several writes on the log together; on the model in the order that their revisions tell."""
        records = {key: await self.real.get(key) for key in KEYS}
        expected = [record.revision if (record := records[each.key]) and each.fresh else 1 for each in several]
        outcomes = await asyncio.gather(*[apply(self.real, *each) for each in zip(several, expected, strict=True)])
        done = zip(several, expected, outcomes, strict=True)
        order = sorted((each for each in done if each[2].error is None), key=lambda each: each[2].revision)
        for step, before, outcome in order:
            await self._repeat(step, before, outcome)

    async def agree(self) -> None:
        """Both must show the same now."""
        real, model = await self.real.list(), await self.model.list()
        assert [self._as_model(record) for record in real.records] == list(model.records)
        assert self.model_of[real.revision] == model.revision
        assert await self.real.current_revision() == real.revision
        for key in KEYS:
            record = await self.real.get(key)
            assert (None if record is None else self._as_model(record)) == await self.model.get(key)

    def watch(self, after: int) -> None:
        self.watches.append(Watched(self.real.watch(after), after))

    async def watched(self) -> None:
        """Each watch must have told what was done since it was last asked, and no more."""
        for each in list(self.watches):
            if each.position < self.oldest:
                assert await backends.first_error(anext(each.watch)) is errors.RevisionExpired
                await each.watch.aclose()
                self.watches.remove(each)
                continue
            expected = [event for event in self.events if event.revision > each.position]
            if expected:
                assert await backends.events(each.watch, len(expected)) == expected
                each.position = expected[-1].revision
            assert not each.watch.take()

    async def compact(self, before: int) -> None:
        await self.real.compact(before)
        await self.model.compact(self.model_of[before])
        self.oldest = max([self.oldest, *[revision for revision in self.revisions if revision < before]])

    async def close(self) -> None:
        for each in self.watches:
            await each.watch.aclose()

    async def _repeat(self, step: Step, expected: int, outcome: Outcome) -> None:
        model = await apply(self.model, step, self.model_of.get(expected, 1))
        assert outcome.error is model.error, f"{step} ended with {outcome.error}, the model's with {model.error}"
        if outcome.error is None:
            assert outcome.revision > self.revisions[-1]
            self.revisions.append(outcome.revision)
            self.events.append(
                base.Event(TYPES[step.verb], step.key, outcome.revision, outcome.value, len(backends.HEAD))
            )
            self.model_of[outcome.revision] = model.revision
            assert outcome.value.replace(str(outcome.revision).encode(), str(model.revision).encode()) == model.value
        else:
            assert self.model_of[outcome.revision] == model.revision

    def _as_model(self, record: Any) -> Any:
        revision = self.model_of[record.revision]
        value = record.value.replace(str(record.revision).encode(), str(revision).encode())
        return record._replace(revision=revision, value=value)


def machine(open_backend: Open, *, compacts: bool = True) -> type[stateful.RuleBasedStateMachine]:
    """The state machine for a backend.  Each history gets a backend from `open_backend` and a log of its own.

    `compacts` False leaves compaction out, for what remembers more than its store.
    """
    numbers = itertools.count()

    class Histories(stateful.RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.runner = asyncio.Runner()
            self.real, self.model = open_backend(), memory.MemoryBackend()
            self.pair = self.runner.run(self._open())

        async def _open(self) -> Pair:
            await self.real.__aenter__()
            await self.model.__aenter__()
            name = f"log{next(numbers)}"
            real, model = self.real.log(name), self.model.log(name)
            return Pair(real, model, (await real.current_revision(), await model.current_revision()))

        async def _close(self) -> None:
            try:
                await self.pair.watched()
            finally:
                await self.pair.close()
                await self.real.__aexit__(None, None, None)
                await self.model.__aexit__(None, None, None)

        def teardown(self) -> None:
            with self.runner:
                self.runner.run(self._close())

        @stateful.rule(step=steps)
        def write(self, step: Step) -> None:
            self.runner.run(self.pair.step(step))

        @stateful.rule(several=st.lists(steps, min_size=2, max_size=8))
        def write_at_once(self, several: list[Step]) -> None:
            self.runner.run(self.pair.at_once(several))

        @stateful.rule(data=st.data())
        def watch(self, data: st.DataObject) -> None:
            self.pair.watch(data.draw(st.sampled_from(self.pair.revisions)))

        @stateful.rule()
        def read_watches(self) -> None:
            self.runner.run(self.pair.watched())

        @stateful.rule()
        def read(self) -> None:
            self.runner.run(self.pair.agree())

        @stateful.precondition(lambda self: compacts)
        @stateful.rule(data=st.data())
        def compact(self, data: st.DataObject) -> None:
            self.runner.run(self.pair.compact(data.draw(st.sampled_from(self.pair.revisions))))

    Histories.TestCase.settings = hypothesis.settings(max_examples=40, stateful_step_count=40, deadline=None)
    return Histories
