"""Follows the definitions: gives them their names, has them served, establishes them, and lets them go.

One worker looks at one definition at a time, always at its newest state; what takes long (removing objects) has tasks
of its own.  Everything it writes it works out from what is there, so that several processes may do the same.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

from kroute.aio import tasks
from kroute.extensions import approval, conditions, finalizing, naming, serving, writing
from kroute.machinery import context, errors, objects
from kroute.storage import options, store, stored

log = logging.getLogger("kroute.extensions")

PARTING = 0.5
"""Seconds in which the watches of a resource that goes, or changes, get what happened before they end."""

PAUSE = 0.2
"""Seconds before something that failed is tried again."""

ESTABLISHED = conditions.Condition(
    conditions.ESTABLISHED, "True", "InitialNamesAccepted", "the initial names have been accepted"
)


class Controller:
    """The controllers of definitions; `run` is a post-start hook."""

    def __init__(self, definitions: store.Store, served: serving.Serving, writer: writing.Writer) -> None:
        self._definitions, self._serving, self._writer = definitions, served, writer
        self._crds: dict[str, objects.Object] = {}
        self._due: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._finalizing: set[str] = set()

    async def run(self, scope: tasks.Scope) -> None:
        """Serve what is there, and go on in the scope."""
        version = await self._list()
        while self._due:
            await self._next(scope)
        scope.spawn(self._follow(version), name="watch definitions", eternal=True)
        scope.spawn(self._work(scope), name="definitions", eternal=True)

    async def _list(self) -> str:
        found = await self._definitions.list(context.RequestContext(user=context.LOOPBACK), options.ListOptions())
        there = {}
        for item in found.items:
            obj = stored.decoded(item)
            name = obj["metadata"]["name"]
            there[name] = shared(obj, self._crds.get(name))
        gone = self._crds.keys() - there.keys()
        self._crds = there
        self._mark(*there, *gone)
        return found.resource_version

    async def _follow(self, version: str) -> None:
        """Take every change, for ever."""
        ctx = context.RequestContext(user=context.LOOPBACK)
        while True:
            try:
                async for batch in self._definitions.watch(ctx, options.ListOptions(resource_version=version)):
                    for event in batch.events:
                        self._take(event.type, stored.decoded(event.obj))
            except errors.APIError as error:
                log.warning("definitions can't be watched at present: %s", error)
            await asyncio.sleep(PAUSE)
            try:
                version = await self._list()
            except errors.APIError as error:
                log.warning("definitions can't be listed at present: %s", error)

    def _take(self, kind: str, crd: objects.Object) -> None:
        name = crd["metadata"]["name"]
        if kind == "DELETED":
            self._crds.pop(name, None)
            self._mark(*(each["metadata"]["name"] for each in self._of_group(crd["spec"]["group"])))
        else:
            self._crds[name] = shared(crd, self._crds.get(name))
        self._mark(name)

    def _mark(self, *names: str) -> None:
        for name in names:
            self._due[name] = None
        if names:
            self._wake.set()

    def _of_group(self, group: str) -> Iterator[objects.Object]:
        return (crd for crd in self._crds.values() if crd["spec"]["group"] == group)

    async def _work(self, scope: tasks.Scope) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._due:
                await self._next(scope)

    async def _next(self, scope: tasks.Scope) -> None:
        name = next(iter(self._due))
        del self._due[name]
        try:
            await self._reconcile(name, scope)
        except Exception:
            log.exception("%s: tried again soon", name)
            await asyncio.sleep(PAUSE)
            self._mark(name)

    async def _reconcile(self, name: str, scope: tasks.Scope) -> None:
        """Bring one definition on, as far as it gets now."""
        crd = self._crds.get(name)
        if crd is None:
            self._end(self._serving.remove(name), scope)
            return
        crd = await self._named(crd)
        if crd is None:
            return
        self._end(await self._serving.update(crd), scope)
        if not crd["metadata"].get("deletionTimestamp"):
            await self._established(crd)
        elif finalizing.is_due(crd) and name not in self._finalizing:
            self._finalizing.add(name)
            scope.spawn(self._finalize(crd), name=f"finalize {name}")

    async def _named(self, crd: objects.Object) -> objects.Object | None:
        """The definition with its names judged."""
        others = [each for each in self._of_group(crd["spec"]["group"]) if each is not crd]
        verdict = naming.judge(crd, others)
        approved = approval.condition(crd)
        same_names = verdict.names == (crd["status"].get("acceptedNames") or {})
        if (
            same_names
            and conditions.is_same(crd, verdict.accepted)
            and (approved is None or conditions.is_same(crd, approved))
        ):
            return crd

        def change(obj: objects.Object, now: str) -> None:
            obj["status"]["acceptedNames"] = verdict.names
            conditions.put(obj, verdict.accepted, now)
            if verdict.established is not None:
                conditions.put(obj, verdict.established, now)
            if approved is not None:
                conditions.put(obj, approved, now)

        return await self._write(crd, change)

    async def _established(self, crd: objects.Object) -> None:
        if conditions.is_true(crd, conditions.NAMES_ACCEPTED) and not conditions.is_true(crd, conditions.ESTABLISHED):
            await self._write(crd, lambda obj, now: conditions.put(obj, ESTABLISHED, now))

    async def _write(self, crd: objects.Object, change: writing.Change) -> objects.Object | None:
        """Change a definition, and work with the result at once."""
        metadata = crd["metadata"]
        found = await self._writer.update(metadata["name"], metadata["uid"], change)
        if found is not None and metadata["name"] in self._crds:
            found = self._crds[metadata["name"]] = shared(found, crd)
        return found

    def _end(self, old: serving.Served | None, scope: tasks.Scope) -> None:
        if old is not None:
            scope.spawn(self._part(old), name=f"end {old.resource.group_resource}")

    async def _part(self, old: serving.Served) -> None:
        await asyncio.sleep(PARTING)
        await old.end()

    async def _finalize(self, crd: objects.Object) -> None:
        name = crd["metadata"]["name"]
        try:
            await finalizing.finalize(crd, self._serving.store_of(name), self._writer)
        except Exception:
            log.exception("%s: tried again soon", name)
            await asyncio.sleep(PAUSE)
        finally:
            self._finalizing.discard(name)
            self._mark(name)


def shared(crd: objects.Object, old: objects.Object | None) -> objects.Object:
    """The definition, with the old one's specification if that is the same, as these are large."""
    if old is None or old["spec"] != crd["spec"]:
        return crd
    return {**crd, "spec": old["spec"]}
