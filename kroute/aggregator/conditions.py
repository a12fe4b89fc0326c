"""The conditions of an APIService: whether the server that it names can be reached."""

from __future__ import annotations

from typing import Any, NamedTuple

from kroute.machinery import objects

AVAILABLE = "Available"


class Condition(NamedTuple):
    """What is to be said of being available; `status` is True, False or Unknown."""

    status: str
    reason: str
    message: str


LOCAL = Condition("True", "Local", "Local APIServices are always available")
PASSED = Condition("True", "Passed", "all checks passed")


def find(obj: objects.Object) -> dict[str, Any] | None:
    """The condition as the object has it."""
    found = (obj.get("status") or {}).get("conditions") or ()
    return next((each for each in found if each.get("type") == AVAILABLE), None)


def is_available(obj: objects.Object) -> bool:
    found = find(obj)
    return found is not None and found.get("status") == "True"


def is_same(obj: objects.Object, wanted: Condition) -> bool:
    """Whether the object has this very condition."""
    found = find(obj)
    return found is not None and all(found.get(key) == value for key, value in wanted._asdict().items())


def put(obj: objects.Object, wanted: Condition, now: str) -> None:
    """Give the object a condition, in place; the time stays unless the status changes."""
    status = obj.get("status")
    if status is None:
        status = obj["status"] = {}
    found = find(obj)
    if found is None:
        found = {"type": AVAILABLE}
        status["conditions"] = [*(status.get("conditions") or ()), found]
    since = found.get("lastTransitionTime")
    if found.get("status") != wanted.status or not since:
        since = now
    found.update(status=wanted.status, lastTransitionTime=since, reason=wanted.reason, message=wanted.message)
