"""What kube-apiserver makes sure of before it serves: the namespaces that everybody relies on, and where
services get addresses from.

Mirrors the system namespaces controller of `k8s.io/kubernetes/pkg/controlplane`.
"""

from __future__ import annotations

from kroute.coreapi import environment, owning
from kroute.coreapi.allocation import servicecidrs
from kroute.machinery import errors, gvk, objects
from kroute.storage import core, creating, options

NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
RESOURCE = gvk.GroupResource("", "namespaces")


class Starting:
    """What is done once the watch caches are filled."""

    def __init__(self, made_with: environment.Environment) -> None:
        self._environment = made_with

    async def run(self) -> None:
        namespaces = self._environment.cores.get(RESOURCE)
        if namespaces is not None:
            owner = self._environment.owner(str(RESOURCE))
            for name in NAMESPACES:
                await ensure(namespaces, owner.owned(None, self._namespace(namespaces.kind, name)))
        ranges = self._environment.core("servicecidrs", "networking.k8s.io")
        if ranges is not None:
            await ensure(ranges, servicecidrs.default(self._environment))

    def _namespace(self, kind: gvk.GroupVersionKind, name: str) -> objects.Object:
        obj: objects.Object = {"kind": kind.kind, "apiVersion": kind.api_version, "metadata": {"name": name}}
        self._environment.defaulter.default(kind, obj)
        return obj


async def ensure(at: core.Core, obj: objects.Object) -> None:
    """Create an object unless it is there."""
    ctx = owning.own_context(at, obj["metadata"].get("namespace", ""))
    if await at.latest(at.key(ctx, obj["metadata"]["name"])) is not None:
        return
    try:
        await creating.create(at, ctx, obj, validate=admitted, wanted=options.WriteOptions())
    except errors.AlreadyExists:
        return  # another process was faster


async def admitted(obj: objects.Object, old: objects.Object | None) -> None:
    """The server's own objects are not asked about."""
