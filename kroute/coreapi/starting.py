"""What kube-apiserver makes sure of before it serves: the namespaces that everybody relies on.

Mirrors the system namespaces controller of `k8s.io/kubernetes/pkg/controlplane`.
"""

from __future__ import annotations

from kroute.coreapi import environment, owning
from kroute.machinery import errors, gvk, objects
from kroute.storage import core, creating, options

NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
RESOURCE = gvk.GroupResource("", "namespaces")


class Starting:
    """What is done once the watch caches are filled."""

    def __init__(self, made_with: environment.Environment) -> None:
        self._environment = made_with

    async def run(self) -> None:
        at = self._environment.cores.get(RESOURCE)
        if at is None:
            return
        owner = self._environment.owner(str(RESOURCE))
        for name in NAMESPACES:
            obj: objects.Object = {"kind": at.kind.kind, "apiVersion": at.kind.api_version, "metadata": {"name": name}}
            self._environment.defaulter.default(at.kind, obj)
            await ensure(at, owner, obj)


async def ensure(at: core.Core, owner: owning.Owner, obj: objects.Object) -> None:
    """Create an object unless it is there."""
    ctx = owning.own_context(at, obj["metadata"].get("namespace", ""))
    if await at.latest(at.key(ctx, obj["metadata"]["name"])) is not None:
        return
    try:
        owned = owner.owned(None, obj)
        await creating.create(at, ctx, owned, validate=admitted, wanted=options.WriteOptions())
    except errors.AlreadyExists:
        return  # another process was faster


async def admitted(obj: objects.Object, old: objects.Object | None) -> None:
    """The server's own objects are not asked about."""
