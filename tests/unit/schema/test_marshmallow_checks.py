"""What marshmallow itself still checks on writes."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates, validates_schema

from kroute.schema import marshmallow_checks


def even(value: int) -> None:
    if value % 2:
        raise ValidationError("must be even")


class Range(Schema):
    low = fields.Integer()
    high = fields.Integer()
    seen = fields.String(dump_only=True)

    @validates_schema
    def ordered(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data.get("low", 0) > data.get("high", 0):
            raise ValidationError("must not exceed high", "low")


class Named(Schema):
    name = fields.String()

    @validates("name")
    def lower(self, value: str, data_key: str) -> None:
        if value != value.lower():
            raise ValidationError("must be lower case")


class Tree(Schema):
    value = fields.Integer(validate=validate.Range(min=0))
    below = fields.Nested(lambda: Tree())


class Everything(Schema):
    number = fields.Integer(validate=even)
    look = fields.String(validate=validate.Regexp("(?=a)"))
    site = fields.Url()
    keys = fields.Dict(keys=fields.String(validate=validate.Length(max=3)), values=fields.Integer(validate=even))
    ranges = fields.List(fields.Nested(Range))
    named = fields.Dict(values=fields.Nested(Named))
    many = fields.Nested(Named, many=True)
    tree = fields.Nested(Tree)
    renamed = fields.Integer(data_key="other", validate=even)
    plain = fields.String(validate=validate.Length(max=1))


def wrong(obj: Any, path: str = "spec") -> list[str]:
    return [str(error) for error in marshmallow_checks.Checks(Everything).check(obj, path)]


def test_a_good_object_passes() -> None:
    good = {"number": 2, "look": "a", "site": "https://example.com", "ranges": [{"low": 1, "high": 2, "seen": "x"}]}
    assert wrong({**good, "tree": {"below": {"value": 1}}, "unknown": 1, "other": 2}) == []


def test_functions_are_run_at_their_place() -> None:
    assert wrong({"number": 3}) == ["spec.number: Invalid value: 3: must be even"]
    assert wrong({"other": 3}) == ["spec.other: Invalid value: 3: must be even"]


def test_the_path_may_be_the_root() -> None:
    assert wrong({"number": 3}, "") == ["number: Invalid value: 3: must be even"]


def test_patterns_that_go_has_not_are_run() -> None:
    assert wrong({"look": "b"}) == ['spec.look: Invalid value: "b": String does not match expected pattern.']


def test_fields_with_rules_of_their_own_are_run() -> None:
    assert wrong({"site": "nope"}) == ['spec.site: Invalid value: "nope": Not a valid URL.']


def test_keys_and_values_of_dicts_are_checked() -> None:
    assert wrong({"keys": {"long": 2, "a": 1}}) == [
        "spec.keys.long: Invalid value: 2: Longer than maximum length 3.",
        "spec.keys.a: Invalid value: 1: must be even",
    ]


def test_checks_over_several_fields_are_run() -> None:
    assert wrong({"ranges": [{"low": 1, "high": 2, "extra": 1}, {"low": 3, "high": 2}]}) == [
        "spec.ranges[1].low: Invalid value: 3: must not exceed high"
    ]


def test_methods_for_one_field_are_run() -> None:
    assert wrong({"named": {"k": {"name": "A"}}}) == ['spec.named.k.name: Invalid value: "A": must be lower case']
    assert wrong({"many": [{"name": "a"}, {"name": "B"}]}) == [
        'spec.many[1].name: Invalid value: "B": must be lower case'
    ]


def test_what_lies_below_a_recursion_is_checked_by_marshmallow() -> None:
    assert wrong({"tree": {"below": {"below": {"value": -1}}}}) == [
        "spec.tree.below.below.value: Invalid value: -1: Must be greater than or equal to 0."
    ]


def test_what_json_schema_says_is_not_checked_again() -> None:
    class Plain(Schema):
        a = fields.String(validate=validate.Length(max=1))
        b = fields.List(fields.Integer(validate=validate.Range(min=1)))

    assert not marshmallow_checks.Checks(Plain).needed
    assert wrong({"plain": "long"}) == []


def test_values_of_another_type_than_expected_do_not_hurt() -> None:
    assert wrong({"ranges": "x", "named": 5, "many": None, "number": None}) == []
