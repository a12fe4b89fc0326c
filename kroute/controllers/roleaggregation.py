"""Cluster roles that are made of others: keeps their rules those of all that their selectors choose.

Mirrors `k8s.io/kubernetes/pkg/controller/clusterroleaggregation`.
"""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from kroute.aio import tasks
from kroute.controllers import following, queueing, room
from kroute.machinery import errors, gvk, labels, labelselector, objects
from kroute.storage.backend.cacher import model

ROLES = gvk.GroupVersionResource("rbac.authorization.k8s.io", "v1", "clusterroles")
SHELF = str(ROLES.group_resource)
MANAGER = "clusterrole-aggregation-controller"
MARK = b'"aggregationRule":'
FIELDS = ("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs")


class Aggregation:
    """The controller, while it runs once: whatever changes, each role that is made of others is looked at."""

    def __init__(self, made_with: room.Room) -> None:
        self._room = made_with
        self._client = made_with.client.named(MANAGER)
        self._made: set[str] = set()
        self._queue = queueing.WorkQueue(self._sync, name="cluster roles", workers=2, clock=made_with.clock)

    async def start(self, scope: tasks.Scope) -> None:
        shelf = self._room.shelf(SHELF)
        if shelf is None:
            return
        follower = following.Follower(shelf, self)
        scope.spawn(follower.run(), name=f"follow {SHELF}", eternal=True)
        await follower.ready()
        self._queue.run(scope)

    def begin(self) -> None:
        self._made.clear()

    def added(self, entry: model.Entry) -> None:
        if MARK in entry.value:
            self._made.add(entry.key)
            self._queue.add(entry.key)

    def changed(self, change: model.Change) -> None:
        key = change.entry.key
        if change.type != "DELETED" and MARK in change.entry.value:
            self._made.add(key)
        else:
            self._made.discard(key)
        for each in self._made:
            self._queue.add(each)

    async def _sync(self, name: str) -> None:
        entry = self._room.peek(SHELF, name)
        role = None if entry is None else orjson.loads(entry.value)
        if role is None or role.get("aggregationRule") is None:
            return
        rules = list(self._gathered(role))
        if rules == [plain(rule) for rule in role.get("rules") or ()]:
            return
        wanted = {
            "kind": "ClusterRole",
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "metadata": {"name": name},
            "rules": rules,
        }
        try:
            await self._client.apply(ROLES, wanted)
        except errors.NotFound:
            return

    def _gathered(self, role: objects.Object) -> Iterator[objects.Object]:
        """The rules of all that a role is made of, each once."""
        seen: list[objects.Object] = []
        entries = self._room.entries(SHELF)
        for selector in role["aggregationRule"].get("clusterRoleSelectors") or ():
            try:
                chosen = labelselector.compiled(selector)
            except labels.SelectorError:
                continue
            for entry in entries:
                if entry.key == role["metadata"]["name"] or not chosen.matches(entry.labels):
                    continue
                for rule in map(plain, orjson.loads(entry.value).get("rules") or ()):
                    if rule not in seen:
                        seen.append(rule)
                        yield rule


def plain(rule: objects.Object) -> objects.Object:
    """A rule with what is set in it."""
    return {field: rule[field] for field in FIELDS if rule.get(field)}


async def start(made_with: room.Room, scope: tasks.Scope) -> None:
    """Start the controller in a scope."""
    await Aggregation(made_with).start(scope)
