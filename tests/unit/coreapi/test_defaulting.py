"""Defaults of built-in kinds: what kube-apiserver was seen to fill in (`recorded_defaults.json`), and the machinery."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kroute.coreapi import defaulting, filling
from kroute.machinery import gvk, objects
from kroute.schema import builtin, gotypes
from tests.unit.coreapi import harness

RECORDED = json.loads(Path(__file__).with_name("recorded_defaults.json").read_text("utf-8"))
WIDGET = gvk.GroupVersionKind("example.com", "v1", "Widget")
TABLE = defaulting.Table.load()
KNOWN = builtin.Definitions.kubernetes()
NAMED = sorted({*TABLE.values, *TABLE.zeros, *TABLE.quantities, *filling.all_fills()})


def reference(name: str) -> Mapping[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def toys(**definitions: Mapping[str, Any]) -> builtin.Definitions:
    kind = {"group": WIDGET.group, "version": WIDGET.version, "kind": WIDGET.kind}
    widget = {"type": "object", "x-kubernetes-group-version-kind": [kind], **definitions.pop("Widget")}
    return builtin.Definitions.of({"Widget": widget, **definitions})


def table(**values: Mapping[str, Any]) -> defaulting.Table:
    return defaulting.Table(values, {}, {})


def filled(defaulter: defaulting.Defaulter, obj: objects.Object) -> objects.Object:
    defaulter.default(WIDGET, obj)
    return obj


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case["about"])
def test_objects_get_what_the_reference_gave_them(case: Mapping[str, Any], make: harness.Maker) -> None:
    made = make(case["kind"], case["body"])
    for key in ("apiVersion", "kind", "metadata", "status"):
        made.pop(key, None)
    assert made == case["answer"]


@pytest.mark.parametrize("name", NAMED)
def test_each_definition_of_the_table_exists(name: str) -> None:
    assert name in KNOWN


@pytest.mark.parametrize("name", sorted({*TABLE.values, *TABLE.zeros, *TABLE.quantities}))
def test_each_field_of_the_table_exists(name: str) -> None:
    fields = gotypes.Types.load().get(gotypes.name_of(name)).fields
    assert {*TABLE.values.get(name, ()), *TABLE.zeros.get(name, ()), *TABLE.quantities.get(name, ())} <= fields.keys()


def test_a_kind_that_nobody_knows_is_left_as_it_is() -> None:
    assert filled(defaulting.Defaulter(KNOWN), {"spec": {"replicas": None}}) == {"spec": {"replicas": None}}


def test_what_is_set_stays() -> None:
    known = toys(Widget={"properties": {"size": {"type": "integer"}, "colour": {"type": "string"}}})
    defaulter = defaulting.Defaulter(known, table=table(Widget={"size": 3, "colour": "red"}), fills={})
    assert filled(defaulter, {"size": 0}) == {"size": 0, "colour": "red"}
    assert filled(defaulter, {"colour": ""}) == {"size": 3, "colour": ""}


def test_zeros_count_as_unset_where_the_table_says_so() -> None:
    known = toys(Widget={"properties": {"size": {"type": "integer"}}})
    defaulter = defaulting.Defaulter(known, table=defaulting.Table({}, {"Widget": {"size": 3}}, {}), fills={})
    assert filled(defaulter, {"size": 0}) == {"size": 3}


def test_defaults_are_not_shared_between_objects() -> None:
    known = toys(Widget={"properties": {"labels": {"type": "object"}}})
    defaulter = defaulting.Defaulter(known, table=table(Widget={"labels": {}}), fills={})
    filled(defaulter, {})["labels"]["a"] = "b"
    assert filled(defaulter, {}) == {"labels": {}}


def test_defaults_hold_wherever_a_definition_stands() -> None:
    below = {
        "one": reference("Part"),
        "wrapped": {"allOf": [reference("Part")]},
        "list": {"type": "array", "items": reference("Part")},
        "map": {"type": "object", "additionalProperties": reference("Part")},
    }
    known = toys(Widget={"properties": below}, Part={"type": "object", "properties": {"size": {"type": "integer"}}})
    defaulter = defaulting.Defaulter(known, table=table(Part={"size": 1}), fills={})
    part = {"size": 1}
    assert filled(defaulter, {"one": {}, "list": [{}, {"size": 2}], "map": {"a": {}}}) == {
        "one": part,
        "list": [part, {"size": 2}],
        "map": {"a": part},
    }


def test_parts_that_are_not_there_are_not_made() -> None:
    known = toys(Widget={"properties": {"one": reference("Part")}}, Part={"properties": {"size": {"type": "integer"}}})
    defaulter = defaulting.Defaulter(known, table=table(Part={"size": 1}), fills={})
    assert filled(defaulter, {}) == {}
    assert filled(defaulter, {"one": None}) == {"one": None}


def test_definitions_may_hold_themselves() -> None:
    known = toys(
        Widget={"properties": {"tree": reference("Tree")}},
        Tree={"properties": {"size": {"type": "integer"}, "below": {"type": "array", "items": reference("Tree")}}},
    )
    defaulter = defaulting.Defaulter(known, table=table(Tree={"size": 1}), fills={})
    tree = {"tree": {"size": 1, "below": [{"size": 2, "below": [{"size": 1}]}]}}
    assert filled(defaulter, {"tree": {"below": [{"size": 2, "below": [{}]}]}}) == tree


def test_functions_come_after_defaults_and_before_what_is_below() -> None:
    def with_part(obj: objects.Object) -> None:
        obj["part"] = {"of": obj["size"]}

    known = toys(Widget={"properties": {"part": reference("Part")}}, Part={"properties": {"x": {"type": "integer"}}})
    defaulter = defaulting.Defaulter(known, table=table(Widget={"size": 2}, Part={"x": 1}), fills={"Widget": with_part})
    assert filled(defaulter, {}) == {"size": 2, "part": {"of": 2, "x": 1}}


def test_only_places_where_something_can_be_done_are_visited() -> None:
    known = toys(
        Widget={"properties": {"idle": reference("Idle"), "busy": reference("Busy")}},
        Idle={"properties": {"deeper": reference("Leaf")}},
        Busy={"properties": {"size": {"type": "integer"}}},
        Leaf={"properties": {"size": {"type": "integer"}}},
    )
    defaulter = defaulting.Defaulter(known, table=table(Busy={"size": 1}), fills={})
    assert [child.field for child in defaulter.compile("Widget").children] == ["busy"]
