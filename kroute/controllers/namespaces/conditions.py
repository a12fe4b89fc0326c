"""What the conditions of a namespace tell of its deletion.

Mirrors `status_condition_utils.go` of `k8s.io/kubernetes/pkg/controller/namespace/deletion`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from kroute.machinery import gvk, objects

DISCOVERY, PARSING, CONTENT = (
    "NamespaceDeletionDiscoveryFailure",
    "NamespaceDeletionGroupVersionParsingFailure",
    "NamespaceDeletionContentFailure",
)
REMAINING, FINALIZERS = "NamespaceContentRemaining", "NamespaceFinalizersRemaining"
FINE = {
    DISCOVERY: ("ResourcesDiscovered", "All resources successfully discovered"),
    PARSING: ("ParsedGroupVersions", "All legacy kube types successfully parsed"),
    CONTENT: ("ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
    REMAINING: ("ContentRemoved", "All content successfully removed"),
    FINALIZERS: ("ContentRemoved", "All content successfully removed"),
}


@dataclass(slots=True)
class Outcome:
    """What came of an attempt to delete everything in a namespace.

    `remaining` counts objects by resource, `finalizers` those that hold them; `estimate` is in how many seconds it is
    worth to look again."""

    discovery: str = ""
    failures: list[str] = field(default_factory=list)
    remaining: Counter[gvk.GroupResource] = field(default_factory=Counter)
    finalizers: Counter[str] = field(default_factory=Counter)
    estimate: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left, for all that is known."""
        return not (self.discovery or self.failures or self.remaining)


def problems(outcome: Outcome) -> Iterator[tuple[str, str, str]]:
    """Type, reason and message of what isn't well."""
    if outcome.discovery:
        yield DISCOVERY, "DiscoveryFailed", outcome.discovery
    if outcome.failures:
        told = ", ".join(sorted(outcome.failures))
        text = f"Failed to delete all resource types, {len(outcome.failures)} remaining: {told}"
        yield CONTENT, "ContentDeletionFailed", text
    if outcome.remaining:
        left = sorted(
            f"{resource.resource}.{resource.group} has {count} resource instances"
            for resource, count in outcome.remaining.items()
        )
        yield REMAINING, "SomeResourcesRemain", f"Some resources are remaining: {', '.join(left)}"
    if outcome.finalizers:
        left = sorted(f"{name} in {count} resource instances" for name, count in outcome.finalizers.items())
        yield FINALIZERS, "SomeFinalizersRemain", f"Some finalizers are remaining: {', '.join(left)}"


def update(obj: objects.Object, outcome: Outcome, now: str) -> bool:
    """Put the outcome into a namespace's conditions; whether that changed anything."""
    found = {kind: ("True", reason, message) for kind, reason, message in problems(outcome)}
    status = obj.setdefault("status", {})
    conditions = status.setdefault("conditions", [])
    changed = False
    for kind, (reason, message) in FINE.items():
        wanted = dict(zip(("status", "reason", "message"), found.get(kind, ("False", reason, message)), strict=True))
        there = next((each for each in conditions if each.get("type") == kind), None)
        if there is None:
            conditions.append({"type": kind, "lastTransitionTime": now, **wanted})
            changed = True
        elif any(there.get(key) != text for key, text in wanted.items()):
            if there.get("status") != wanted["status"]:
                there["lastTransitionTime"] = now
            there.update(wanted)
            changed = True
    return changed
