"""Takes the objects of a definition that is to go, and then lets the definition go.

Mirrors `pkg/controller/finalizer` of `k8s.io/apiextensions-apiserver`.
"""

from __future__ import annotations

import asyncio
import logging

from kroute.extensions import conditions, removal, writing
from kroute.machinery import context, errors, objects
from kroute.storage import options, store

log = logging.getLogger("kroute.extensions")

HEARD = 0.1
"""Seconds in which other processes hear that a definition is going, so that they make no more objects of it."""

PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between two looks whether all objects are gone, which their finalizers may put off for long."""

IN_PROGRESS = conditions.Condition(
    conditions.TERMINATING, "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress"
)
COMPLETED = conditions.Condition(conditions.TERMINATING, "False", "InstanceDeletionCompleted", "removed all instances")
NEVER = conditions.Condition(conditions.TERMINATING, "False", "NeverEstablished", "resource was never established")


def is_due(crd: objects.Object) -> bool:
    """Whether a definition waits for its objects to be removed."""
    metadata = crd["metadata"]
    return bool(metadata.get("deletionTimestamp")) and removal.FINALIZER in (metadata.get("finalizers") or ())


async def finalize(crd: objects.Object, found: store.Store | None, writer: writing.Writer) -> None:
    """Remove all objects, however long it takes; `found` None: none could ever be made."""
    name, uid = crd["metadata"]["name"], crd["metadata"]["uid"]
    told = await writer.update(name, uid, lambda obj, now: conditions.put(obj, IN_PROGRESS, now))
    if told is None:
        return
    if found is not None:
        await asyncio.sleep(HEARD)
        await remove_all(found)

    def let_go(obj: objects.Object, now: str) -> None:
        metadata = obj["metadata"]
        conditions.put(obj, NEVER if found is None else COMPLETED, now)
        left = [each for each in metadata.get("finalizers") or () if each != removal.FINALIZER]
        if left:
            metadata["finalizers"] = left
        else:
            metadata.pop("finalizers", None)

    await writer.update(name, uid, let_go)


async def remove_all(found: store.Store) -> None:
    """Delete the objects of all namespaces and wait until they are gone."""
    ctx, pause = context.RequestContext(user=context.LOOPBACK), PAUSE
    while True:
        try:
            await found.delete_collection(
                ctx, validate=writing.admitted, options=options.DeleteOptions(), selection=options.ListOptions()
            )
            left = await found.list(ctx, options.ListOptions(limit=1))
            if not left.items:
                return
        except errors.APIError as error:
            log.warning("%s: objects can't be deleted at present: %s", found.core.resource, error)
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
