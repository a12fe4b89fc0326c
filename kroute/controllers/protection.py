"""Volumes and their claims stay as long as they are used: lets go those that have to, once they aren't.

Mirrors `k8s.io/kubernetes/pkg/controller/volume/pvcprotection` and `pvprotection`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import orjson

from kroute.aio import tasks
from kroute.controllers import following, queueing, room
from kroute.machinery import errors, gvk, objects
from kroute.storage.backend.cacher import model

CLAIMS = gvk.GroupVersionResource("", "v1", "persistentvolumeclaims")
VOLUMES = gvk.GroupVersionResource("", "v1", "persistentvolumes")
PODS = "pods"


class Protection:
    """Takes a finalizer from objects that are being deleted, once `used` says that nothing needs them.

    `cause` names a resource whose changes may change that, for objects in the same namespace."""

    def __init__(
        self,
        made_with: room.Room,
        resource: gvk.GroupVersionResource,
        finalizer: str,
        used: Callable[[room.Room, objects.Object], bool],
        cause: str = "",
    ) -> None:
        self._room, self._resource, self._finalizer, self._used, self._cause = (
            made_with,
            resource,
            finalizer,
            used,
            cause,
        )
        self._mark = b'"%b"' % finalizer.encode()
        self._held: set[str] = set()
        self._queue = queueing.WorkQueue(self._sync, name=f"{finalizer} finalizers", clock=made_with.clock)

    async def start(self, scope: tasks.Scope) -> None:
        self._queue.run(scope)
        causes = [(str(self._resource.group_resource), self._keys_of)]
        if self._cause:
            causes.append((self._cause, self._keys_of_cause))
        for name, keys_of in causes:
            shelf = self._room.shelf(name)
            if shelf is None:
                continue
            handler = following.Keys(self._queue, keys_of, lambda: list(self._held))
            follower = following.Follower(shelf, handler)
            scope.spawn(follower.run(), name=f"follow {name}", eternal=True)
            await follower.ready()

    def _keys_of(self, entry: model.Entry) -> Iterator[str]:
        if self._mark in entry.value and b'"deletionTimestamp":' in entry.value:
            yield entry.key

    def _keys_of_cause(self, entry: model.Entry) -> Iterator[str]:
        if self._held:
            namespace = entry.key.partition("/")[0]
            yield from [key for key in self._held if key.startswith(f"{namespace}/")]

    async def _sync(self, key: str) -> None:
        entry = self._room.peek(str(self._resource.group_resource), key)
        self._held.discard(key)
        if entry is None or not list(self._keys_of(entry)):
            return
        obj = orjson.loads(entry.value)
        if self._used(self._room, obj):
            self._held.add(key)
            return
        metadata = obj["metadata"]
        left = [each for each in metadata["finalizers"] if each != self._finalizer]
        patch = {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"], "finalizers": left or None}
        namespace = metadata.get("namespace") or ""
        try:
            await self._room.client.patch(self._resource, metadata["name"], {"metadata": patch}, namespace=namespace)
        except errors.NotFound:
            return


def claim_is_used(made_with: room.Room, claim: objects.Object) -> bool:
    """Whether a pod that has a node uses the claim."""
    namespace, name = claim["metadata"]["namespace"], claim["metadata"]["name"]
    for entry in made_with.entries(PODS, f"{namespace}/"):
        if name.encode() not in entry.value and b'"ephemeral":' not in entry.value:
            continue
        pod = orjson.loads(entry.value)
        if (pod.get("spec") or {}).get("nodeName") and name in claims_of(pod):
            return True
    return False


def claims_of(pod: objects.Object) -> Iterator[str]:
    """The names of the claims that a pod uses."""
    for volume in pod["spec"].get("volumes") or ():
        if volume.get("persistentVolumeClaim"):
            yield volume["persistentVolumeClaim"]["claimName"]
        elif volume.get("ephemeral") is not None:
            yield f"{pod['metadata']['name']}-{volume['name']}"


def volume_is_used(made_with: room.Room, volume: objects.Object) -> bool:
    return (volume.get("status") or {}).get("phase") == "Bound"


async def claims(made_with: room.Room, scope: tasks.Scope) -> None:
    """The controller of claims, as a `room.Controller`."""
    await Protection(made_with, CLAIMS, "kubernetes.io/pvc-protection", claim_is_used, PODS).start(scope)


async def volumes(made_with: room.Room, scope: tasks.Scope) -> None:
    """The controller of volumes, as a `room.Controller`."""
    await Protection(made_with, VOLUMES, "kubernetes.io/pv-protection", volume_is_used).start(scope)
