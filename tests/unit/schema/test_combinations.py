"""anyOf, oneOf, allOf and not: causes as kube-apiserver words them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

A, B = {"type": "string"}, {"type": "integer"}
ONE = {"type": "object", "properties": {"a": A, "b": A}, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}
ANY = {
    "type": "object",
    "properties": {"a": A, "b": B},
    "anyOf": [{"required": ["a"]}, {"properties": {"b": {"minimum": 5}}, "required": ["b"]}],
}
NOT = {"type": "string", "not": {"enum": ["root", "admin"]}}
ALL = {"type": "string", "allOf": [{"pattern": "^a"}, {"minLength": 3}]}
NOT_REQUIRED = {"type": "object", "properties": {"x": A, "y": A}, "not": {"required": ["x", "y"]}}
PROPERTIES = {"one": ONE, "any": ANY, "not": NOT, "all": ALL, "notreq": NOT_REQUIRED}

INVALID, REQUIRED = "FieldValueInvalid", "FieldValueRequired"


def told(text: str) -> tuple[str, str, str]:
    return INVALID, "<nil>", f'Invalid value: "": {text}'


@pytest.mark.parametrize(
    "spec, causes",
    [
        (
            {"one": {}},
            [
                told('"spec.one" must validate one and only one schema (oneOf). Found none valid'),
                (REQUIRED, "spec.one.a", "Required value"),
            ],
        ),
        (
            {"one": {"a": "1", "b": "2"}},
            [told('"spec.one" must validate one and only one schema (oneOf). Found 2 valid alternatives')],
        ),
        (
            {"any": {}},
            [
                told('"spec.any" must validate at least one schema (anyOf)'),
                (REQUIRED, "spec.any.a", "Required value"),
            ],
        ),
        (
            {"any": {"b": 4}},
            [
                told('"spec.any" must validate at least one schema (anyOf)'),
                (INVALID, "spec.any.b", "Invalid value: 4: spec.any.b in body should be greater than or equal to 5"),
            ],
        ),
        ({"not": "root"}, [told('"spec.not" must not validate the schema (not)')]),
        (
            {"all": "bbb"},
            [
                (INVALID, "spec.all", "Invalid value: \"bbb\": spec.all in body should match '^a'"),
                told('"spec.all" must validate all the schemas (allOf)'),
            ],
        ),
        (
            {"all": "a"},
            [
                (INVALID, "spec.all", 'Invalid value: "a": spec.all in body should be at least 3 chars long'),
                told('"spec.all" must validate all the schemas (allOf)'),
            ],
        ),
        (
            {"all": "b"},
            [
                (INVALID, "spec.all", "Invalid value: \"b\": spec.all in body should match '^a'"),
                (INVALID, "spec.all", 'Invalid value: "b": spec.all in body should be at least 3 chars long'),
                told('"spec.all" must validate all the schemas (allOf). None validated'),
            ],
        ),
        ({"notreq": {"x": "1", "y": "2"}}, [told('"spec.notreq" must not validate the schema (not)')]),
        ({"one": {"a": "1"}, "any": {"b": 6}, "not": "guest", "all": "abc", "notreq": {"x": "1"}}, []),
    ],
)
def test_combined_schemas(custom: Callable[..., Any], spec: Any, causes: list[Any]) -> None:
    assert custom(PROPERTIES).causes(spec) == causes


def test_the_best_matching_alternative_explains(custom: Callable[..., Any]) -> None:
    """Of several that fail, the one that got furthest tells its errors."""
    choices = [
        {"required": ["x"]},
        {"required": ["kind", "size"], "properties": {"kind": {"enum": ["big"]}, "size": {"minimum": 10}}},
    ]
    thing = {"type": "object", "properties": {"x": A, "kind": A, "size": B}, "oneOf": choices}
    found = custom({"thing": thing}).causes({"thing": {"kind": "big", "size": 5}})
    assert [cause[1] for cause in found] == ["<nil>", "spec.thing.size"]
