"""Defaults: where they come in, and where not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kroute.schema import compiling, defaulting

INNER = {
    "type": "object",
    "properties": {"b": {"type": "integer", "default": 1}, "c": {"type": "string"}},
}
PROPERTIES = {
    "a": {"type": "string", "default": "x"},
    "nested": INNER,
    "given": {**INNER, "default": {}},
    "full": {**INNER, "default": {"c": "set"}},
    "list": {"type": "array", "items": INNER},
    "map": {"type": "object", "additionalProperties": INNER},
    "nulls": {"type": "string", "nullable": True, "default": "n"},
    "numbers": {"type": "array", "items": {"type": "integer", "default": 7}},
    "texts": {"type": "object", "additionalProperties": {"type": "string", "default": "t"}},
}
ALWAYS = {"a": "x", "given": {"b": 1}, "full": {"c": "set", "b": 1}, "nulls": "n"}


@pytest.mark.parametrize(
    "spec, wanted",
    [
        ({}, ALWAYS),
        ({"a": "y", "nested": {}}, {**ALWAYS, "a": "y", "nested": {"b": 1}}),
        ({"nested": {"b": 2}, "given": {"c": "z"}}, {**ALWAYS, "nested": {"b": 2}, "given": {"c": "z", "b": 1}}),
        ({"list": [{}, {"b": 3}]}, {**ALWAYS, "list": [{"b": 1}, {"b": 3}]}),
        ({"map": {"k": {}}}, {**ALWAYS, "map": {"k": {"b": 1}}}),
        ({"a": None, "nulls": None}, {**ALWAYS, "nulls": None}),
        ({"numbers": [None, 1]}, {**ALWAYS, "numbers": [7, 1]}),
        ({"texts": {"k": None, "l": "x"}}, {**ALWAYS, "texts": {"k": "t", "l": "x"}}),
    ],
)
def test_defaults_fill_what_is_absent(custom: Callable[..., Any], spec: Any, wanted: Any) -> None:
    assert custom(PROPERTIES).spec(spec) == wanted


def test_nothing_is_made_for_an_absent_object_without_a_default(custom: Callable[..., Any]) -> None:
    assert custom(PROPERTIES).take({}) == ({}, [])
    assert custom(PROPERTIES).spec("text") == "text"


def test_objects_do_not_share_their_defaults(custom: Callable[..., Any]) -> None:
    made = custom({"l": {"type": "array", "items": {"type": "string"}, "default": ["a"]}})
    one, other = made.spec({}), made.spec({})
    one["l"].append("b")
    assert other == {"l": ["a"]}


def test_a_schema_without_defaults_needs_no_visit() -> None:
    node = compiling.compile_schema({"type": "object", "properties": {"a": {"type": "string"}}})
    assert not defaulting.Defaulter(node).needed


def test_defaults_of_a_schema_that_holds_itself() -> None:
    tree = {"type": "object", "properties": {"v": {"default": 1}, "below": {"$ref": "#/x/Tree"}}}
    node = compiling.compile_schema({"$ref": "#/x/Tree"}, resolve={"Tree": tree}.__getitem__)
    obj: dict[str, Any] = {"below": {"below": {}}}
    defaulting.Defaulter(node).default(obj)
    assert obj == {"v": 1, "below": {"v": 1, "below": {"v": 1}}}
