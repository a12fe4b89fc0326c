"""Expressions have the values that the CEL library's own evaluator gives them, for all that it can evaluate."""

from __future__ import annotations

import functools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kroute.cel import configuring, declared, programs, values

DATA: dict[str, Any] = {
    "i": 7, "j": -3, "z": 0, "f": 1.5, "g": -0.5, "s": "abc", "t": "", "b": True, "n": None,
    "li": [1, 2, 3], "ls": ["a", "b", "a"], "e": [], "m": {"a": 1, "b": 2}, "o": {"x": {"y": [1, {"z": "q"}]}},
}  # fmt: skip
INTS = st.sampled_from(
    ["self.i", "self.j", "self.z", "0", "1", "9223372036854775807", "self.li[0]", "self.m.a", "self.m.q"]
)
DOUBLES = st.sampled_from(["self.f", "self.g", "2.0", "0.0"])
STRINGS = st.sampled_from(["self.s", "self.t", "'a'", "'bc'", "self.ls[1]", "self.ls[9]", "self.o.x.y[1].z"])
LISTS = st.sampled_from(["self.li", "self.ls", "self.e", "[1, 2]", "self.o.x.y", "[self.i, self.j]"])


def joined(form: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda given: form.format(*given))


def numbers(kind: st.SearchStrategy[str], operators: list[str]) -> st.SearchStrategy[str]:
    return st.recursive(
        kind, lambda below: st.one_of(*[joined(f"({{}} {each} {{}})", below, below) for each in operators])
    )


WHOLE = numbers(INTS, ["+", "-", "*", "/", "%"])
REAL = numbers(DOUBLES, ["+", "-", "*", "/"])
TEXT = st.recursive(STRINGS, lambda below: joined("({} + {})", below, below))
COMPARISON = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
SIMPLE = st.one_of(
    joined("({} {} {})", WHOLE, COMPARISON, WHOLE),
    joined("({} {} {})", REAL, COMPARISON, REAL),
    joined("({} {} {})", TEXT, COMPARISON, TEXT),
    joined("({} == {})", LISTS, LISTS),
    joined("({} in {})", WHOLE, LISTS),
    joined("{}.{}({})", TEXT, st.sampled_from(["startsWith", "endsWith", "contains"]), TEXT),
    joined("has(self.{})", st.sampled_from(["i", "n", "nope", "o.x", "o.w"])),
    joined("{}.{}(v, v == {})", LISTS, st.sampled_from(["all", "exists", "exists_one"]), WHOLE),
    joined("({}.filter(v, type(v) == int).size() > {})", LISTS, WHOLE),
    joined("(dyn({}.map(v, [v, v])) == dyn({}))", LISTS, LISTS),
    joined("self.m.{}(k, self.m[k] > {})", st.sampled_from(["all", "exists"]), WHOLE),
    st.just("self.b"),
)
CONDITIONS = st.recursive(
    SIMPLE,
    lambda below: st.one_of(
        joined("({} && {})", below, below),
        joined("({} || {})", below, below),
        joined("!{}", below),
        joined("({} ? {} : {})", below, below, below),
    ),
    max_leaves=6,
)
ANY = st.one_of(CONDITIONS, WHOLE, REAL, TEXT, joined("string({})", WHOLE), joined("int({})", REAL))
FAILED = "failed"


@functools.cache
def environment() -> programs.Environment:
    return programs.Environment({"self": declared.DYN})


def ours(expression: str) -> Any:
    try:
        return environment().compile(expression).evaluate({"self": DATA})
    except values.EvaluationError:
        return FAILED


@functools.cache
def reference() -> Any:
    engine = configuring.engine()
    return engine.NewEnv(config=configuring.configuration(), variables={"self": engine.Type.DYN})


def theirs(expression: str) -> Any:
    found = reference().compile(expression).eval(data={"self": DATA})
    return FAILED if str(found.type()) == "ERROR" else found.plain_value()


@settings(max_examples=400, deadline=None)
@given(ANY)
def test_expressions_have_the_same_values(expression: str) -> None:
    one, other = ours(expression), theirs(expression)
    assert type(one) is type(other)
    assert one == other or (one != one and other != other)
