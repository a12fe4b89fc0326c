"""Validation rules in definitions: how they are written, and whether they compile."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.cel import configuring
from kroute.extensions import validation
from tests.unit.extensions.test_validation import crd, holding

AT = "spec.validation.openAPIV3Schema.properties[f]"
INT = {"type": "integer"}
OBJECT = {"type": "object", "properties": {"a": INT, "b": {"type": "string"}}}


def told(schema: dict[str, Any]) -> dict[str, str]:
    """What is wrong with a schema, by path."""
    return {error.path.removeprefix(AT): error.body() for error in validation.errors_of(crd(holding(schema)), None)}


def ruled(rule: dict[str, Any], schema: dict[str, Any] = OBJECT) -> dict[str, Any]:
    return {**schema, "x-kubernetes-validations": [rule]}


@pytest.mark.parametrize(
    "rule, field, wanted",
    [
        ({"rule": " "}, "rule", "Required value: rule is not specified"),
        ({"rule": "true", "message": " "}, "message", "must be non-empty if specified"),
        ({"rule": "true", "message": "a\nb"}, "message", "must not contain line breaks"),
        ({"rule": "true ||\nfalse"}, "message", "message must be specified if rule contains line breaks"),
        ({"rule": "true", "messageExpression": " "}, "messageExpression", "must be non-empty if specified"),
        ({"rule": "true", "reason": "Nope"}, "reason", 'Unsupported value: "Nope": supported values: "FieldValueDup'),
        ({"rule": "true", "fieldPath": ".c"}, "fieldPath", "must be a valid path"),
        ({"rule": "true", "fieldPath": "a"}, "fieldPath", "must be a valid path"),
        ({"rule": "self.a >"}, "rule", "compilation failed: ERROR: <input>:1:9: Syntax error"),
        ({"rule": "self.c"}, "rule", "compilation failed: ERROR: <input>:1:5: undefined field 'c'"),
        ({"rule": "self.a"}, "rule", "cel expression must evaluate to a bool"),
        (
            {"rule": "true", "messageExpression": "1"},
            "messageExpression",
            "messageExpression must evaluate to a string",
        ),
        (
            {"rule": "true", "messageExpression": "("},
            "messageExpression",
            "messageExpression compilation failed: ERROR",
        ),
        ({"rule": "true", "optionalOldSelf": True}, "optionalOldSelf", "may not be set if oldSelf is not used in rule"),
    ],
)
def test_a_wrong_rule_is_refused(rule: dict[str, Any], field: str, wanted: str) -> None:
    found = told(ruled(rule))
    assert list(found) == [f".x-kubernetes-validations[0].{field}"]
    assert wanted in found[f".x-kubernetes-validations[0].{field}"]


def test_a_rule_is_shown_with_all_its_fields() -> None:
    found = told(ruled({"rule": "self.a > 'x'"}))[".x-kubernetes-validations[0].rule"]
    assert found.startswith(
        'Invalid value: {"Rule":"self.a \\u003e \'x\'","Message":"","MessageExpression":"","Reason":null,'
        '"FieldPath":"","OptionalOldSelf":null}: compilation failed: ERROR: <input>:1:8: found no matching overload'
    )


@pytest.mark.parametrize("path", [".a", "['a']", ".m['x']", ".m.x", ""])
def test_field_paths_lead_to_fields_and_keys(path: str) -> None:
    schema = {"type": "object", "properties": {"a": INT, "m": {"type": "object", "additionalProperties": INT}}}
    assert told(ruled({"rule": "true", "fieldPath": path}, schema)) == {}


def test_changes_of_items_can_be_told_only_in_list_maps() -> None:
    item = {"type": "object", "properties": {"id": {"type": "string"}, "v": ruled({"rule": "self == oldSelf"}, INT)}}
    plain = {"type": "array", "items": {**item, "required": ["id"]}}
    keyed = {**plain, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"]}

    assert told(keyed) == {}
    assert told(plain) == {
        ".items.properties[v].x-kubernetes-validations[0].rule": 'Invalid value: "self == oldSelf": oldSelf cannot be '
        f"used on the uncorrelatable portion of the schema within {AT}"
    }


def test_rules_are_not_compiled_where_the_schema_is_wrong() -> None:
    wrong = ruled({"rule": "self.nope", "reason": "Nope"})
    assert list(told(wrong)) == [".x-kubernetes-validations[0].reason"]
    beside = {"type": "object", "properties": {"x": wrong, "y": ruled({"rule": "self.nope"})}}
    assert list(told(beside)) == [
        ".properties[x].x-kubernetes-validations[0].reason",
        ".properties[y].x-kubernetes-validations[0].rule",
    ]


def test_rules_for_values_without_type_are_refused() -> None:
    schema = {"type": "object", "additionalProperties": {"x-kubernetes-preserve-unknown-fields": True}}
    assert "failed to construct type information" in told(ruled({"rule": "true"}, schema))[".x-kubernetes-validations"]


def test_a_schema_that_was_there_is_not_compiled_again() -> None:
    before = crd(holding(ruled({"rule": "self.nope"})))
    assert list(validation.errors_of(before, before)) == []


def test_without_the_library_rules_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Any:
        raise configuring.Unavailable

    monkeypatch.setattr(configuring, "engine", missing)
    assert "cel-expr-python isn't installed" in told(ruled({"rule": "self.a > 1"}))[".x-kubernetes-validations[0].rule"]
