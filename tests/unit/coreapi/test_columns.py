"""The columns of built-in kinds are kube-apiserver's (`recorded_columns.json`), and each has something to show."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from kroute.aio import clocks
from kroute.coreapi import columns, rows
from kroute.machinery import context, gvk
from kroute.storage import options

RECORDED: Mapping[str, Sequence[Mapping[str, Any]]] = json.loads(
    Path(__file__).with_name("recorded_columns.json").read_text("utf-8")
)
TABLES = columns.Tables.load()
KINDS = [row.gvk(version) for row in rows.Rows.load() for version in row.versions if row.stored]
NOW = 1_700_000_000.0


def kind_of(text: str) -> gvk.GroupVersionKind:
    api_version, _, kind = text.rpartition("/")
    return gvk.GroupVersionKind(*gvk.GroupVersion.parse(api_version), kind)


@pytest.mark.parametrize("kind", RECORDED)
def test_columns_equal_the_recorded_ones(kind: str) -> None:
    assert list(TABLES.table_for(kind_of(kind)).definitions) == RECORDED[kind]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_each_kind_that_is_stored_has_columns(kind: gvk.GroupVersionKind) -> None:
    assert kind in TABLES


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_an_object_with_nothing_in_it_has_a_cell_for_each_column(kind: gvk.GroupVersionKind) -> None:
    table = TABLES.table_for(kind)
    empty: list[dict[str, Any]] = [{}, {"metadata": {}, "spec": {}, "status": {}}, {"metadata": None, "spec": None}]
    for obj in empty:
        assert len(table.cells(obj, NOW)) == len(table.definitions)


def test_a_kind_without_columns_shows_when_it_was_created() -> None:
    table = TABLES.table_for(kind_of("v1/LimitRange"))
    created = "2023-11-14T22:13:15Z"
    assert [column["name"] for column in table.definitions] == ["Name", "Created At"]
    assert table.cells({"metadata": {"name": "a", "creationTimestamp": created}}, NOW) == ["a", created]
    assert TABLES.table_for(kind_of("v1/Unheard")).definitions == table.definitions


def test_a_table_has_a_row_for_each_object() -> None:
    items = [{"metadata": {"name": name}, "data": {"k": "v"}} for name in "ba"]
    table = TABLES.table_for(kind_of("v1/ConfigMap"))(items, NOW)
    assert [(list(cells), item) for cells, item in table.rows] == [
        (["b", 1, "<unknown>"], items[0]),
        (["a", 1, "<unknown>"], items[1]),
    ]
    assert not table.conditions


def test_flow_schemas_are_sorted_by_precedence() -> None:
    items = [
        {"metadata": {"name": name}, "spec": {"matchingPrecedence": precedence}}
        for name, precedence in (("c", 2), ("b", 1), ("a", 2))
    ]
    table = TABLES.table_for(kind_of("flowcontrol.apiserver.k8s.io/v1/FlowSchema"))(items, NOW)
    assert [item["metadata"]["name"] for _, item in table.rows] == ["b", "a", "c"]


def test_rows_of_pods_that_are_done_say_so() -> None:
    items = [{"metadata": {"name": phase}, "status": {"phase": phase}} for phase in ("Running", "Succeeded", "Failed")]
    table = TABLES.table_for(kind_of("v1/Pod"))(items, NOW)
    assert {number: [found["reason"] for found in conditions] for number, conditions in table.conditions.items()} == {
        1: ["Succeeded"],
        2: ["Failed"],
    }
    assert table.conditions[1] == (
        {
            "type": "Completed",
            "status": "True",
            "reason": "Succeeded",
            "message": "The pod has completed successfully.",
        },
    )


async def test_a_converter_leaves_out_the_columns_that_a_client_has_already() -> None:
    converter = TABLES.converter(kind_of("v1/Namespace"), clock=clocks.ManualClock(NOW))
    ctx = context.RequestContext()
    items = [{"metadata": {"name": "a", "creationTimestamp": "2023-11-14T22:13:15Z"}, "status": {"phase": "Active"}}]
    with_headers = await converter.convert_to_table(ctx, items, options.TableOptions())
    without = await converter.convert_to_table(ctx, items, options.TableOptions(headers=False))
    assert [column["name"] for column in with_headers.columns] == ["Name", "Status", "Age"]
    assert without.columns == ()
    assert without.rows == with_headers.rows == [(["a", "Active", "5s"], items[0])]
