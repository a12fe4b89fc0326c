"""Cells are shown by their column's type, and are null where the object has nothing that fits."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.aio import clocks
from kroute.kinds import columns, definition
from kroute.machinery import context
from kroute.storage import options, table

NOW = 1_700_000_000.0
ITEM: dict[str, Any] = {
    "metadata": {
        "name": "a",
        "labels": {"app.kubernetes.io/name": "nm"},
        "creationTimestamp": "2023-11-14T22:13:00Z",
    },
    "spec": {
        "s": "x",
        "i": 5,
        "f": 1.5,
        "b": True,
        "d": "2023-11-14T22:08:20Z",
        "l": [{"n": "p"}, {"n": "q"}],
        "o": {"x": "y"},
        "ss": ["a", "b"],
    },
}


async def cells(*made: definition.Column, item: dict[str, Any] = ITEM) -> list[Any]:
    converter = columns.Columns(made, clock=clocks.ManualClock(NOW))
    found = await converter.convert_to_table(context.RequestContext(), [item], options.TableOptions())
    assert [column["name"] for column in found.columns] == ["Name", *(column.name for column in made)]
    return list(found.rows[0][0])


@pytest.mark.parametrize(
    "path, type, cell",
    [
        (".spec.s", "string", "x"),
        (".spec.i", "string", "5"),
        (".spec.b", "string", "true"),
        (".spec.o", "string", '{"x":"y"}'),
        (".spec.ss", "string", '["a","b"]'),
        (".spec.l[0].n", "string", "p"),
        (".spec.l[*].n", "string", "p"),
        ('.spec.l[?(@.n=="q")].n', "string", "q"),
        (".metadata.labels.app\\.kubernetes\\.io/name", "string", "nm"),
        (".spec.i", "integer", 5),
        (".spec.f", "integer", 1),
        (".spec.s", "integer", None),
        (".spec.b", "integer", None),
        (".spec.f", "number", 1.5),
        (".spec.s", "number", None),
        (".spec.b", "boolean", True),
        (".spec.s", "boolean", None),
        (".spec.d", "date", "5m"),
        (".spec.s", "date", "<invalid>"),
        (".spec.i", "date", None),
        (".spec.none", "string", None),
        (".none.at.all", "date", None),
    ],
)
async def test_a_cell_is_shown_by_its_type(path: str, type: str, cell: Any) -> None:  # noqa: A002
    assert await cells(definition.Column(name="C", path=path, type=type)) == ["a", cell]


async def test_without_columns_there_is_the_age() -> None:
    converter = columns.Columns(clock=clocks.ManualClock(NOW))
    found = await converter.convert_to_table(context.RequestContext(), [ITEM], options.TableOptions())
    assert found.columns == (table.NAME_COLUMN, table.AGE_COLUMN)
    assert found.rows == [(["a", "20s"], ITEM)]


async def test_headers_can_be_left_out() -> None:
    converter = columns.Columns()
    found = await converter.convert_to_table(context.RequestContext(), [ITEM], options.TableOptions(headers=False))
    assert found.columns == ()


def test_a_column_is_described() -> None:
    column = definition.Column(name="Int", path=".spec.i", type="integer", format="int32", priority=1)
    assert columns.definition_of(column) == {
        "name": "Int",
        "type": "integer",
        "format": "int32",
        "description": "Custom resource definition column (in JSONPath format): .spec.i",
        "priority": 1,
    }


async def test_the_columns_of_a_scale_leave_zero_replicas_open() -> None:
    item = {"metadata": {"name": "a"}, "spec": {}, "status": {"replicas": 0}}
    assert await cells(*columns.SCALE, item=item) == ["a", None, 0, None]
