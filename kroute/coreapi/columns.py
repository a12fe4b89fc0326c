"""Tables of built-in kinds: the columns of `data/columns.json` and the cells that go below them.

A cell is a path into the object (`.spec.nodeName|<none>`: what stands after the bar is shown for nothing), or a
function of `cells` (`pods.summary`), which may fill the columns after its own too; those name no cell.
Kinds that have no columns there show when they were created.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from types import ModuleType
from typing import Any, Final, NamedTuple

import orjson

from kroute.aio import clocks
from kroute.coreapi import cells
from kroute.coreapi.cells import (
    access,
    autoscalers,
    counts,
    events,
    metadata,
    nodes,
    pods,
    policies,
    services,
    volumes,
    workloads,
)
from kroute.machinery import context, gvk, objects
from kroute.storage import capabilities, options, table

MODULES: Final[Mapping[str, ModuleType]] = {
    module.__name__.rpartition(".")[2]: module
    for module in (
        access, autoscalers, counts, events, metadata, nodes, pods, policies, services, volumes, workloads,
    )
}  # fmt: skip
DEFAULT: Final = ("name", "created")
POD: Final = gvk.GroupVersionKind("", "v1", "Pod")
FLOW_SCHEMA: Final = gvk.GroupVersionKind("flowcontrol.apiserver.k8s.io", "v1", "FlowSchema")


class Step(NamedTuple):
    """What makes one cell, or several when `many`."""

    cell: cells.Cell
    many: bool


class KindTable:
    """The table of one kind.  `definitions` are TableColumnDefinitions."""

    def __init__(
        self,
        columns: Sequence[Mapping[str, Any]],
        *,
        conditions: Callable[[objects.Object], Sequence[Mapping[str, str]]] | None = None,
        order: Callable[[objects.Object], Any] | None = None,
    ) -> None:
        self.definitions = tuple(map(definition_of, columns))
        self._steps = steps_of(columns)
        self._conditions, self._order = conditions, order

    def __call__(self, items: Sequence[objects.Object], now: float) -> capabilities.Table:
        """The table of some objects; `now` is in seconds since the epoch."""
        if self._order is not None:
            items = sorted(items, key=self._order)
        conditions: dict[int, Sequence[Mapping[str, str]]] = {}
        if self._conditions is not None:
            conditions = {index: found for index, item in enumerate(items) if (found := self._conditions(item))}
        return capabilities.Table(self.definitions, [(self.cells(item, now), item) for item in items], conditions)

    def cells(self, item: objects.Object, now: float) -> list[Any]:
        """The cells of one object's row."""
        row: list[Any] = []
        for cell, many in self._steps:
            if many:
                row.extend(cell(item, now))
            else:
                row.append(cell(item, now))
        return row


class Tables:
    """The tables of all built-in kinds, each made when it is asked for."""

    def __init__(self, shared: Mapping[str, Mapping[str, Any]], kinds: Mapping[str, Sequence[Any]]) -> None:
        self._shared, self._kinds = shared, kinds
        self._made: dict[gvk.GroupVersionKind, KindTable] = {}

    @classmethod
    def load(cls) -> Tables:
        """The tables of kube-apiserver."""
        data = orjson.loads(resources.files("kroute.coreapi").joinpath("data", "columns.json").read_bytes())
        return cls(data["shared"], data["kinds"])

    def __contains__(self, kind: gvk.GroupVersionKind) -> bool:
        return f"{kind.api_version}/{kind.kind}" in self._kinds

    def table_for(self, kind: gvk.GroupVersionKind) -> KindTable:
        """The table of a kind."""
        found = self._made.get(kind)
        if found is None:
            columns = self._kinds.get(f"{kind.api_version}/{kind.kind}", DEFAULT)
            found = self._made[kind] = KindTable(
                [self._shared[column] if isinstance(column, str) else column for column in columns],
                conditions=pods.conditions if kind == POD else None,
                order=policies.precedence if kind == FLOW_SCHEMA else None,
            )
        return found

    def converter(self, kind: gvk.GroupVersionKind, *, clock: clocks.Clock | None = None) -> Converter:
        """The TableConverter of a kind's storage."""
        return Converter(self.table_for(kind), clock or clocks.SystemClock())


class Converter:
    """A TableConverter: one kind's table, at the time of the call."""

    def __init__(self, made: KindTable, clock: clocks.Clock) -> None:
        self._table, self._clock = made, clock

    async def convert_to_table(
        self, ctx: context.RequestContext, items: Sequence[objects.Object], options: options.TableOptions
    ) -> capabilities.Table:
        found = self._table(items, self._clock.now())
        return found if options.headers else found._replace(columns=())


def definition_of(column: Mapping[str, Any]) -> Mapping[str, Any]:
    return table.column(
        column["name"],
        column["type"],
        column["description"],
        layout=column.get("format", ""),
        priority=column.get("priority", 0),
    )


def steps_of(columns: Sequence[Mapping[str, Any]]) -> list[Step]:
    """How to make a row, with the columns that a function fills beside its own folded into it."""
    steps: list[Step] = []
    for column, after in zip(columns, [*columns[1:], None], strict=True):
        if "cell" in column:
            steps.append(Step(cell_of(column["cell"]), many=after is not None and "cell" not in after))
    return steps


def cell_of(text: str) -> cells.Cell:
    """What makes a cell from its name in the data."""
    if text.startswith("."):
        path, _, default = text.partition("|")
        return functools.partial(at_path, path[1:].split("."), value_of(default))
    module, _, function = text.partition(".")
    found: cells.Cell = getattr(MODULES[module], function)
    return found


def value_of(text: str) -> Any:
    """The default of a path: JSON where it is JSON, else a text."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def at_path(path: Sequence[str], default: Any, obj: Any, now: float) -> Any:
    """The value at a path, or the default where there is none or an empty text."""
    for key in path:
        obj = obj.get(key)
        if obj is None:
            return default
    return default if obj == "" else obj
