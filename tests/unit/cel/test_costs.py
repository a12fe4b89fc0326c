"""What expressions cost at most, by the sizes that a schema allows."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.cel import declared, programs, ranges
from kroute.schema import compiling

TEXT = {"type": "string", "maxLength": 10}
SCHEMA = {
    "type": "object",
    "properties": {
        "a": {"type": "integer"},
        "b": TEXT,
        "free": {"type": "string"},
        "kind": {"type": "string", "enum": ["x", "long"]},
        "l": {"type": "array", "maxItems": 5, "items": TEXT},
        "m": {"type": "object", "maxProperties": 4, "additionalProperties": {"type": "integer"}},
        "any": {"type": "array", "items": {"type": "string"}},
        "ios": {"x-kubernetes-int-or-string": True},
    },
}


def cost(expression: str, schema: dict[str, Any] = SCHEMA) -> int:
    wrapped = compiling.compile_schema({"type": "object", "properties": {"f": schema}})
    kind = declared.of_schema(wrapped.properties["f"])
    assert kind is not None
    return programs.Environment({"self": kind}).compile(expression, sizes=kind).cost


@pytest.mark.parametrize(
    "expression, most",
    [
        ("true", 0),
        ("self.a > 1", 3),
        ("has(self.b)", 1),
        ("self.b == 'abc'", 3),
        ("self.b.startsWith('a')", 3),
        ("self.b.matches('^a+$')", 7),
        ("self.l.all(x, x.size() > 1)", 33),
        ("self.m.all(k, self.m[k] > 0)", 35),
        ("self.free == self.free", 314_577),
        ("type(self.ios) == int ? self.ios > 0 : self.ios == 'x'", 7),
    ],
)
def test_costs_follow_from_sizes(expression: str, most: int) -> None:
    assert cost(expression) == most


@pytest.mark.parametrize(
    "expression, most",
    [
        ("'kubernetes'.lowerAscii()", 1),
        ("'abc 123 def 123'.find('123')", 2),
        ("'abc 123 def 123'.replace('123', '456')", 3),
        ("quantity('12Mi')", 1),
        ("cidr('192.168.0.0/16')", 2),
        ("ip('192.168.0.1').isLoopback()", 3),
        ("semver('1.2.3').major()", 2),
        ("sets.contains([1], [1])", 22),
        ("[1, 2, 3].slice(0, 2)", 23),
        ("[3, 1].sort()", 29),
        ("lists.range(3)", 14),
        ("{'a': 1}.a", 31),
        ("dyn(1) == 1", 2),
    ],
)
def test_functions_of_literals_have_known_costs(expression: str, most: int) -> None:
    assert cost(expression) == most


@pytest.mark.parametrize(
    "expression", ["'a is ' + string(self.a)", "self.any.all(x, self.any.all(y, x != y))", "self.any.sort() == []"]
)
def test_what_has_no_limit_is_much_too_costly(expression: str) -> None:
    assert cost(expression) > 10**12


def test_items_that_are_smaller_make_lists_longer() -> None:
    small = {"type": "array", "items": {"type": "integer"}}
    large = {"type": "array", "items": {"type": "object", "required": ["name"], "properties": {"name": TEXT}}}
    assert cost("self.all(x, true)", small) > 3 * cost("self.all(x, true)", large)


def test_ranges_stay_within_64_bits() -> None:
    huge = ranges.Range(1, ranges.MOST)
    assert huge.plus(huge).most == huge.times(huge).most == huge.scaled(2).most == ranges.MOST
    assert ranges.Range(3, 7).scaled(0.1) == (1, 1)
