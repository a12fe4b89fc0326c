"""Pruning: unknown fields and unwanted nulls go, and their paths are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kroute.schema import compiling, pruning

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


def thing(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


PROPERTIES = {
    "a": TEXT,
    "nested": thing(b=NUMBER),
    "list": {"type": "array", "items": thing(c=TEXT)},
    "map": {"type": "object", "additionalProperties": thing(d=TEXT)},
    "free": {"x-kubernetes-preserve-unknown-fields": True, **thing(known=thing(e=TEXT))},
    "empty": {"type": "object"},
}


def test_unknown_fields_go_and_are_told_sorted(custom: Callable[..., Any]) -> None:
    spec = {
        "a": "x",
        "zz": 1,
        "nested": {"b": 1, "y": 2},
        "list": [{"c": "1", "x": 2}, {"w": 3}],
        "map": {"k": {"d": "1", "v": 2}},
        "free": {"any": {"thing": 1}, "known": {"e": "1", "pruned": 2}},
        "empty": {"gone": 1},
    }
    taken, strict = custom(PROPERTIES).take({"spec": spec, "top": "dropped", "status": {"dropped": True}})
    assert taken == {
        "spec": {
            "a": "x",
            "nested": {"b": 1},
            "list": [{"c": "1"}, {}],
            "map": {"k": {"d": "1"}},
            "free": {"any": {"thing": 1}, "known": {"e": "1"}},
            "empty": {},
        }
    }
    paths = ["spec.empty.gone", "spec.free.known.pruned", "spec.list[0].x", "spec.list[1].w", "spec.map.k.v"]
    paths += ["spec.nested.y", "spec.zz", "status", "top"]
    assert strict == [f'unknown field "{path}"' for path in paths]


def test_kind_api_version_and_metadata_stay(custom: Callable[..., Any]) -> None:
    obj = {"apiVersion": "a/v1", "kind": "W", "metadata": {"name": "x"}}
    assert custom().take(obj) == (obj, [])


def test_lists_in_lists_and_objects_for_scalars(custom: Callable[..., Any]) -> None:
    made = custom({"ll": {"type": "array", "items": {"type": "array", "items": thing(a=TEXT)}}, "s": TEXT})
    taken, strict = made.take({"spec": {"ll": [[{"a": "1", "b": 2}]], "s": {"x": 1}}})
    assert taken == {"spec": {"ll": [[{"a": "1"}]], "s": {}}}
    assert strict == ['unknown field "spec.ll[0][0].b"', 'unknown field "spec.s.x"']


def test_a_schema_that_preserves_unknown_fields_keeps_all(custom: Callable[..., Any]) -> None:
    made = custom(schema={"type": "object", "x-kubernetes-preserve-unknown-fields": True})
    obj = {"spec": {"x": [{"y": None}]}, "more": 1}
    assert made.take(obj) == (obj, [])


def test_items_below_a_preserving_list_are_kept(custom: Callable[..., Any]) -> None:
    free = {"type": "array", "x-kubernetes-preserve-unknown-fields": True, "items": thing(known=thing(a=TEXT))}
    taken, strict = custom({"l": free}).take({"spec": {"l": [{"other": 1, "known": {"a": "1", "b": 2}}]}})
    assert taken == {"spec": {"l": [{"other": 1, "known": {"a": "1"}}]}}
    assert strict == ['unknown field "spec.l[0].known.b"']


NULLS = {
    "nn": {"type": "string", "nullable": True},
    "no": {"nullable": True, **thing(a={"type": "integer", "nullable": True})},
    "nl": {"type": "array", "items": {"type": "string", "nullable": True}},
    "any": {"x-kubernetes-preserve-unknown-fields": True},
    "plain": TEXT,
    "map": {"type": "object", "additionalProperties": TEXT},
    "def": {"type": "string", "default": "d"},
}


@pytest.mark.parametrize(
    "spec, wanted",
    [
        ({"nn": None, "no": None, "nl": [None, "a"]}, {"nn": None, "no": None, "nl": [None, "a"], "def": "d"}),
        ({"no": {"a": None}}, {"no": {"a": None}, "def": "d"}),
        ({"plain": None, "nn": "x"}, {"nn": "x", "def": "d"}),
        ({"any": None}, {"def": "d"}),
        ({"any": [1, {"x": None}]}, {"any": [1, {"x": None}], "def": "d"}),
        ({"map": {"a": None, "b": "1"}}, {"map": {"b": "1"}, "def": "d"}),
        ({"def": None}, {"def": "d"}),
    ],
)
def test_nulls_go_where_they_mean_nothing(custom: Callable[..., Any], spec: Any, wanted: Any) -> None:
    assert custom(NULLS).spec(spec) == wanted


def test_whole_floats_become_integers(custom: Callable[..., Any]) -> None:
    taken = custom({"n": {"type": "number"}, "any": PROPERTIES["free"]}).spec(
        {"n": 2.0, "any": {"x": [1.0, 1.5, 1e300]}}
    )
    assert taken == {"n": 2, "any": {"x": [1, 1.5, 1e300]}}
    assert type(taken["n"]) is type(taken["any"]["x"][0]) is int


def test_a_schema_may_hold_itself() -> None:
    definitions = {
        "Tree": {"type": "object", "properties": {"v": TEXT, "below": {"$ref": "#/components/schemas/Tree"}}}
    }
    node = compiling.compile_schema({"$ref": "#/components/schemas/Tree"}, resolve=definitions.__getitem__)
    obj: dict[str, Any] = {"v": "1", "below": {"below": {"v": "2", "x": 3}, "y": 1}}
    assert pruning.Pruner(node).prune(obj) == ["below.below.x", "below.y"]
    assert obj == {"v": "1", "below": {"below": {"v": "2"}}}
