"""Whatever an expression does to whatever values, it has a value or it fails as an expression."""

from __future__ import annotations

import contextlib
import functools
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kroute.cel import declared, programs, values
from kroute.cel.library import tables

VALUES = (
    "self", "self.a", "self.l", "self.l[0]", "1", "-1", "0", "1.5", "1u", "true", "null", "'a'", "'%s %d'", "b'x'", "[]",
    "[1]", "['a']", "{}", "{'a': 1}", "timestamp('2020-01-01T00:00:00Z')", "duration('1s')", "optional.none()",
    "optional.of(1)", "quantity('1')", "ip('::1')", "cidr('10.0.0.0/8')", "url('https://a/b')", "semver('1.2.3')",
    "format.uuid()", "9223372036854775807", "double('NaN')", "1e308",
)  # fmt: skip
OPERATORS = ("+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "in")
STANDARD = ("size", "int", "uint", "double", "string", "bool", "bytes", "timestamp", "duration", "type")
MEMBERS = ("contains", "startsWith", "endsWith", "matches", "getFullYear", "getMilliseconds", "size", "getDayOfWeek")
MACROS = (
    "{}.all(v, dyn({}))", "{}.exists(v, dyn({}))", "{}.map(v, {})", "{}.filter(v, dyn({}))", "{}.exists_one(v, dyn({}))",
    "{}.all(k, v, dyn({}))", "{}.transformList(k, v, {})", "{}.transformMap(k, v, {})", "{}.sortBy(v, dyn({}))",
    "{}.transformMapEntry(k, v, {{k: {}}})",
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from("abl"), below, max_size=3),
    max_leaves=8,
)


def calls(inner: st.SearchStrategy[str]) -> list[st.SearchStrategy[str]]:
    """A call of each function, with whatever values."""
    made = []
    for each in tables.library().by_id.values():
        if each.function[0].isalpha() and "@" not in each.function:
            parts = st.tuples(*[inner] * len(each.arguments))
            member = each.member and bool(each.arguments)
            made.append(parts.map(functools.partial(written, each.function, member)))
    return made


def written(name: str, member: bool, arguments: tuple[str, ...]) -> str:
    shown = [f"dyn({each})" for each in arguments]
    return f"{shown[0]}.{name}({', '.join(shown[1:])})" if member else f"{name}({', '.join(shown)})"


def form(text: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda found: text.format(*found))


def deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        form("(dyn({}) {} dyn({}))", inner, st.sampled_from(OPERATORS), inner),
        form("{}({})", st.sampled_from(STANDARD), inner),
        form("dyn({}).{}(dyn({}))", inner, st.sampled_from(MEMBERS), inner),
        form("dyn({})[dyn({})]", inner, inner),
        form("dyn({})[?dyn({})]", inner, inner),
        form("dyn({}).?a.b", inner),
        form("has(dyn({}).a)", inner),
        form("(dyn({}) ? dyn({}) : dyn({}))", inner, inner, inner),
        st.sampled_from(MACROS).flatmap(lambda macro: form(macro, inner.map(lambda each: f"dyn({each})"), inner)),
        *calls(inner),
    )


EXPRESSIONS = st.recursive(st.sampled_from(VALUES), deeper, max_leaves=5)


@functools.cache
def environment() -> programs.Environment:
    return programs.Environment({"self": declared.DYN})


@settings(max_examples=300, deadline=None)
@given(EXPRESSIONS, JSON)
def test_nothing_but_the_errors_of_expressions_comes_out(expression: str, value: Any) -> None:
    before = json.dumps(value)
    with contextlib.suppress(programs.CompileError, values.EvaluationError):
        environment().compile(expression).evaluate({"self": value})
    assert json.dumps(value) == before
