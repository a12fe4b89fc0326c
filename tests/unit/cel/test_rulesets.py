"""Rules of schemas, evaluated on objects."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.cel import configuring, rulesets
from kroute.schema import compiling

Rule = dict[str, Any]


def ruled(field: dict[str, Any], *rules: Rule | str) -> dict[str, Any]:
    return {**field, "x-kubernetes-validations": [{"rule": each} if isinstance(each, str) else each for each in rules]}


def objects(**fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields}


def check(schema: dict[str, Any], obj: Any, old: Any = None) -> list[str]:
    rules = rulesets.ruleset_of(compiling.compile_schema(schema))
    assert rules is not None
    warnings: list[str] = []
    found = rules.evaluate(obj, old, warn=warnings.append)
    return [*map(str, found), *(f"warning: {each}" for each in warnings)]


INT, TEXT = {"type": "integer"}, {"type": "string"}


def test_a_rule_that_does_not_hold_is_told_with_its_message() -> None:
    schema = objects(
        spec=ruled(
            objects(x=INT, m={"type": "object", "additionalProperties": ruled(INT, "self > 0")}),
            "self.x != 1",
            {"rule": "self.x != 2", "message": "  two is taken "},
            {"rule": "self.x != 3", "messageExpression": "'x is ' + string(self.x)"},
            {"rule": "self.x != 4", "messageExpression": "'a' + ['b'][self.x]", "message": "fallback"},
            {"rule": "self.x != 5", "reason": "FieldValueForbidden", "fieldPath": ".x"},
            {"rule": "self.x != 6", "reason": "FieldValueRequired"},
            {"rule": "self.x != 7", "reason": "FieldValueDuplicate"},
        )
    )
    told = [check(schema, {"spec": {"x": number}}) for number in range(1, 9)]
    assert told == [
        ["spec: Invalid value: failed rule: self.x != 1"],
        ["spec: Invalid value: two is taken"],
        ["spec: Invalid value: x is 3"],
        ["spec: Invalid value: fallback"],
        ["spec.x: Forbidden: failed rule: self.x != 5"],
        ["spec: Required value: failed rule: self.x != 6"],
        ["spec: Duplicate value"],
        [],
    ]
    assert check(schema, {"spec": {"x": 0, "m": {"k": 0}}}) == ["spec.m[k]: Invalid value: 0: failed rule: self > 0"]


def test_what_goes_wrong_in_a_rule_is_told() -> None:
    spec = ruled(objects(x=INT, i={"x-kubernetes-int-or-string": True}), "self.x > 0", "self.i > 'a'")
    assert check(objects(spec=spec), {"spec": {"i": 1}}) == [
        'spec: Invalid value: "object": no such key: x evaluating rule: self.x > 0',
        "spec: Invalid value: \"object\": 'no such overload': call arguments did not match a supported operator, "
        "function or macro signature for rule: self.i > 'a'",
    ]


def test_the_root_has_no_path() -> None:
    schema = ruled(objects(spec=INT), "self.metadata.name == 'a'", {"rule": "self.spec > 1", "fieldPath": ".spec"})
    assert check(schema, {"metadata": {"name": "b"}, "spec": 1}) == [
        "<nil>: Invalid value: failed rule: self.metadata.name == 'a'",
        "spec: Invalid value: failed rule: self.spec > 1",
    ]


def test_null_is_not_looked_at() -> None:
    schema = objects(a=ruled({**TEXT, "nullable": True}, "self == 'x'"))
    assert check(schema, {"a": None}) == []
    assert check(schema, {}) == []


def test_null_in_a_field_is_the_same_as_no_field() -> None:
    field = {**TEXT, "nullable": True}
    schema = objects(
        spec=ruled(
            objects(a=field, m={"type": "object", "additionalProperties": field}),
            "!has(self.a)",
            "self.a == ''",
            "!self.?a.hasValue()",
            "!has(self.m) || has(self.m.k)",
        )
    )
    assert check(schema, {"spec": {"a": None, "m": {"k": None}}}) == [
        "spec: Invalid value: \"object\": no such key: a evaluating rule: self.a == ''"
    ]


def test_rules_about_changes_need_an_old_value() -> None:
    item = objects(id=TEXT, v=ruled(INT, "self >= oldSelf"))
    listed = {"type": "array", "items": item, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"]}
    schema = objects(a=ruled(TEXT, "self == oldSelf"), items=listed)

    assert check(schema, {"a": "x"}) == []
    assert check(schema, {"a": "x"}, {}) == []
    assert check(schema, {"a": "x"}, {"a": "y"}) == ['a: Invalid value: "x": failed rule: self == oldSelf']
    before = {"items": [{"id": "p", "v": 1}, {"id": "q", "v": 5}]}
    assert check(schema, {"items": [{"id": "q", "v": 4}, {"id": "n", "v": 0}, {"id": "p", "v": 1}]}, before) == [
        "items[0].v: Invalid value: 4: failed rule: self >= oldSelf"
    ]


def test_rules_about_changes_may_also_be_for_new_values() -> None:
    rule = {"rule": "oldSelf.hasValue() || self == 'init'", "optionalOldSelf": True}
    schema = objects(mode=ruled(TEXT, rule))
    assert check(schema, {"mode": "run"}) == [
        "mode: Invalid value: \"run\": failed rule: oldSelf.hasValue() || self == 'init'"
    ]
    assert check(schema, {"mode": "run"}, {"mode": "init"}) == []


def test_values_that_were_wrong_before_may_stay_with_a_warning() -> None:
    schema = objects(spec=objects(a=ruled(INT, "self > 10"), b=INT, c=ruled(objects(d=INT), "self.d > 10")))
    old = {"spec": {"a": 1, "b": 1, "c": {"d": 1}}}
    assert check(schema, {"spec": {"a": 1, "b": 2, "c": {"d": 1}}}, old) == [
        "warning: spec.a: Invalid value: 1: failed rule: self > 10",
        "warning: spec.c: Invalid value: failed rule: self.d > 10",
    ]
    assert check(schema, {"spec": {"a": 2, "b": 1, "c": {"d": 1}}}, old) == [
        "spec.a: Invalid value: 2: failed rule: self > 10",
        "warning: spec.c: Invalid value: failed rule: self.d > 10",
    ]


def test_changes_are_not_excused_by_what_did_not_change() -> None:
    schema = objects(a=ruled(INT, "self != 1 || oldSelf != 1"))
    assert check(schema, {"a": 1}, {"a": 1}) == ["a: Invalid value: 1: failed rule: self != 1 || oldSelf != 1"]


def test_sets_and_list_maps_are_compared_without_their_order() -> None:
    tags = {"type": "array", "items": TEXT, "x-kubernetes-list-type": "set"}
    ports = {
        "type": "array",
        "items": objects(p=INT, n=TEXT),
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["p"],
    }
    plain = {"type": "array", "items": TEXT}
    spec = objects(tags=tags, ports=ports, plain=plain)
    schema = objects(spec=ruled(spec, {"rule": "self == oldSelf", "message": "immutable"}))
    old = {"spec": {"tags": ["a", "b"], "ports": [{"p": 1, "n": "x"}, {"p": 2}], "plain": ["a", "b"]}}

    same = {"spec": {"tags": ["b", "a"], "ports": [{"p": 2}, {"p": 1, "n": "x"}], "plain": ["a", "b"]}}
    assert check(schema, same, old) == []
    assert check(schema, {"spec": {**same["spec"], "plain": ["b", "a"]}}, old) != []
    assert check(schema, {"spec": {**same["spec"], "ports": [{"p": 2}, {"p": 1, "n": "y"}]}}, old) != []


def test_sets_and_list_maps_are_united_by_plus() -> None:
    tags = {"type": "array", "items": TEXT, "x-kubernetes-list-type": "set"}
    item = objects(p=INT, n=TEXT)
    ports = {"type": "array", "items": item, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["p"]}
    schema = objects(
        tags=ruled(tags, "(self + ['a', 'z']).size() == 3 && (self + ['z'])[2] == 'z'"),
        ports=ruled(ports, "(self + self).size() == self.size()"),
    )
    assert check(schema, {"tags": ["a", "b"], "ports": [{"p": 1}, {"p": 2}]}) == []


def test_rules_in_all_of_are_evaluated_as_well() -> None:
    schema = objects(
        a={**INT, "allOf": [ruled({"minimum": 0}, "self > 1"), ruled({}, {"rule": "self > 2", "message": "more"})]}
    )
    assert check(schema, {"a": 1}) == ["a: Invalid value: 1: failed rule: self > 1", "a: Invalid value: 1: more"]


def test_rules_that_take_too_long_end_the_evaluation() -> None:
    costly = "self.all(a, self.all(b, self.all(c, self.all(d, a + b + c + d >= 0))))"
    schema = objects(a=ruled({"type": "array", "items": INT}, costly, "false"))
    assert check(schema, {"a": list(range(60))}) == [
        "a: Invalid value: \"array\": 'operation cancelled: actual cost limit exceeded': no further validation rules "
        f"will be run due to call cost exceeds limit for rule: {costly}"
    ]


def test_rules_that_do_not_compile_are_named() -> None:
    schema = compiling.compile_schema(
        objects(
            spec=ruled(objects(a=INT), "self.b == 1", "self.a"), l={"type": "array", "items": ruled(INT, "self == 'x'")}
        )
    )
    rules = rulesets.ruleset_of(schema)
    assert rules is not None
    assert [text.splitlines()[0] for text in rules.problems()] == [
        "spec: compilation failed: ERROR: <input>:1:5: undefined field 'b'",
        "spec: cel expression must evaluate to a bool",
        "l[]: compilation failed: ERROR: <input>:1:6: found no matching overload for '_==_' applied to '(int, string)'",
    ]
    assert "rule compile error: cel expression must evaluate to a bool" in str(rules.evaluate({"spec": {"a": 1}})[1])


def test_defaults_are_looked_at_as_new_values_too() -> None:
    rule = {"rule": "oldSelf.hasValue() || self == 'init'", "optionalOldSelf": True}
    field = compiling.compile_schema(objects(f=ruled(TEXT, rule, "self != 'bad'"))).properties["f"]
    rules = rulesets.ruleset_of(field, root=False)
    assert rules is not None
    assert [each.path for each in rules.evaluate_default("run", "f.default")] == ["f.default"]
    assert rules.evaluate_default("init", "f.default") == []
    assert len(rules.evaluate_default("bad", "f.default")) == 1


def test_without_rules_or_library_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rulesets.ruleset_of(compiling.compile_schema(objects(a=INT))) is None

    def missing() -> Any:
        raise configuring.Unavailable

    monkeypatch.setattr(configuring, "engine", missing)
    assert rulesets.ruleset_of(compiling.compile_schema(objects(a=ruled(INT, "self > 1")))) is None
