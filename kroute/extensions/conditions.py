"""The conditions of a definition: what its controllers have found out about it.

Mirrors `pkg/apihelpers` of `k8s.io/apiextensions-apiserver`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from kroute.machinery import objects

NAMES_ACCEPTED, ESTABLISHED, TERMINATING = "NamesAccepted", "Established", "Terminating"
APPROVED = "KubernetesAPIApprovalPolicyConformant"


class Condition(NamedTuple):
    """One condition; `status` is True, False or Unknown."""

    type: str
    status: str
    reason: str
    message: str


def find(crd: objects.Object, kind: str) -> dict[str, Any] | None:
    """The condition of a type as the definition has it."""
    conditions = (crd.get("status") or {}).get("conditions") or ()
    return next((each for each in conditions if each.get("type") == kind), None)


def is_true(crd: objects.Object, kind: str) -> bool:
    found = find(crd, kind)
    return found is not None and found.get("status") == "True"


def is_same(crd: objects.Object, wanted: Condition) -> bool:
    """Whether the definition has this very condition."""
    found = find(crd, wanted.type)
    return found is not None and all(found.get(key) == value for key, value in wanted._asdict().items())


def put(crd: objects.Object, wanted: Condition, now: str) -> None:
    """Give the definition a condition, in place; the time stays unless the status changes."""
    found = find(crd, wanted.type)
    if found is None:
        found = {"type": wanted.type}
        status = crd["status"]
        status["conditions"] = [*(status.get("conditions") or ()), found]
    since = found.get("lastTransitionTime")
    if found.get("status") != wanted.status or not since:
        since = now
    found.update(status=wanted.status, lastTransitionTime=since, reason=wanted.reason, message=wanted.message)
