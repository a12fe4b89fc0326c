"""Values against a schema: causes as kube-apiserver words them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

TYPE, INVALID, REQUIRED = "FieldValueTypeInvalid", "FieldValueInvalid", "FieldValueRequired"
UNSUPPORTED, LONG, MANY = "FieldValueNotSupported", "FieldValueTooLong", "FieldValueTooMany"

TYPES: dict[str, Any] = {
    "s": {"type": "string"},
    "i": {"type": "integer"},
    "n": {"type": "number"},
    "b": {"type": "boolean"},
    "l": {"type": "array", "items": {"type": "string"}},
    "o": {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]},
    "m": {"type": "object", "additionalProperties": {"type": "integer"}},
}


def wrong(field: str, wanted: str, found: str) -> tuple[str, str, str]:
    path = f"spec.{field}"
    return TYPE, path, f'Invalid value: "{found}": {path} in body must be of type {wanted}: "{found}"'


@pytest.mark.parametrize(
    "spec, causes",
    [
        ({}, [(REQUIRED, "spec.s", "Required value")]),
        ({"s": 1}, [wrong("s", "string", "integer")]),
        ({"s": None}, [(REQUIRED, "spec.s", "Required value")]),
        ({"s": "x", "i": "1"}, [wrong("i", "integer", "string")]),
        (
            {"s": "x", "i": 1.5},
            [
                wrong("i", "integer", "number"),
                (
                    INVALID,
                    "<nil>",
                    'Invalid value: "": Checked value must be of type integer (default format) in spec.i',
                ),
            ],
        ),
        ({"s": "x", "i": 2.0}, []),
        ({"s": "x", "n": True}, [wrong("n", "number", "boolean")]),
        ({"s": "x", "n": 1}, []),
        ({"s": "x", "b": "true"}, [wrong("b", "boolean", "string")]),
        ({"s": "x", "b": 1}, [wrong("b", "boolean", "integer")]),
        ({"s": "x", "l": "a"}, [wrong("l", "array", "string")]),
        ({"s": "x", "l": ["a", 2]}, [wrong("l[1]", "string", "integer")]),
        ({"s": "x", "o": []}, [wrong("o", "object", "array")]),
        ({"s": "x", "o": {}}, [(REQUIRED, "spec.o.x", "Required value")]),
        ({"s": "x", "m": {"k": "v"}}, [wrong("m.k", "integer", "string")]),
        ({"s": "x", "i": None}, []),
        ("x", [(TYPE, "spec", 'Invalid value: "string": spec in body must be of type object: "string"')]),
        (None, []),
    ],
)
def test_values_have_the_declared_type(custom: Callable[..., Any], spec: Any, causes: list[Any]) -> None:
    assert custom(TYPES, required=["s"]).causes(spec) == causes


def rule(kind: str, field: str, message: str) -> list[tuple[str, str, str]]:
    return [(kind, f"spec.{field}" if field else "<nil>", message)]


@pytest.mark.parametrize(
    "schema, value, causes",
    [
        (
            {"type": "string", "pattern": "^[a-z]+$"},
            "A1",
            "Invalid value: \"A1\": spec.f in body should match '^[a-z]+$'",
        ),
        ({"type": "string", "minLength": 2}, "x", 'Invalid value: "x": spec.f in body should be at least 2 chars long'),
        ({"type": "string", "maxLength": 4}, "äöüß", None),
        ({"type": "string", "format": "whatever"}, "zzz", None),
        ({"type": "integer", "minimum": 1}, 0, "Invalid value: 0: spec.f in body should be greater than or equal to 1"),
        (
            {"type": "integer", "maximum": 10},
            11,
            "Invalid value: 11: spec.f in body should be less than or equal to 10",
        ),
        (
            {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
            0,
            "Invalid value: 0: spec.f in body should be greater than 0",
        ),
        (
            {"type": "integer", "maximum": 5, "exclusiveMaximum": True},
            5,
            "Invalid value: 5: spec.f in body should be less than 5",
        ),
        ({"type": "integer", "multipleOf": 5}, 7, "Invalid value: 7: spec.f in body should be a multiple of 5"),
        ({"type": "number", "multipleOf": 0.1}, 0.3, None),
        (
            {"type": "number", "minimum": 0.5},
            0.25,
            "Invalid value: 0.25: spec.f in body should be greater than or equal to 0.5",
        ),
        (
            {"type": "number", "maximum": 1.5},
            2.5,
            "Invalid value: 2.5: spec.f in body should be less than or equal to 1.5",
        ),
        (
            {"type": "array", "items": {"type": "string"}, "minItems": 1},
            [],
            "Invalid value: 0: spec.f in body should have at least 1 items",
        ),
        (
            {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1},
            {},
            "Invalid value: 0: spec.f in body should have at least 1 properties",
        ),
        (
            {"type": "array", "items": {"type": "integer"}, "uniqueItems": True},
            [1, 1],
            'Invalid value: "": spec.f in body shouldn\'t contain duplicates',
        ),
    ],
)
def test_limits_are_kept(custom: Callable[..., Any], schema: dict[str, Any], value: Any, causes: str | None) -> None:
    assert custom({"f": schema}).causes({"f": value}) == ([] if causes is None else rule(INVALID, "f", causes))


def test_too_long_and_too_many_have_reasons_of_their_own(custom: Callable[..., Any]) -> None:
    made = custom(
        {
            "s": {"type": "string", "maxLength": 4},
            "one": {"type": "string", "maxLength": 1},
            "l": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
            "m": {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 2},
        }
    )
    assert made.causes({"s": "xxxxx"}) == rule(LONG, "s", "Too long: may not be more than 4 bytes")
    assert made.causes({"one": "xx"}) == rule(LONG, "one", "Too long: may not be more than 1 byte")
    assert made.causes({"l": ["a", "b", "c"]}) == rule(MANY, "l", "Too many: 3: must have at most 2 items")
    assert made.causes({"m": {"a": "1", "b": "2", "c": "3"}}) == rule(
        MANY, "m", "Too many: 3: must have at most 2 items"
    )


def test_choices_are_listed_as_the_schema_has_them(custom: Callable[..., Any]) -> None:
    made = custom({"e": {"type": "string", "enum": ["Small", "Large"]}, "ei": {"type": "integer", "enum": [1, 2]}})
    supported = 'Unsupported value: "Medium": supported values: "Small", "Large"'
    assert made.causes({"e": "Medium"}) == rule(UNSUPPORTED, "e", supported)
    assert made.causes({"ei": 3}) == rule(UNSUPPORTED, "ei", 'Unsupported value: 3: supported values: "1", "2"')
    assert made.causes({"e": "Large", "ei": 2}) == []


def test_true_is_no_one(custom: Callable[..., Any]) -> None:
    made = custom({"any": {"x-kubernetes-preserve-unknown-fields": True, "enum": [1]}})
    assert made.causes({"any": 1}) == []
    assert made.causes({"any": True}) == rule(UNSUPPORTED, "any", 'Unsupported value: true: supported values: "1"')


def test_null_is_no_choice(custom: Callable[..., Any]) -> None:
    made = custom({"e": {"type": "string", "nullable": True, "enum": ["a"]}})
    assert made.causes({"e": None}) == rule(UNSUPPORTED, "e", 'Unsupported value: null: supported values: "a"')


@pytest.mark.parametrize("name, value", [("date-time", "yesterday"), ("ipv4", "1.2.3"), ("byte", "***")])
def test_formats_are_checked(custom: Callable[..., Any], name: str, value: str) -> None:
    message = f'Invalid value: "{value}": spec.f in body must be of type {name}: "{value}"'
    assert custom({"f": {"type": "string", "format": name}}).causes({"f": value}) == rule(TYPE, "f", message)


def test_a_number_for_a_formatted_string_is_told_by_its_format(custom: Callable[..., Any]) -> None:
    message = 'Invalid value: "int64": spec.f in body must be of type date: "int64"'
    assert custom({"f": {"type": "string", "format": "date"}}).causes({"f": 5}) == rule(TYPE, "f", message)


def test_integers_fit_their_format(custom: Callable[..., Any]) -> None:
    message = 'Invalid value: "": Checked value must be of type integer with format int32 in spec.f'
    made = custom({"f": {"type": "integer", "format": "int32"}})
    assert made.causes({"f": 2147483648}) == rule(INVALID, "", message)
    assert made.causes({"f": 2147483647}) == []


@pytest.mark.parametrize("value", [10**30, 1e300, -(2**63) - 1])
def test_numbers_beyond_64_bits_are_no_integers(custom: Callable[..., Any], value: float) -> None:
    assert custom({"f": {"type": "integer"}}).causes({"f": value}) != []


@pytest.mark.parametrize(
    "value, found",
    [(True, "boolean"), (1.5, "number"), ({}, "object"), ([], "array")],
)
def test_int_or_string_takes_nothing_else(custom: Callable[..., Any], value: Any, found: str) -> None:
    made = custom({"port": {"x-kubernetes-int-or-string": True}})
    assert made.causes({"port": value}) == [wrong("port", "integer,string", found)]
    assert made.causes({"port": 80}) == made.causes({"port": "http"}) == []


def test_a_pattern_of_int_or_string_is_for_its_strings(custom: Callable[..., Any]) -> None:
    both = [{"type": "integer"}, {"type": "string"}]
    made = custom({"lim": {"x-kubernetes-int-or-string": True, "anyOf": both, "pattern": "^[0-9]+%?$"}})
    assert made.causes({"lim": 5}) == made.causes({"lim": "50%"}) == []
    message = "Invalid value: \"half\": spec.lim in body should match '^[0-9]+%?$'"
    assert made.causes({"lim": "half"}) == rule(INVALID, "lim", message)


def test_errors_of_several_fields_are_all_told_in_order(custom: Callable[..., Any]) -> None:
    made = custom({"a": {"type": "string"}, "b": {"type": "integer", "minimum": 1}}, required=["c"])
    assert [cause[1] for cause in made.causes({"b": 0, "a": 1})] == ["spec.a", "spec.b", "spec.c"]


def test_a_part_is_validated_with_a_prefix_for_its_paths(custom: Callable[..., Any]) -> None:
    made = custom(schema={"type": "object", "properties": {"phase": {"type": "string"}}, "required": ["ready"]})
    found = made.validator.values({"phase": 1}, prefix="status")
    assert [str(error) for error in found] == [
        'status.phase: Invalid value: "integer": phase in body must be of type string: "integer"',
        "status.ready: Required value",
    ]
