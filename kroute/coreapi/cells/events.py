"""The cells of events; both groups show the same ones, from fields of different names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from kroute.machinery import objects
from kroute.storage import table


class Fields(NamedTuple):
    """What the fields of an event are called."""

    target: str
    message: str
    source: str
    reporter: str
    first: str
    last: str
    times: str


CORE = Fields("involvedObject", "message", "source", "reportingComponent", "firstTimestamp", "lastTimestamp", "count")
NEW = Fields(
    "regarding", "note", "deprecatedSource", "reportingController",
    "deprecatedFirstTimestamp", "deprecatedLastTimestamp", "deprecatedCount",
)  # fmt: skip


def core(obj: objects.Object, now: float) -> Sequence[Any]:
    return cells_of(obj, now, CORE)


def new(obj: objects.Object, now: float) -> Sequence[Any]:
    return cells_of(obj, now, NEW)


def cells_of(obj: objects.Object, now: float, fields: Fields) -> Sequence[Any]:
    """When it was last seen, type, reason, object, part of it, source, message, first seen, count, name."""
    first = table.age(obj.get(fields.first) or obj.get("eventTime") or "", now)
    last = table.age(obj[fields.last], now) if obj.get(fields.last) else first
    count, series = obj.get(fields.times) or 1, obj.get("series")
    if series is not None:
        last, count = table.age(series.get("lastObservedTime") or "", now), series.get("count") or 0
    target = obj.get(fields.target) or {}
    kind, name = (target.get("kind") or "").lower(), target.get("name")
    return (
        last,
        obj.get("type") or "",
        obj.get("reason") or "",
        f"{kind}/{name}" if name else kind,
        target.get("fieldPath") or "",
        source_of(obj, fields),
        (obj.get(fields.message) or "").strip(),
        first,
        count,
        table.name_of(obj),
    )


def source_of(obj: objects.Object, fields: Fields) -> str:
    """Who tells of the event, and where it runs."""
    source = obj.get(fields.source) or {}
    component = source.get("component") or obj.get(fields.reporter) or ""
    instance = source.get("host") or obj.get("reportingInstance")
    return f"{component}, {instance}" if instance else component
