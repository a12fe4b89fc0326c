"""marshmallow schemas as JSON schema."""

from __future__ import annotations

import enum
from typing import Any

import pytest
from marshmallow import INCLUDE, Schema, fields, validate

from kroute.schema import compiling, from_marshmallow


class Colour(enum.Enum):
    RED = "r"
    BLUE = "b"


class Size(enum.Enum):
    SMALL = 1
    LARGE = 2


OPEN = {"x-kubernetes-preserve-unknown-fields": True}


def field(made: fields.Field[Any]) -> dict[str, Any]:
    """The schema of one field, compiled to see that it is a good one."""
    schema = from_marshmallow.convert(Schema.from_dict({"f": made}))
    compiling.compile_schema(schema)
    found: dict[str, Any] = schema["properties"]["f"]
    return found


@pytest.mark.parametrize(
    "made, wanted",
    [
        (fields.String(), {"type": "string"}),
        (fields.Integer(), {"type": "integer"}),
        (fields.Float(), {"type": "number"}),
        (fields.Boolean(), {"type": "boolean"}),
        (fields.UUID(), {"type": "string", "format": "uuid"}),
        (fields.DateTime(), {"type": "string", "format": "date-time"}),
        (fields.DateTime(format="timestamp"), {"type": "number"}),
        (fields.DateTime(format="%Y"), {"type": "string"}),
        (fields.Date(), {"type": "string", "format": "date"}),
        (fields.Time(), {"type": "string"}),
        (fields.TimeDelta(), {"type": "number"}),
        (fields.Decimal(), {"type": "number"}),
        (fields.Decimal(as_string=True), {"type": "string", "pattern": r"^[+-]?[0-9]+(\.[0-9]+)?$"}),
        (fields.Url(), {"type": "string", "format": "uri"}),
        (fields.Url(relative=True), {"type": "string"}),
        (fields.Email(), {"type": "string", "format": "email"}),
        (fields.IP(), {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}),
        (fields.IPv4(), {"type": "string", "format": "ipv4"}),
        (fields.IPv6(), {"type": "string", "format": "ipv6"}),
        (fields.Raw(), OPEN),
        (fields.Dict(), {"type": "object", **OPEN}),
        (
            fields.Dict(keys=fields.String(), values=fields.Integer()),
            {"type": "object", "additionalProperties": {"type": "integer"}},
        ),
        (fields.List(fields.String()), {"type": "array", "items": {"type": "string"}}),
        (
            fields.Tuple((fields.Integer(), fields.String())),
            {"type": "array", "items": OPEN, "minItems": 2, "maxItems": 2},
        ),
        (fields.Enum(Colour), {"type": "string", "enum": ["RED", "BLUE"]}),
        (fields.Enum(Colour, by_value=True), {"type": "string", "enum": ["r", "b"]}),
        (fields.Enum(Size, by_value=fields.Integer), {"type": "integer", "enum": [1, 2]}),
        (fields.Constant(5), {"type": "integer", "enum": [5], "default": 5}),
    ],
)
def test_each_field_has_its_schema(made: fields.Field[Any], wanted: dict[str, Any]) -> None:
    assert field(made) == wanted


@pytest.mark.parametrize(
    "made, wanted",
    [
        (
            fields.Integer(validate=validate.Range(min=1, max=10, max_inclusive=False)),
            {"type": "integer", "minimum": 1, "maximum": 10, "exclusiveMaximum": True},
        ),
        (
            fields.String(validate=[validate.Length(min=2), validate.Length(max=4)]),
            {"type": "string", "minLength": 2, "maxLength": 4},
        ),
        (fields.String(validate=validate.Length(equal=3)), {"type": "string", "minLength": 3, "maxLength": 3}),
        (
            fields.List(fields.String(), validate=validate.Length(max=2)),
            {"type": "array", "items": {"type": "string"}, "maxItems": 2},
        ),
        (
            fields.Dict(values=fields.String(), validate=validate.Length(min=1)),
            {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1},
        ),
        (fields.String(validate=validate.OneOf(["a", "b"])), {"type": "string", "enum": ["a", "b"]}),
        (fields.String(validate=validate.Equal("a")), {"type": "string", "enum": ["a"]}),
        (fields.String(validate=validate.NoneOf(["root"])), {"type": "string", "not": {"enum": ["root"]}}),
        (
            fields.List(fields.String(), validate=validate.ContainsOnly(["a"])),
            {"type": "array", "items": {"type": "string", "enum": ["a"]}},
        ),
        (fields.String(validate=validate.Regexp("^a+$")), {"type": "string", "pattern": "^a+$"}),
        (fields.String(validate=validate.Regexp("a|b")), {"type": "string", "pattern": "^(?:a|b)"}),
        (
            fields.String(validate=[validate.Regexp("^a"), validate.Regexp("^.b")]),
            {"type": "string", "pattern": "^a", "allOf": [{"pattern": "^.b"}]},
        ),
        (
            fields.String(validate=validate.And(validate.Length(min=1), validate.OneOf(["a"]))),
            {"type": "string", "minLength": 1, "enum": ["a"]},
        ),
        (fields.String(validate=validate.Email()), {"type": "string", "format": "email"}),
    ],
)
def test_validators_become_rules(made: fields.Field[Any], wanted: dict[str, Any]) -> None:
    assert field(made) == wanted


