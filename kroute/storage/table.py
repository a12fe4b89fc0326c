"""Tables: what `kubectl get` prints, for storage objects that say nothing else: the name and the age.

Here too is how an age is told.  Mirrors `k8s.io/apimachinery/pkg/util/duration` and the default table converter
of custom resources.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from kroute.aio import clocks
from kroute.machinery import context, objects, times
from kroute.storage import capabilities, options

NAME_DESCRIPTION = (
    "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a "
    "client to request the generation of an appropriate name automatically. Name is primarily intended for creation "
    "idempotence and configuration definition. Cannot be updated. More info: "
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names"
)
CREATED_DESCRIPTION = (
    "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed "
    "to be set in happens-before order across separate operations. Clients may not set this value. It is represented "
    "in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: "
    "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"
)
UNKNOWN, INVALID = "<unknown>", "<invalid>"
MINUTE, HOUR, DAY, YEAR = 60, 3600, 86400, 365 * 86400


def column(name: str, kind: str, description: str, *, layout: str = "", priority: int = 0) -> Mapping[str, Any]:
    """A TableColumnDefinition."""
    return {"name": name, "type": kind, "format": layout, "description": description, "priority": priority}


NAME_COLUMN = column("Name", "string", NAME_DESCRIPTION, layout="name")
AGE_COLUMN = column("Age", "date", CREATED_DESCRIPTION)


class DefaultTable:
    """The TableConverter of a storage that has none: Name and Age."""

    def __init__(self, *, clock: clocks.Clock | None = None) -> None:
        self._clock = clock or clocks.SystemClock()

    async def convert_to_table(
        self, ctx: context.RequestContext, items: Sequence[objects.Object], options: options.TableOptions
    ) -> capabilities.Table:
        now = self._clock.now()
        rows = [((name_of(item), age(created_of(item), now)), item) for item in items]
        return capabilities.Table((NAME_COLUMN, AGE_COLUMN) if options.headers else (), rows)


def name_of(item: objects.Object) -> str:
    metadata: Any = item.get("metadata") or {}
    return metadata.get("name", "")  # type: ignore[no-any-return]


def created_of(item: objects.Object) -> Any:
    metadata: Any = item.get("metadata") or {}
    return metadata.get("creationTimestamp") or ""


def age(moment: str, now: float) -> str:
    """How long ago a time is, in the few characters of a table's cell; `now` is in seconds since the epoch."""
    if not moment:
        return UNKNOWN
    try:
        then = times.parse(moment)
    except times.TimeError:
        return INVALID
    return duration((datetime.fromtimestamp(now, UTC) - then).total_seconds())


def duration(seconds: float) -> str:
    """A span of time in the two largest units that still say something."""
    whole = int(seconds)
    if whole < -1:
        return INVALID
    if whole < 0:
        return "0s"
    if whole < 2 * MINUTE:
        return f"{whole}s"
    if whole < 10 * MINUTE:
        return _two(whole, MINUTE, "m", 1, "s")
    if whole < 3 * HOUR:
        return f"{whole // MINUTE}m"
    if whole < 8 * HOUR:
        return _two(whole, HOUR, "h", MINUTE, "m")
    if whole < 2 * DAY:
        return f"{whole // HOUR}h"
    if whole < 8 * DAY:
        return _two(whole, DAY, "d", HOUR, "h")
    if whole < 2 * YEAR:
        return f"{whole // DAY}d"
    if whole < 8 * YEAR:
        return _two(whole, YEAR, "y", DAY, "d")
    return f"{whole // YEAR}y"


def _two(whole: int, unit: int, mark: str, small: int, small_mark: str) -> str:
    rest = whole % unit // small
    return f"{whole // unit}{mark}{rest}{small_mark}" if rest else f"{whole // unit}{mark}"
