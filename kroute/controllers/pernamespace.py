"""Objects that every namespace has: its default ServiceAccount, and the authority that the server can be checked with.

Mirrors `serviceaccounts_controller.go` of `k8s.io/kubernetes/pkg/controller/serviceaccount` and
`k8s.io/kubernetes/pkg/controller/certificates/rootcacertpublisher`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import orjson

from kroute.aio import tasks
from kroute.controllers import following, queueing, room
from kroute.machinery import errors, gvk, objects
from kroute.storage.backend.cacher import model

NAMESPACES = "namespaces"
ACCOUNTS = gvk.GroupVersionResource("", "v1", "serviceaccounts")
CONFIG_MAPS = gvk.GroupVersionResource("", "v1", "configmaps")
ROOT_CA = "kube-root-ca.crt"
DESCRIBED = "kubernetes.io/description"
DESCRIPTION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the "
    "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes "
    "clusters."
)


class PerNamespace:
    """Sees to it that every namespace has an object of a name; `mend` changes one in place that isn't as it was."""

    def __init__(
        self,
        made_with: room.Room,
        resource: gvk.GroupVersionResource,
        name: str,
        make: Callable[[], objects.Object],
        mend: Callable[[objects.Object], bool] | None = None,
    ) -> None:
        self._room, self._resource, self._name, self._make, self._mend = made_with, resource, name, make, mend
        self._queue = queueing.WorkQueue(self._sync, name=f"{resource.resource} {name}", clock=made_with.clock)

    async def start(self, scope: tasks.Scope) -> None:
        spaces, own = self._room.shelf(NAMESPACES), self._room.shelf(str(self._resource.group_resource))
        if spaces is None or own is None:
            return
        self._queue.run(scope)
        for shelf, keys_of in ((spaces, lambda entry: (entry.key,)), (own, self._keys_of)):
            follower = following.Follower(shelf, following.Keys(self._queue, keys_of, self._all))
            scope.spawn(follower.run(), name=f"follow {shelf.name}", eternal=True)
            await follower.ready()

    def _keys_of(self, entry: model.Entry) -> Iterator[str]:
        namespace, _, name = entry.key.partition("/")
        if name == self._name:
            yield namespace

    def _all(self) -> list[str]:
        return list(self._room.keys(NAMESPACES))

    async def _sync(self, namespace: str) -> None:
        space = self._room.peek(NAMESPACES, namespace)
        if space is None or b'"deletionTimestamp":' in space.value:
            return
        there = self._room.peek(str(self._resource.group_resource), f"{namespace}/{self._name}")
        client = self._room.client
        if there is None:
            obj = {"metadata": {"name": self._name}, **self._make()}
            try:
                await client.create(self._resource, obj, namespace=namespace)
            except (errors.AlreadyExists, errors.NotFound):
                return
            except errors.Forbidden as error:
                if not terminating(error):
                    raise
        elif self._mend is not None and self._mend(orjson.loads(there.value)):
            await client.change(self._resource, self._name, self._mend, namespace=namespace)


def terminating(error: errors.APIError) -> bool:
    """Whether something was refused because its namespace has to go."""
    causes = (error.details or {}).get("causes") or ()
    return any(cause.get("reason") == "NamespaceTerminating" for cause in causes)


async def accounts(made_with: room.Room, scope: tasks.Scope) -> None:
    """The ServiceAccount `default`, as a `room.Controller`."""
    await PerNamespace(made_with, ACCOUNTS, "default", dict).start(scope)


def authority(text: Callable[[], str]) -> room.Controller:
    """The ConfigMap with the authority of the server's certificate (PEM), as a `room.Controller`."""

    async def start(made_with: room.Room, scope: tasks.Scope) -> None:
        wanted = {"ca.crt": text()}
        described = {DESCRIBED: DESCRIPTION}
        obj: objects.Object = {"metadata": {"name": ROOT_CA, "annotations": described}, "data": wanted}

        def mend(obj: objects.Object) -> bool:
            annotations = obj["metadata"].get("annotations") or {}
            if obj.get("data") == wanted and DESCRIBED in annotations:
                return False
            obj["data"] = dict(wanted)
            obj["metadata"]["annotations"] = {**annotations, **described}
            return True

        if wanted["ca.crt"]:
            await PerNamespace(made_with, CONFIG_MAPS, ROOT_CA, lambda: obj, mend).start(scope)

    return start
