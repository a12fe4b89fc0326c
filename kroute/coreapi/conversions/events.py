"""Events of the group events.k8s.io, which are stored as those of the core group.

The two differ in names alone.  Mirrors `pkg/apis/events/v1/conversion.go`.
"""

from __future__ import annotations

from kroute.machinery import objects

NAMES = {
    "regarding": "involvedObject",
    "note": "message",
    "reportingController": "reportingComponent",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
}
"""What the new group calls a field, and what the core group does."""

OLD_NAMES = {old: new for new, old in NAMES.items()}


def to_core(obj: objects.Object) -> objects.Object:
    return {NAMES.get(key, key): value for key, value in obj.items()}


def from_core(obj: objects.Object) -> objects.Object:
    return {OLD_NAMES.get(key, key): value for key, value in obj.items()}
