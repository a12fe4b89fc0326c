"""Values as Go prints them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.machinery import goformat


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("", '""'),
        ("two words", '"two words"'),
        ('say "x"', '"say \\"x\\""'),
        ("a\\b", '"a\\\\b"'),
        ("a\tb\nc", '"a\\tb\\nc"'),
        ("größe", '"größe"'),
        ("\x00\x7f", '"\\x00\\x7f"'),
        ("\x85\u200b", '"\\u0085\\u200b"'),
        ("\U000e0001", '"\\U000e0001"'),
        ("\udcff", '"\\xff"'),
        ("\u00a0", '"\\u00a0"'),
    ],
)
def test_texts_are_quoted(text: str, wanted: str) -> None:
    assert goformat.quote(text) == wanted


@pytest.mark.parametrize(
    "byte, wanted",
    [(0x61, "'a'"), (0x27, "'\\''"), (0x22, "'\"'"), (0x0A, "'\\n'"), (0, "'\\x00'"), (0x81, "'\\x81'")],
)
def test_bytes_are_quoted(byte: int, wanted: str) -> None:
    assert goformat.quote_byte(byte) == wanted


@pytest.mark.parametrize("char, wanted", [("A", "U+0041 'A'"), ("\n", "U+000A"), ("ü", "U+00FC 'ü'")])
def test_characters_are_named(char: str, wanted: str) -> None:
    assert goformat.code_point(char) == wanted


@pytest.mark.parametrize(
    "value, plain, as_json",
    [
        (0.0, "0", "0"),
        (-0.0, "-0", "-0"),
        (1.5, "1.5", "1.5"),
        (100.0, "100", "100"),
        (999999.0, "999999", "999999"),
        (1e6, "1e+06", "1000000"),
        (123456789.5, "1.234567895e+08", "123456789.5"),
        (1e20, "1e+20", "100000000000000000000"),
        (1e21, "1e+21", "1e+21"),
        (0.0001, "0.0001", "0.0001"),
        (0.00001, "1e-05", "0.00001"),
        (1.5e-7, "1.5e-07", "1.5e-7"),
        (-2.5e100, "-2.5e+100", "-2.5e+100"),
        (float("inf"), "+Inf", "+Inf"),
        (float("-inf"), "-Inf", "-Inf"),
        (float("nan"), "NaN", "NaN"),
    ],
)
def test_numbers_have_their_shortest_form(value: float, plain: str, as_json: str) -> None:
    assert goformat.number(value) == plain
    assert goformat.json_number(value) == as_json


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back(value: float) -> None:
    assert float(goformat.number(value)) == value
    assert float(goformat.json_number(value)) == value


def test_json_escapes_what_html_would_read() -> None:
    shown = goformat.compact_json({"a": ["<&>", None, True, "ü\u2028"]})
    assert shown == '{"a":["\\u003c\\u0026\\u003e",null,true,"ü\\u2028"]}'
    assert json.loads(shown) == {"a": ["<&>", None, True, "ü\u2028"]}


@pytest.mark.parametrize(
    "value, kind",
    [({}, "object"), ([], "array"), ("", "string"), (1, "number"), (1.5, "number"), (True, "bool"), (None, "null")],
)
def test_json_values_have_names(value: Any, kind: str) -> None:
    assert goformat.kind(value) == kind
    assert goformat.cannot_unmarshal(value, "T") == f"json: cannot unmarshal {kind} into Go value of type T"
