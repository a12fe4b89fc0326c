"""Printer columns: the cells of `kubectl get`, taken from objects by JSONPath.

A cell is shown by its column's type, and is null where the object has nothing, or something of another type.
Mirrors the table converter of `k8s.io/apiextensions-apiserver`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from kroute.aio import clocks
from kroute.kinds import definition
from kroute.machinery import context, jsonpath, objects
from kroute.storage import capabilities, options, table

Cell: TypeAlias = Callable[[objects.Object, float], Any]
"""Makes one cell of an object; the number is the present, in seconds since the epoch."""

AGE = definition.Column(
    name="Age", type="date", path=".metadata.creationTimestamp", description=table.CREATED_DESCRIPTION
)
SCALE = (
    definition.Column(name="Desired", type="integer", path=".spec.replicas", description="Number of desired replicas"),
    definition.Column(
        name="Available", type="integer", path=".status.replicas", description="Number of actual replicas"
    ),
    AGE,
)
"""The columns of every scale subresource."""

MISSING = object()


class Columns:
    """A TableConverter: the name, then the given columns or, without any, the age."""

    def __init__(self, columns: Sequence[definition.Column] = (), *, clock: clocks.Clock | None = None) -> None:
        chosen = columns or (AGE,)
        self.definitions: Sequence[Mapping[str, Any]] = (table.NAME_COLUMN, *map(definition_of, chosen))
        self._cells = [cell_of(column) for column in chosen]
        self._clock = clock or clocks.SystemClock()

    async def convert_to_table(
        self, ctx: context.RequestContext, items: Sequence[objects.Object], options: options.TableOptions
    ) -> capabilities.Table:
        now = self._clock.now()
        rows = [([table.name_of(item), *(cell(item, now) for cell in self._cells)], item) for item in items]
        return capabilities.Table(self.definitions if options.headers else (), rows)


def definition_of(column: definition.Column) -> Mapping[str, Any]:
    """The TableColumnDefinition of a column."""
    description = column.description or f"Custom resource definition column (in JSONPath format): {column.path}"
    return table.column(column.name, column.type, description, layout=column.format, priority=column.priority)


def cell_of(column: definition.Column) -> Cell:
    """What makes the cells of a column.  Raises JSONPathError for a path that can't be read."""
    first = jsonpath.compiled(column.path).first
    show = SHOWN[column.type]

    def cell(item: objects.Object, now: float) -> Any:
        value = first(item, MISSING)
        return None if value is MISSING else show(value, now)

    return cell


def _text(value: Any, now: float) -> Any:
    return jsonpath.show(value)


def _integer(value: Any, now: float) -> Any:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _number(value: Any, now: float) -> Any:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _boolean(value: Any, now: float) -> Any:
    return value if isinstance(value, bool) else None


def _date(value: Any, now: float) -> Any:
    return table.age(value, now) if isinstance(value, str) else None


SHOWN: Mapping[str, Callable[[Any, float], Any]] = {
    "string": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
}
