"""Conditions of a pod's status, as those set them who decide over pods: binding and eviction."""

from __future__ import annotations

from typing import Any

from kroute.machinery import objects


def put(pod: objects.Object, condition: objects.Object, now: str) -> None:
    """Set a condition (type, status, perhaps reason and message) of a pod; `now` is when its status changed, if it did.

    The pod's status is replaced, not changed."""
    status = pod["status"] = dict(pod.get("status") or {})
    conditions: list[Any] = list(status.get("conditions") or ())
    there = next((each for each in conditions if each.get("type") == condition["type"]), None)
    since = now
    if there is not None and there.get("status") == condition["status"]:
        since = there.get("lastTransitionTime") or now
    made: objects.Object = {
        "type": condition["type"],
        "status": condition["status"],
        "lastProbeTime": None,
        "lastTransitionTime": since,
        **{key: condition[key] for key in ("reason", "message") if key in condition},
    }
    if there is None:
        conditions.append(made)
    else:
        conditions[conditions.index(there)] = made
    status["conditions"] = conditions


def is_true(pod: objects.Object, kind: str) -> bool:
    """Whether a pod has a condition."""
    found = (pod.get("status") or {}).get("conditions") or ()
    return any(each.get("type") == kind and each.get("status") == "True" for each in found)
