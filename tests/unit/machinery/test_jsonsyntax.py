"""What is wrong with a text that is no JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.machinery import jsonsyntax

KEY = "looking for beginning of object key string"
VALUE = "looking for beginning of value"


@pytest.mark.parametrize(
    "data, message",
    [
        (b"{not json", f"invalid character 'n' {KEY}"),
        (b"hello", f"invalid character 'h' {VALUE}"),
        (b'{"apiVersion":"v1","metadata":{"name":"x"', "unexpected end of JSON input"),
        (b'{"a":{"b":"c"}} extra', "invalid character 'e' after top-level value"),
        (b'{"a":1}{"b":2}', "invalid character '{' after top-level value"),
        (b"", "unexpected end of JSON input"),
        (b"   ", "unexpected end of JSON input"),
        (b'{"metadata":{"name":"x",}}', f"invalid character '}}' {KEY}"),
        (b"{'metadata':{'name':'x'}}", f"invalid character '\\'' {KEY}"),
        (b"<xml/>", f"invalid character '<' {VALUE}"),
        (b"k8s\x00", f"invalid character 'k' {VALUE}"),
        (b"\x81", f"invalid character '\\x81' {VALUE}"),
        (b"\xef\xbb\xbf{}", f"invalid character '\\xef' {VALUE}"),
        (b"\x00", f"invalid character '\\x00' {VALUE}"),
        (b"[1,]", f"invalid character ']' {VALUE}"),
        (b"[1 2]", "invalid character '2' after array element"),
        (b"[1:2]", "invalid character ':' after array element"),
        (b"[1", "unexpected end of JSON input"),
        (b'{"a" 1}', "invalid character '1' after object key"),
        (b'{"a"', "unexpected end of JSON input"),
        (b'{"a":', "unexpected end of JSON input"),
        (b'{"a":}', f"invalid character '}}' {VALUE}"),
        (b'{"a":1', "unexpected end of JSON input"),
        (b'{"a":1,', "unexpected end of JSON input"),
        (b'{"a":1 "b":2}', "invalid character '\"' after object key:value pair"),
        (b'{"a":1]', "invalid character ']' after object key:value pair"),
        (b'{"a":{},"b":[],"c":{]', f"invalid character ']' {KEY}"),
        (b'"abc', "unexpected end of JSON input"),
        (b'"a\nb"', "invalid character '\\n' in string literal"),
        (b'"a\\', "invalid character ' ' in string escape code"),
        (b'"a\\x"', "invalid character 'x' in string escape code"),
        (b'"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"),
        (b'"\\u12', "invalid character ' ' in \\u hexadecimal character escape"),
        (b"-", "invalid character ' ' in numeric literal"),
        (b"-x", "invalid character 'x' in numeric literal"),
        (b"01", "invalid character '1' after top-level value"),
        (b"[01]", "invalid character '1' after array element"),
        (b"1.", "invalid character ' ' after decimal point in numeric literal"),
        (b"[1.]", "invalid character ']' after decimal point in numeric literal"),
        (b"1e", "invalid character ' ' in exponent of numeric literal"),
        (b"1e+x", "invalid character 'x' in exponent of numeric literal"),
        (b"[1.5.2]", "invalid character '.' after array element"),
        (b"+1", f"invalid character '+' {VALUE}"),
        (b"NaN", f"invalid character 'N' {VALUE}"),
        (b"nul", "invalid character ' ' in literal null (expecting 'l')"),
        (b"trux", "invalid character 'x' in literal true (expecting 'e')"),
        (b"[fals]", "invalid character ']' in literal false (expecting 'e')"),
        (b"]", f"invalid character ']' {VALUE}"),
        (b"[[1,2],{}]]", "invalid character ']' after top-level value"),
        (b"[" * 201, "invalid character '[' exceeded max depth"),
        (b'{"a":' * 201, "invalid character '{' exceeded max depth"),
    ],
)
def test_the_fault_is_named_in_the_words_of_go(data: bytes, message: str) -> None:
    assert jsonsyntax.problem(data) == message


@pytest.mark.parametrize(
    "data",
    [
        b"null",
        b" [ ] ",
        b'{"a":[1,-2.5e+3,{"b":null,"c":[true,false]}],"d":"\\u00e4\\n"}',
        b'"\xff"',
        b'"\\ud800"',
        b"[" * 200 + b"]" * 200,
        b"1e400",
    ],
)
def test_json_has_no_fault(data: bytes) -> None:
    assert jsonsyntax.problem(data) is None


@pytest.mark.parametrize(
    "data",
    [b"[" + b"[[]]," * 300_000, b"[" + b'{"a":[{}]},' * 200_000, b"[" + b"1," * 1_000_000, b'"' + b"\\n" * 1_000_000],
)
def test_a_large_broken_text_is_answered(data: bytes) -> None:
    assert jsonsyntax.problem(data) in (jsonsyntax.END, jsonsyntax.TOO_COMPLEX)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=4), below, max_size=4),
    max_leaves=12,
)


@given(JSON, st.booleans())
def test_whatever_is_json_has_no_fault(value: object, ascii_only: bool) -> None:
    assert jsonsyntax.problem(json.dumps(value, ensure_ascii=ascii_only, indent=1).encode("utf-8", "replace")) is None


@given(JSON, st.data())
def test_a_cut_or_changed_text_has_a_fault_exactly_when_it_is_no_json(value: object, data: st.DataObject) -> None:
    text = json.dumps(value).encode()
    at = data.draw(st.integers(0, len(text)))
    changed = text[:at] + data.draw(st.sampled_from([b"", b",", b"]", b"0", b"x", b'"'])) + text[at + 1 :]
    try:
        json.loads(changed, parse_constant=lambda name: int(name))
    except ValueError:
        assert jsonsyntax.problem(changed) is not None
    else:
        assert jsonsyntax.problem(changed) is None
