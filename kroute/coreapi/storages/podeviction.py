"""`pods/eviction`: a deletion that waits until disruption budgets allow it.

Mirrors EvictionREST of `pkg/registry/core/pod/storage`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kroute.coreapi.storages import budgets, cases, podbinding, podconditions
from kroute.coreapi.strategies import pods
from kroute.kinds import mounting
from kroute.machinery import context, errors, gvk, objects
from kroute.storage import before, capabilities, guaranteed, options, store, stored

KIND = gvk.GroupVersionKind("policy", "v1", "Eviction")
POD = gvk.GroupResource("", "Pod")
ATTEMPTS = 20
"""How often an eviction is tried whose pod changes meanwhile."""

EVICTED = {
    "type": "DisruptionTarget",
    "status": "True",
    "reason": "EvictionByEvictionAPI",
    "message": "Eviction API: evicting",
}


class Eviction:
    """`own` is the store of pods; `guard` knows the budgets."""

    kind = KIND
    accepts = (gvk.GroupVersion("policy", "v1beta1"),)

    def __init__(self, own: store.Store, guard: budgets.Guard) -> None:
        self._store, self._guard = own, guard

    async def create_named(
        self,
        ctx: context.RequestContext,
        name: str,
        obj: objects.Object,
        *,
        validate: capabilities.Validate,
        options: options.WriteOptions,
    ) -> stored.Result:
        if name != obj["metadata"].get("name", ""):
            raise errors.BadRequest("name in URL does not match name in Eviction object")
        wanted = delete_options(obj.get("deleteOptions") or {}, dry_run=options.dry_run)
        await validate(obj, None)
        pod = await self._evict_harmless(ctx, name, wanted)
        if pod is not None:
            await self._evict_guarded(ctx, pod, wanted)
        return dict(podbinding.SUCCESS)

    async def _evict_harmless(
        self, ctx: context.RequestContext, name: str, wanted: options.DeleteOptions
    ) -> objects.Object | None:
        """Delete a pod that no budget counts; the pod when it is one that budgets count."""
        at = self._store.core
        given = wanted.preconditions.resource_version
        for attempt in range(ATTEMPTS):
            found = await at.fetch(at.key(ctx, name))
            if found is None:
                raise at.not_found(name)
            pod = found.obj
            if not is_harmless(pod):
                return pod
            chosen = wanted
            if given is None and (pod.get("status") or {}).get("phase") == "Pending":
                chosen = at_version(wanted, pod)
            try:
                await self._delete(ctx, name, chosen)
            except errors.Conflict:
                if given is not None or attempt == ATTEMPTS - 1:
                    raise
                continue
            return None
        return None

    async def _evict_guarded(
        self, ctx: context.RequestContext, pod: objects.Object, wanted: options.DeleteOptions
    ) -> None:
        budget = await self._guard.admit(ctx, pod, dry_run=wanted.dry_run)
        name = pod["metadata"]["name"]
        if budget is None:
            await self._delete(ctx, name, wanted)
            return
        try:
            await self._delete(ctx, name, at_version(wanted, pod))
        except errors.Conflict:
            if wanted.preconditions.resource_version is not None:
                raise
            raise budgets.being_processed(budget) from None

    async def _delete(self, ctx: context.RequestContext, name: str, wanted: options.DeleteOptions) -> None:
        if not wanted.dry_run:
            marked = await self._mark(ctx, name, wanted.preconditions)
            if wanted.preconditions.resource_version is not None:
                wanted = at_version(wanted, marked)
        await self._store.delete(ctx, name, validate=admitted, options=wanted)

    async def _mark(
        self, ctx: context.RequestContext, name: str, preconditions: options.Preconditions
    ) -> objects.Object:
        """Let the pod say why it goes; the pod."""
        at = self._store.core

        async def change(there: stored.Stored | None) -> objects.Object:
            assert there is not None
            check(there.obj, preconditions)
            pod = dict(there.obj)
            podconditions.put(pod, EVICTED, before.as_text(at.clock.now()))
            return pod

        found = await guaranteed.update(at, name, at.key(ctx, name), change, preconditions=options.Preconditions())
        return stored.decoded(found)


def is_harmless(pod: objects.Object) -> bool:
    """Whether budgets don't count a pod: it hasn't begun, has ended, or goes anyway."""
    phase = (pod.get("status") or {}).get("phase")
    return phase in ("Pending", *pods.ENDED) or bool(pod["metadata"].get("deletionTimestamp"))


def check(pod: objects.Object, wanted: options.Preconditions) -> None:
    """Raises Conflict."""
    metadata = pod["metadata"]
    for what, value, actual, why in (
        ("UID", wanted.uid, metadata.get("uid", ""), "deleted and then recreated"),
        ("ResourceVersion", wanted.resource_version, metadata.get("resourceVersion", ""), "modified"),
    ):
        if value is not None and value != actual:
            text = (
                f"the {what} in the precondition ({value}) does not match the {what} in record ({actual}). "
                f"The object might have been {why}"
            )
            raise errors.Conflict.of(POD, metadata.get("name", ""), text)


def at_version(wanted: options.DeleteOptions, pod: objects.Object) -> options.DeleteOptions:
    """The same deletion, of nothing but this state of the pod."""
    version = pod["metadata"]["resourceVersion"]
    return replace(wanted, preconditions=replace(wanted.preconditions, resource_version=version))


def delete_options(found: objects.Object, *, dry_run: bool) -> options.DeleteOptions:
    """The deletion that an eviction asks for; its own dry run and the request's are one."""
    preconditions: dict[str, Any] = found.get("preconditions") or {}
    return options.DeleteOptions(
        grace_period_seconds=found.get("gracePeriodSeconds"),
        preconditions=options.Preconditions(
            preconditions.get("uid") or None, preconditions.get("resourceVersion") or None
        ),
        orphan_dependents=found.get("orphanDependents"),
        propagation_policy=found.get("propagationPolicy"),
        dry_run=dry_run or bool(found.get("dryRun")),
    )


async def admitted(obj: objects.Object, old: objects.Object | None) -> None:
    """Admission was asked about the eviction; it isn't asked about the deletion."""


def eviction(case: cases.Case) -> mounting.Mount:
    guard = budgets.Guard(case.environment)
    return case.foreign(Eviction(case.store, guard), "eviction", KIND)