@pytest.mark.parametrize(
    "validator",
    [lambda value: True, validate.Regexp("(?=a)b"), validate.Predicate("isalpha"), validate.ContainsNoneOf("a")],
)
def test_what_has_no_form_in_json_schema_is_left_out(validator: Any) -> None:
    assert field(fields.String(validate=validator)) == {"type": "string"}


@pytest.mark.parametrize(
    "made, default",
    [
        (fields.String(load_default="x"), "x"),
        (fields.List(fields.String(), load_default=list), []),
        (fields.Enum(Colour, by_value=True, load_default=Colour.RED), "r"),
        (fields.UUID(load_default=lambda: 1 / 0), None),
    ],
)
def test_defaults_are_json(made: fields.Field[Any], default: Any) -> None:
    assert field(made).get("default") == default


def test_null_is_allowed_where_marshmallow_allows_it() -> None:
    assert field(fields.String(allow_none=True)) == {"type": "string", "nullable": True}
    assert field(fields.String(load_default=None)) == {"type": "string", "nullable": True}


def test_metadata_speaks_for_the_schema() -> None:
    metadata = {"description": "D", "x-kubernetes-list-type": "set", "other": 1, "format": "int32"}
    assert field(fields.Integer(metadata=metadata)) == {
        "type": "integer",
        "description": "D",
        "x-kubernetes-list-type": "set",
        "format": "int32",
    }


class Inner(Schema):
    """What is inside."""

    a = fields.String(required=True, data_key="theA")
    b = fields.String(dump_only=True, required=True)


class Outer(Schema):
    one = fields.Nested(Inner, required=True)
    many = fields.Nested(Inner, many=True)
    listed = fields.List(fields.Nested(Inner))
    plucked = fields.Pluck(Inner, "a")
    only = fields.Nested(Inner(only=["a"]))


INNER = {
    "type": "object",
    "description": "What is inside.",
    "properties": {"theA": {"type": "string"}, "b": {"type": "string"}},
    "required": ["theA"],
}


def test_nested_schemas_are_objects() -> None:
    found = from_marshmallow.convert(Outer)
    assert found["required"] == ["one"]
    assert found["properties"] == {
        "one": INNER,
        "many": {"type": "array", "items": INNER},
        "listed": {"type": "array", "items": INNER},
        "plucked": {"type": "string"},
        "only": {**INNER, "properties": {"theA": {"type": "string"}}},
    }


class Tree(Schema):
    value = fields.Integer()
    below = fields.List(fields.Nested(lambda: Tree()))


def test_a_schema_that_holds_itself_is_open_there() -> None:
    below = {"type": "array", "items": {"type": "object", **OPEN}}
    assert from_marshmallow.convert(Tree)["properties"] == {"value": {"type": "integer"}, "below": below}


def test_a_schema_that_includes_unknown_fields_keeps_them() -> None:
    class Loose(Schema):
        class Meta:
            unknown = INCLUDE

    assert from_marshmallow.convert(Loose) == {"type": "object", **OPEN}


def test_something_else_is_refused() -> None:
    with pytest.raises(from_marshmallow.UnsupportedSchema, match="a marshmallow schema is wanted"):
        from_marshmallow.convert(fields.String)  # type: ignore[arg-type]
