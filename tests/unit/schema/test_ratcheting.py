"""What was wrong before and didn't change is tolerated in updates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

TIGHT: dict[str, Any] = {
    "a": {"type": "string", "pattern": "^[A-Z]+$"},
    "b": {"type": "integer", "minimum": 5},
    "l": {"type": "array", "items": {"type": "string", "minLength": 2}},
}
OLD = {"a": "lower", "b": 1, "l": ["x", "y"]}


def fields(found: list[tuple[str, str, str]]) -> list[str]:
    return [field for _, field, _ in found]


@pytest.mark.parametrize(
    "change, wrong",
    [
        ({}, []),
        ({"b": 2}, ["spec.b"]),
        ({"b": 6}, []),
        ({"a": "still-lower"}, ["spec.a"]),
        ({"l": ["x", "zz"]}, ["spec.l[0]"]),
    ],
)
def test_only_changed_parts_are_checked(custom: Callable[..., Any], change: Any, wrong: list[str]) -> None:
    assert fields(custom(TIGHT, required=["a"]).causes({**OLD, **change}, OLD)) == wrong


def test_a_new_object_is_checked_whole(custom: Callable[..., Any]) -> None:
    assert fields(custom(TIGHT).causes(OLD)) == ["spec.a", "spec.b", "spec.l[0]", "spec.l[1]"]


def test_items_of_list_maps_are_compared_by_key(custom: Callable[..., Any]) -> None:
    item = {"type": "object", "properties": {"name": {"type": "string"}, "v": {"type": "integer", "minimum": 5}}}
    ports = {
        "type": "array",
        "items": item,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
    }
    made = custom({"ports": ports})
    old = {"ports": [{"name": "a", "v": 1}, {"name": "b", "v": 2}]}
    assert fields(made.causes({"ports": [{"name": "b", "v": 2}, {"name": "a", "v": 1}]}, old)) == []
    assert fields(made.causes({"ports": [{"name": "b", "v": 2}, {"name": "a", "v": 3}]}, old)) == ["spec.ports[1].v"]
    assert fields(made.causes({"ports": [{"name": "c", "v": 1}]}, old)) == ["spec.ports[0].v"]


def test_a_missing_field_is_tolerated_while_its_object_stays_the_same(custom: Callable[..., Any]) -> None:
    made = custom(
        {"o": {"type": "object", "properties": {"x": {"type": "string"}}, "required": ["y"]}, "n": {"type": "string"}}
    )
    assert fields(made.causes({"o": {"x": "1"}, "n": "new"}, {"o": {"x": "1"}, "n": "old"})) == []
    assert fields(made.causes({"o": {"x": "2"}}, {"o": {"x": "1"}})) == ["spec.o.y"]


def test_true_is_not_one(custom: Callable[..., Any]) -> None:
    assert fields(custom({"b": {"type": "boolean"}}).causes({"b": 1}, {"b": True})) == ["spec.b"]


def test_repeated_items_are_tolerated_where_there_were_some(custom: Callable[..., Any]) -> None:
    made = custom({"s": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"}})
    assert fields(made.causes({"s": ["q", "q", "r"]}, {"s": ["q", "q"]})) == []
    assert fields(made.causes({"s": ["q", "q"]}, {"s": ["q"]})) == ["spec.s[1]"]
