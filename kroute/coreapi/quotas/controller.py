"""Keeps the status of quotas: what they allow, and what is used of it, counted from what there is.

Admission charges what is created; what is deleted, or was there before, is counted here.
Mirrors `k8s.io/kubernetes/pkg/controller/resourcequota`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import orjson

from kroute.admission.plugins import resource_quota
from kroute.aio import tasks
from kroute.controllers import following, queueing, room
from kroute.coreapi.quotas import counting, registry
from kroute.machinery import gvk, objects, quantity
from kroute.storage.backend.cacher import model

QUOTAS = gvk.GroupVersionResource("", "v1", "resourcequotas")
NAME = "resourcequotas"
PAUSE = 0.2
"""Seconds in which changes in a namespace are put together."""


class Quotas:
    """The controller, while it runs once."""

    def __init__(self, made_with: room.Room) -> None:
        self._room, self._evaluators = made_with, registry.Evaluators()
        self._by_namespace: dict[str, dict[str, tuple[str, ...]]] = {}
        """The quotas of each namespace, by key, and what they limit."""
        self._queue = queueing.WorkQueue(self._sync, name="quotas", clock=made_with.clock)

    async def start(self, scope: tasks.Scope) -> None:
        if self._room.shelf(NAME) is None:
            return
        self._queue.run(scope)
        await following.Everything(self._room.caches, self._handler, lambda name: None).run(scope)

    def _handler(self, name: str) -> following.Handler:
        if name == NAME:
            return Own(self)
        evaluator = self._evaluators.of(resource_of(name))
        return Uncounted() if evaluator is None else Counted(self, evaluator)

    def know(self, entry: model.Entry) -> None:
        """A quota is there."""
        spec = orjson.loads(entry.value).get("spec") or {}
        self._by_namespace.setdefault(entry.key.partition("/")[0], {})[entry.key] = tuple(spec.get("hard") or ())
        self._queue.add(entry.key)

    def forget(self, key: str) -> None:
        """A quota has gone."""
        namespace = key.partition("/")[0]
        found = self._by_namespace.get(namespace, {})
        found.pop(key, None)
        if not found:
            self._by_namespace.pop(namespace, None)

    def touch(self, namespace: str, evaluator: resource_quota.Evaluator) -> None:
        """Something in a namespace has changed."""
        for key, names in self._by_namespace.get(namespace, {}).items():
            if evaluator.counted(names):
                self._queue.add_after(key, PAUSE)

    def touch_all(self) -> None:
        for quotas in self._by_namespace.values():
            for key in quotas:
                self._queue.add_after(key, PAUSE)

    async def _sync(self, key: str) -> None:
        entry = self._room.peek(NAME, key)
        if entry is None or b'"deletionTimestamp":' in entry.value:
            return
        quota: objects.Object = orjson.loads(entry.value)
        hard = (quota.get("spec") or {}).get("hard") or {}
        namespace = quota["metadata"]["namespace"]
        used = {name: str(amount) for name, amount in sorted((await self._usage(quota, namespace, hard)).items())}
        status = quota.get("status") or {}
        if same(status.get("hard") or {}, hard) and same(status.get("used") or {}, used):
            return
        quota["status"] = {"hard": hard, "used": used}
        await self._room.client.update(QUOTAS, quota, namespace=namespace, subresource="status")

    async def _usage(
        self, quota: objects.Object, namespace: str, hard: Mapping[str, object]
    ) -> Mapping[str, quantity.Quantity]:
        """What is used of each name that the quota limits, and that is of a resource there is."""
        found: dict[str, quantity.Quantity] = {}
        scopes = resource_quota.scopes_of(quota)
        for resource in (await self._room.resources.found()).preferred:
            evaluator = self._evaluators.of(resource.gvr.group_resource) if resource.namespaced else None
            names = set() if evaluator is None else evaluator.counted(hard)
            if evaluator is None or not names:
                continue
            for name in names:
                found.setdefault(name, quantity.ZERO)
            for obj in self._objects(evaluator, resource.name, namespace):
                if obj is None:
                    amounts: resource_quota.Amounts = dict.fromkeys(names, counting.ONE) if not scopes else {}
                else:
                    amounts = evaluator.usage(obj) if all(evaluator.fits(each, obj) for each in scopes) else {}
                for name in names.intersection(amounts):
                    found[name] = found[name] + amounts[name]
        return found

    def _objects(
        self, evaluator: resource_quota.Evaluator, name: str, namespace: str
    ) -> Iterator[objects.Object | None]:
        """The objects of a resource; None for those of which nothing matters but that they are there."""
        plain = type(evaluator) is counting.Counter
        for entry in self._room.entries(name, f"{namespace}/"):
            yield None if plain else orjson.loads(entry.value)


class Own:
    """The handler of quotas themselves."""

    def __init__(self, owner: Quotas) -> None:
        self._owner = owner

    def begin(self) -> None:
        self._owner.touch_all()

    def added(self, entry: model.Entry) -> None:
        self._owner.know(entry)

    def changed(self, change: model.Change) -> None:
        if change.type == "DELETED":
            self._owner.forget(change.entry.key)
        else:
            self._owner.know(change.entry)


class Counted:
    """The handler of what quotas count."""

    def __init__(self, owner: Quotas, evaluator: resource_quota.Evaluator) -> None:
        self._owner, self._evaluator = owner, evaluator

    def begin(self) -> None:
        self._owner.touch_all()

    def added(self, entry: model.Entry) -> None:
        """Counted with the rest."""

    def changed(self, change: model.Change) -> None:
        self._owner.touch(change.entry.key.partition("/")[0], self._evaluator)


class Uncounted:
    """The handler of what no quota counts."""

    def begin(self) -> None:
        """Not looked at."""

    def added(self, entry: model.Entry) -> None:
        """Not looked at."""

    def changed(self, change: model.Change) -> None:
        """Not looked at."""


def resource_of(name: str) -> gvk.GroupResource:
    """The resource of a watch cache."""
    plural, _, group = name.partition(".")
    return gvk.GroupResource(group, plural)


def same(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Whether two sets of amounts say the same."""
    return one.keys() == other.keys() and all(
        quantity.from_json(one[name]) == quantity.from_json(other[name]) for name in one
    )


async def start(made_with: room.Room, scope: tasks.Scope) -> None:
    """The controller, as a `room.Controller`."""
    await Quotas(made_with).start(scope)
