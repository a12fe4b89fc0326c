"""Deletes everything in a namespace: pods first, then the objects of all other resources, of all groups and servers.

Resources of this server are looked up in its watch caches, brought up to date first, so that an empty one costs
nothing; others are asked.  Mirrors `namespaced_resources_deleter.go` of `k8s.io/kubernetes`.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from kroute.controllers import discovering, room
from kroute.controllers.namespaces import conditions
from kroute.machinery import errors, gvk, objects, times
from kroute.storage import caches
from kroute.storage.backend import errors as backend_errors

PODS = gvk.GroupVersionResource("", "v1", "pods")
FINALIZING = 15
"""Seconds that finalizers are expected to take."""

AT_ONCE = 16
"""How many resources are worked on at the same time."""


class Content:
    """The content of namespaces."""

    def __init__(self, made_with: room.Room) -> None:
        self._room = made_with

    async def delete(self, namespace: str) -> conditions.Outcome:
        """Delete everything, and tell what is left.  Raises APIError when not even discovery can be asked."""
        found = await self._room.resources.found(fresh=True)
        outcome = conditions.Outcome()
        if found.stale:
            outcome.discovery = discovery_failure(found.stale)
        wanted = [each for each in found.preferred if each.namespaced and "delete" in each.verbs]
        for pods in (each for each in wanted if each.gvr == PODS):
            await self._delete(pods, namespace, outcome)
            if outcome.remaining:
                return outcome
        limit = asyncio.Semaphore(AT_ONCE)

        async def one(resource: discovering.Resource) -> None:
            async with limit:
                await self._delete(resource, namespace, outcome)

        async with asyncio.TaskGroup() as group:
            for resource in wanted:
                if resource.gvr != PODS:
                    group.create_task(one(resource))
        return outcome

    async def _delete(self, resource: discovering.Resource, namespace: str, outcome: conditions.Outcome) -> None:
        """Delete the objects of one resource."""
        try:
            shelf = self._room.shelf(resource.name)
            if shelf is not None and not await entries(shelf, namespace):
                return
            await self._ask(resource, namespace)
            left = await self._left(resource, shelf, namespace)
        except (errors.NotFound, errors.MethodNotSupported):
            return  # served no longer, or not in this way
        except (errors.APIError, backend_errors.BackendError) as error:
            outcome.failures.append(str(error))
            return
        if left:
            self._note(resource, namespace, left, outcome)

    async def _ask(self, resource: discovering.Resource, namespace: str) -> None:
        client = self._room.client
        if "deletecollection" in resource.verbs:
            try:
                await client.delete_collection(resource.gvr, namespace=namespace, propagation="Background")
            except errors.MethodNotSupported:
                pass
            else:
                return
        for item in await self._listed(resource, namespace):
            metadata = item["metadata"]
            try:
                await client.delete(
                    resource.gvr,
                    metadata["name"],
                    namespace=namespace,
                    uid=metadata["uid"],
                    propagation="Background",
                )
            except (errors.NotFound, errors.Conflict):
                continue

    async def _left(
        self, resource: discovering.Resource, shelf: caches.Shelf | None, namespace: str
    ) -> Sequence[objects.Object]:
        if shelf is None:
            return await self._listed(resource, namespace)
        return [orjson.loads(value) for value in await entries(shelf, namespace)]

    async def _listed(self, resource: discovering.Resource, namespace: str) -> Sequence[objects.Object]:
        found = await self._room.client.list(resource.gvr, namespace=namespace, metadata_only=True)
        return found.get("items") or []

    def _note(
        self,
        resource: discovering.Resource,
        namespace: str,
        left: Iterable[objects.Object],
        outcome: conditions.Outcome,
    ) -> None:
        """Tell of what is left, and whether that was to be expected."""
        expected, now = 0, self._room.clock.now()
        for item in left:
            metadata: Any = item["metadata"]
            outcome.remaining[resource.gvr.group_resource] += 1
            for name in metadata.get("finalizers") or ():
                outcome.finalizers[name] += 1
                expected = max(expected, FINALIZING)
            if resource.gvr == PODS and metadata.get("deletionTimestamp"):
                ends = times.parse(metadata["deletionTimestamp"]).timestamp()
                expected = max(expected, math.ceil(ends - now), 1)
        outcome.estimate = max(outcome.estimate, expected)
        if not expected:
            gvr = resource.gvr
            shown = f"{gvr.group}/{gvr.version}, Resource={gvr.resource}"
            outcome.failures.append(f"unexpected items still remain in namespace: {namespace} for gvr: {shown}")


async def entries(shelf: caches.Shelf, namespace: str) -> Sequence[bytes]:
    """The objects of a resource in a namespace, as they are now.  Raises BackendError."""
    cache = await shelf.cacher()
    await cache.fresh()
    return [entry.value for entry in cache.snapshot(f"{namespace}/").entries]


def discovery_failure(stale: Sequence[gvk.GroupVersion]) -> str:
    """What is told of group-versions that can't be asked."""
    parts = ", ".join(f"{each}: stale GroupVersion discovery: {each}" for each in sorted(stale))
    text = f"unable to retrieve the complete list of server APIs: {parts}"
    return f"Discovery failed for some groups, {len(stale)} failing: {text}"
