"""Disruption budgets as evictions use them: which one guards a pod, and whether it allows one disruption more.

Mirrors checkAndDecrement of `pkg/registry/core/pod/storage`.
"""

from __future__ import annotations

from typing import Final

from kroute.coreapi import environment
from kroute.coreapi.storages import podconditions
from kroute.machinery import context, errors, gvk, labels, labelselector, objects, times
from kroute.patch.managedfields import manager
from kroute.storage import before, core, guaranteed, lookups, options, stored

KIND: Final = gvk.GroupVersionKind("policy", "v1", "PodDisruptionBudget")
RESOURCE: Final = gvk.GroupResource("policy", "poddisruptionbudget")
VIOLATED = "Cannot evict pod as it would violate the pod's disruption budget."
SEVERAL = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
MOST_DISRUPTED = 2000
ALLOWED = "DisruptionAllowed"


class Guard:
    """Asks the budgets of one server, and counts disruptions in them."""

    def __init__(self, made_with: environment.Environment) -> None:
        self._environment = made_with
        self._manager: manager.FieldManager | None = None

    async def admit(self, ctx: context.RequestContext, pod: objects.Object, *, dry_run: bool) -> str | None:
        """Count the eviction of a pod in its budget.

        The budget's name when it allows the eviction only of the pod as it is now; None when nothing depends on that.
        Raises TooManyRequests, Forbidden, and Plain where several budgets guard the pod."""
        at = self._environment.core("poddisruptionbudgets", "policy")
        if at is None:
            return None
        found = [each for each in await lookups.Lookup(at).all(ctx.namespace) if guards(each, pod)]
        if len(found) > 1:
            raise errors.Plain(SEVERAL)
        if not found:
            return None
        name: str = found[0]["metadata"]["name"]
        if not podconditions.is_true(pod, "Ready") and lets_unhealthy_go(found[0]):
            return name
        await self._count(at, ctx, name, pod["metadata"]["name"], dry_run=dry_run)
        return None

    async def _count(self, at: core.Core, ctx: context.RequestContext, name: str, pod: str, *, dry_run: bool) -> None:
        async def change(there: stored.Stored | None) -> objects.Object:
            assert there is not None
            check(there.obj)
            obj = decremented(there.obj, pod, before.as_text(at.clock.now()))
            return self._managed(there.obj, obj)

        key = at.key(ctx, name)
        await guaranteed.update(at, name, key, change, preconditions=options.Preconditions(), dry_run=dry_run)

    def _managed(self, old: objects.Object, obj: objects.Object) -> objects.Object:
        if self._manager is None:
            schema = self._environment.definitions.kind(KIND)
            assert schema is not None
            self._manager = manager.FieldManager(
                {KIND.api_version: schema}, kind=KIND.kind, empty=self._environment.empty(KIND)
            )
        return self._manager.update(
            old, obj, manager="kube-apiserver", api_version=KIND.api_version, subresource="status", now=times.now()
        )


def guards(budget: objects.Object, pod: objects.Object) -> bool:
    selector = (budget.get("spec") or {}).get("selector")
    try:
        return labelselector.compiled(selector).matches(pod["metadata"].get("labels") or {})
    except labels.SelectorError:
        return False


def lets_unhealthy_go(budget: objects.Object) -> bool:
    """Whether pods that aren't ready may go without being counted."""
    if (budget.get("spec") or {}).get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    status = budget.get("status") or {}
    desired = status.get("desiredHealthy") or 0
    return 0 < desired <= (status.get("currentHealthy") or 0)


def check(budget: objects.Object) -> None:
    """Raise TooManyRequests or Forbidden when a budget doesn't allow a disruption."""
    metadata, status = budget["metadata"], budget.get("status") or {}
    name, allowed = metadata["name"], status.get("disruptionsAllowed") or 0
    if (status.get("observedGeneration") or 0) < metadata.get("generation", 0):
        raise being_processed(name)
    if allowed < 0:
        raise errors.Forbidden.of(RESOURCE, name, "pdb disruptions allowed is negative")
    if len(status.get("disruptedPods") or ()) > MOST_DISRUPTED:
        why = "DisruptedPods map too big - too many evictions not confirmed by PDB controller"
        raise errors.Forbidden.of(RESOURCE, name, why)
    if allowed == 0:
        raise violated(f"The disruption budget {name} {why_not(status)}", 0)


def why_not(status: objects.Object) -> str:
    for each in status.get("conditions") or ():
        if each.get("type") == ALLOWED and each.get("status") == "False" and each.get("reason") == "SyncFailed":
            return f"does not allow evicting pods currently because it failed sync: {each.get('message') or ''}"
    desired, current = status.get("desiredHealthy") or 0, status.get("currentHealthy") or 0
    return f"needs {desired} healthy pods and has {current} currently"


def violated(why: str, retry_after: int) -> errors.TooManyRequests:
    error = errors.TooManyRequests.of(VIOLATED, retry_after)
    error.details = {"causes": [{"reason": "DisruptionBudget", "message": why}], **(error.details or {})}
    return error


def being_processed(name: str) -> errors.TooManyRequests:
    """Nobody has looked at the budget since it was changed."""
    return violated(f"The disruption budget {name} is still being processed by the server.", 10)


def decremented(budget: objects.Object, pod: str, now: str) -> objects.Object:
    """The budget with one disruption less."""
    status = dict(budget["status"])
    status["disruptionsAllowed"] -= 1
    status["disruptedPods"] = {**(status.get("disruptedPods") or {}), pod: now}
    if not status["disruptionsAllowed"]:
        status["conditions"] = exhausted(status, now)
    return {**budget, "status": status}


def exhausted(status: objects.Object, now: str) -> list[objects.Object]:
    """The conditions of a budget that allows nothing more."""
    there: list[objects.Object] = list(status.get("conditions") or ())
    found = next((each for each in there if each.get("type") == ALLOWED), {})
    made = {
        "type": ALLOWED,
        "status": "False",
        "observedGeneration": status.get("observedGeneration") or 0,
        "lastTransitionTime": (found.get("lastTransitionTime") or now) if found.get("status") == "False" else now,
        "reason": "InsufficientPods",
        "message": "",
    }
    return [made if each is found else each for each in there] if found else [*there, made]
