"""Expressions are compiled with the types of their variables, and evaluated on plain JSON."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.cel import configuring, declared, programs, values
from tests.unit.cel.conftest import evaluate, refused

PERSON = declared.object_of(
    {
        "age": declared.INT,
        "name": declared.STRING,
        "namespace": declared.STRING,
        "tags": declared.list_of(declared.STRING),
        "born": declared.TIMESTAMP,
        "pause": declared.DURATION,
        "key": declared.BYTES,
        "ratio": declared.DOUBLE,
        "scores": declared.map_of(declared.INT),
        "grid": declared.list_of(declared.list_of(declared.INT)),
        "friends": declared.list_of(declared.object_of({"age": declared.INT, "born": declared.TIMESTAMP})),
    }
)


@pytest.mark.parametrize(
    "expression, wanted",
    [
        ("self.age >", "Syntax error: mismatched input '<EOF>'"),
        ("self.nothere > 1", "ERROR: <input>:1:5: undefined field 'nothere'\n | self.nothere > 1\n | ....^"),
        ("self.age == 'x'", "found no matching overload for '_==_' applied to '(int, string)'"),
        ("self.friends[0].name", "undefined field 'name'"),
        ("other.x", "ERROR: <input>:1:1: undeclared reference to 'other' (in container '')\n | other.x\n | ^"),
        ("1 + other . x.y", "ERROR: <input>:1:5: undeclared reference to 'other' (in container '')"),
        ("foo(self.age)", "ERROR: <input>:1:4: undeclared reference to 'foo' (in container '')"),
        ("[1, 'a']", "ERROR: <input>:1:5: expected type 'int' but found 'string'\n | [1, 'a']\n | ....^"),
        ("{'a': 1, 'b': true}", "expected type 'int' but found 'bool'"),
        ("timestamp('soon') > self.born", "ERROR: <input>:1:11: invalid timestamp argument"),
        ("duration('1 day') > self.pause", "invalid duration argument"),
        ("self.name.matches('(')", "invalid matches argument"),
        ("['a'].sum() == 'a'", "found no matching overload for 'sum' applied to 'list(string).()'"),
        ("self.name.substring('a')", "found no matching overload for 'substring' applied to 'string.(string)'"),
        ("self.name != null", "found no matching overload for '_!=_' applied to '(string, null)'"),
        ("self.tags.all(1, true)", "ERROR: <input>:1:15: argument must be a simple name"),
        ("self.tags.map(1, true)", "argument is not an identifier"),
        ("has(1)", "ERROR: <input>:1:5: invalid argument to has() macro"),
        ("self.age.b", "ERROR: <input>:1:9: type 'int' does not support field selection"),
        ("(self.age", "Syntax error: missing ')' at '<EOF>'"),
        ("if (true)", "ERROR: <input>:1:1: reserved identifier: if"),
        (
            "'%d'.format([self.name]) == ''",
            "<input>:1:18: error during formatting: decimal clause can only be used on integers, was given string",
        ),
        ("'%s %s'.format(['a']) == ''", "ERROR: <input>:1:15: index 1 out of range"),
        ("'%s'.format(['a', 1]) == ''", "too many arguments supplied to string.format (expected 1, got 2)"),
        ("'%q'.format([1]) == ''", 'could not parse formatting clause: unrecognized formatting clause "q"'),
        ("'100%'.format([]) == ''", "unexpected end of string"),
        ("self.true", "Syntax error: mismatched input 'true' expecting IDENTIFIER"),
        ("timestamp(-62135596801) < self.born", "invalid timestamp argument"),
        ("self.name.find(')') == ''", "error parsing regexp: unexpected ): `)`"),
        ("math.sqrt(4)", "undeclared reference to 'math'"),
        ("cel.bind(x, 1, x)", "undeclared reference to 'cel'"),
    ],
)
def test_what_is_wrong_with_an_expression_is_said(expression: str, wanted: str) -> None:
    assert wanted in refused(expression, PERSON)


def test_several_mistakes_are_told_in_the_order_of_their_places() -> None:
    places = [line.split(":")[2] for line in refused("self.b + foo(self.a)", PERSON).splitlines() if "ERROR" in line]
    assert places == sorted(places, key=int)
    assert len(places) == 3


@pytest.mark.parametrize(
    "expression, value",
    [
        ("self.age + 1", 42),
        ("self.ratio / 2.0", 1.5),
        ("self.__namespace__ == 'default' && self.namespace == 'default'", True),
        ("string(self.born + duration('1h'))", "2001-02-03T05:05:06Z"),
        ("type(ip('::1')) == net.IP && type(self.born) == google.protobuf.Timestamp", True),
        ("has(self.name) && !has(self.pause)", True),
        ("self.born.getFullYear() == 2001", True),
        ("self.born < timestamp('2001-02-03T04:05:06.000000001Z')", True),
        ("self.friends.all(f, f.born > self.born)", True),
        ("self.friends.map(f, f.age)", [1, 2]),
        ("self.friends.filter(f, f.age > 1).size()", 1),
        ("self.friends.exists_one(f, f.age == 2)", True),
        ("string(self.key) == 'hello'", True),
        ("self.scores.exists(k, self.scores[k] > 1)", True),
        ("self.scores.a", 1),
        ("'b' in self.scores && !('z' in self.scores)", True),
        ("self.grid[1][0]", 3),
        ("self.?pause.hasValue()", False),
        ("self.?name.orValue('x')", "Ann"),
        ("self.tags.join('-')", "x-y"),
        ("self.tags.transformList(i, t, string(i) + t)", ["0x", "1y"]),
        ("self.scores.transformMap(k, v, v > 1, v * 2)", {"b": 4}),
        ("self.scores.transformMapEntry(k, v, {v: k})", {1: "a", 2: "b"}),
        ("self.tags.all(i, t, i < 2 && t != '')", True),
        ("self.tags.existsOne(i, t, i == 1)", True),
        ("self.tags.exists_one(i, t, i == 1) && self.tags.exists_one(t, t == 'x')", True),
        ("self.age > 1 ? 'old' : 'young'", "old"),
        ("type(self.age) == int && type(self.tags) == list && type(self.name) == string", True),
    ],
)
def test_variables_are_read_as_what_they_are_declared(expression: str, value: Any) -> None:
    person = {
        "age": 41,
        "name": "Ann",
        "namespace": "default",
        "tags": ["x", "y"],
        "born": "2001-02-03T04:05:06Z",
        "key": "aGVsbG8=",
        "ratio": 3,
        "scores": {"a": 1, "b": 2},
        "grid": [[1, 2], [3]],
        "friends": [{"age": 1, "born": "2010-01-01T00:00:00Z"}, {"age": 2, "born": "2011-01-01T00:00:00+01:00"}],
    }
    assert evaluate(expression, person, PERSON) == value


@pytest.mark.parametrize(
    "expression, value, wanted",
    [
        ("self.p", {}, "no such key: p"),
        ("self['p']", {}, "no such key: p"),
        ("self[3]", [1], "index out of bounds: 3"),
        ("self[-1]", [1], "index out of bounds: -1"),
        ("10 / self", 0, "division by zero"),
        ("10 % self", 0, "modulus by zero"),
        ("self + 1", 2**63 - 1, "integer overflow"),
        ("-self", -(2**63), "integer overflow"),
        ("self < 'a'", 1, "no such overload"),
        ("self.a.b", {"a": 1}, "no such key: b"),
        ("self ? 1 : 2", 1, "no such overload"),
        ("self.all(x, x)", 7, "no such overload"),
        ("self.all(x, x)", [True, 1], "no such overload"),
        ("int(self)", "x", "type conversion error from 'string' to 'int'"),
        ("timestamp(self)", "x", "type conversion error from 'string' to 'google.protobuf.Timestamp'"),
        ("optional.none().value()", None, "optional.none() dereference"),
        ("uint(self)", -1, "unsigned integer overflow"),
    ],
)
def test_what_goes_wrong_with_values_is_said_as_cel_go_says_it(expression: str, value: Any, wanted: str) -> None:
    with pytest.raises(values.EvaluationError) as raised:
        evaluate(expression, value)
    assert str(raised.value) == wanted


@pytest.mark.parametrize(
    "expression, value",
    [
        ("self.x || true", True),
        ("true || self.x", True),
        ("self.x && false", False),
        ("false && self.x", False),
        ("[1, 0].exists(n, 1 / n == 1)", True),
        ("[0, 1].exists(n, 1 / n == 1)", True),
        ("[0, 2].all(n, 1 / n == 1)", False),
    ],
)
def test_an_error_counts_for_nothing_where_the_rest_decides(expression: str, value: bool) -> None:
    assert evaluate(expression, {}) is value


def test_an_error_counts_where_the_rest_does_not_decide() -> None:
    with pytest.raises(values.EvaluationError, match="no such key: x"):
        evaluate("self.x || false", {})
    with pytest.raises(values.EvaluationError, match="division by zero"):
        evaluate("[1, 0].all(n, 1 / n == 1)")


def test_true_is_not_one_and_numbers_are_equal_across_types() -> None:
    assert evaluate("self.a == self.b", {"a": 1, "b": True}) is False
    assert evaluate("self.a == self.b", {"a": 1, "b": 1.0}) is True
    assert evaluate("self.a == self.b", {"a": [1, {"x": True}], "b": [1.0, {"x": 1}]}) is False
    assert evaluate("1 < 1.5 && 2u > 1 && self in [2.0]", 2) is True


def test_an_expression_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(values.CostExceeded):
        evaluate("self.all(a, self.all(b, self.all(c, self.all(d, a + b + c + d >= 0))))", list(range(100)))
    assert evaluate("self.all(a, a >= 0)", [1] * 10, steps=1000) is True
    with pytest.raises(values.CostExceeded):
        evaluate("self.all(a, a >= 0) || true", [1] * 10, steps=10)


@pytest.mark.parametrize(
    "expression",
    [
        "self.all(a, a in self)",
        "self.all(a, self.indexOf(a) >= 0)",
        "sets.equivalent(self, self)",
        "self.map(a, [a]).distinct().size() > 0",
        "self.all(a, self == self)",
        "self.map(a, '%s'.format([self])).size() > 0",
        "self.map(a, self + self).size() > 0",
    ],
)
def test_what_looks_at_whole_lists_counts_for_more(expression: str) -> None:
    with pytest.raises(values.CostExceeded):
        evaluate(expression, list(range(5000)))


def test_expressions_that_are_too_long_or_too_deep_are_refused() -> None:
    assert "recursion" in refused("(" * 200 + "1" + ")" * 200)
    assert "recursion" in refused(" + ".join(["1"] * 1000))
    assert "limit" in refused(f"'{'a' * 200_000}' == ''")
    assert refused(" && ".join(["true"] * 1000)) == ""


@pytest.mark.parametrize(
    "expression", ["self.replace('', self)", "self.split('').map(x, self).join()", "lists.range(100000000)"]
)
def test_values_that_would_fill_the_memory_are_not_made(expression: str) -> None:
    with pytest.raises(values.EvaluationError, match="operation cancelled"):
        evaluate(expression, "a" * 100_000)


def test_a_program_says_what_it_gives_and_what_it_reads() -> None:
    environment = programs.Environment({"object": declared.DYN, "name": declared.STRING, "variables.x": declared.INT})
    program = environment.compile("variables.x > 1 && object.a", wanted=programs.BOOL)

    assert (program.output, program.kind, program.used) == ("bool", declared.BOOL, {"variables.x", "object"})
    assert environment.compile("[name]").kind.element is declared.STRING
    assert program.evaluate({"object": {"a": True}, "variables": {"x": 2}}) is True
    assert program.evaluate({"object": {"a": True}, "variables.x": 1}) is False
    with pytest.raises(programs.WrongType) as raised:
        environment.compile("name", wanted=programs.BOOL)
    assert raised.value.output == "string"


def test_a_variable_that_is_not_given_is_an_error_where_it_is_read() -> None:
    environment = programs.Environment({"a": declared.DYN, "b": declared.DYN})
    assert environment.compile("a == 1 || b == 1").evaluate({"a": 1}) is True
    with pytest.raises(values.EvaluationError, match=r"no such attribute\(s\): b"):
        environment.compile("b").evaluate({"a": 1})


def test_objects_that_expressions_write_know_their_types() -> None:
    environment = programs.Environment({"object": declared.DYN}, patching=True)
    made = environment.compile("Object{spec: Object.spec{size: object.size + 1, ?old: object.?old}}")
    patch = environment.compile("[JSONPatch{op: 'add', path: '/a/' + jsonpatch.escapeKey('b/~c'), value: [1]}]")

    assert made.output == "Object"
    assert made.evaluate({"object": {"size": 1}}) == {"spec": {"size": 2}}
    assert patch.output == "list(JSONPatch)"
    assert patch.evaluate({}) == [{"op": "add", "path": "/a/b~1~0c", "value": [1]}]
    assert "undeclared reference" in refused("Object{a: 1}")
    assert "Object.spec{a: " in refused("Object.spec{a: nope}", patching=True)


def test_without_the_library_nothing_compiles_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Any:
        raise configuring.Unavailable

    monkeypatch.setattr(configuring, "engine", missing)
    with pytest.raises(
        configuring.Unavailable, match=r"cel-expr-python isn't installed \(pip install kroute\[server\]\)"
    ):
        programs.Environment({})
