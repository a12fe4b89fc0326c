"""YAML bodies as kube-apiserver reads them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.machinery import codecs, yamldecode, yamlencode


@pytest.mark.parametrize(
    "text, message",
    [
        ("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n bad: indent\n", "line 4: did not find expected key"),
        ("a: [1", "line 1: did not find expected ',' or ']'"),
        ("a: b: c", "mapping values are not allowed in this context"),
        ("x: 1\na: b: c", "line 2: mapping values are not allowed in this context"),
        ("\t- a", "found character that cannot start any token"),
        ("a: @b", "found character that cannot start any token"),
        ("a: \x01", "control characters are not allowed"),
        ("a: *x", "unknown anchor 'x' referenced"),
        ("a: &x [*x]", "anchor 'x' value contains itself"),
        ("a: &x {b: {c: *x}}", "anchor 'x' value contains itself"),
        ("x:\n  <<: 5", "map merge requires map or sequence of maps as the value"),
        ("x:\n  <<: [{}, 5]", "map merge requires map or sequence of maps as the value"),
        ("a: !!int x", "cannot decode !!str `x` as a !!int"),
        ("a: !!bool 1", "cannot decode !!int `1` as a !!bool"),
        ("a: !!binary x", "!!binary value contains invalid base64 data"),
        ('a: "\\ud800"', "found invalid Unicode character escape code"),
        ("? [a]\n: b", "invalid map key: sequence"),
        ("a: &k [b]\n*k : c", 'invalid map key: ["b"]'),
        ("- " * 300, "line 1: exceeded max depth of 200"),
        ("[" * 100_000, "line 1: exceeded max depth of 200"),
    ],
)
def test_what_is_no_yaml_is_refused_in_the_words_of_go(text: str, message: str) -> None:
    with pytest.raises(yamldecode.YAMLError) as caught:
        yamldecode.decode(text.encode())
    assert str(caught.value) == f"yaml: {message}"
    assert isinstance(caught.value, codecs.DecodeError)


@pytest.mark.parametrize(
    "text, message",
    [("a: .nan", "NaN"), ("a: .inf", "+Inf"), ("a: -.Inf", "-Inf"), ("- .NaN", "NaN"), (".inf", "+Inf")],
)
def test_numbers_that_json_has_not_are_refused(text: str, message: str) -> None:
    with pytest.raises(yamldecode.YAMLError) as caught:
        yamldecode.decode(text.encode())
    assert str(caught.value) == f"json: unsupported value: {message}"


def test_null_is_no_key() -> None:
    with pytest.raises(yamldecode.YAMLError, match="unsupported map key of type"):
        yamldecode.decode(b"~: a")


def test_bytes_that_are_no_utf_8_are_refused() -> None:
    with pytest.raises(yamldecode.YAMLError, match="yaml: invalid leading UTF-8 octet"):
        yamldecode.decode(b"a: \xff")


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("y", True),
        ("Yes", True),
        ("on", True),
        ("TRUE", True),
        ("n", False),
        ("off", False),
        ("yEs", "yEs"),
        ("~", None),
        ("null", None),
        ('"null"', "null"),
        ("'yes'", "yes"),
        ("0755", 493),
        ("0o17", 15),
        ("0x1F", 31),
        ("-0x1F", -31),
        ("0b11", 3),
        ("08", 8),
        ("1_000", 1000),
        ("+5", 5),
        ("-0", 0),
        ("1e3", 1000),
        ("1.0", 1),
        ("-1.5", -1.5),
        (".5", 0.5),
        ("1.e1", 10),
        (".", "."),
        ("1e400", "1e400"),
        ("0x", "0x"),
        ("1.2.3", "1.2.3"),
        ("12:30:45", "12:30:45"),
        ("2001-01-01", "2001-01-01"),
        ("2001-01-01T00:00:00Z", "2001-01-01T00:00:00Z"),
        ("9223372036854775807", 2**63 - 1),
        ("18446744073709551615", 2**64 - 1),
        ("18446744073709551616", 2.0**64),
        ("-9223372036854775808", -(2**63)),
        ("=", "="),
        ("<<", "<<"),
        ('!!int "3"', 3),
        ("!!float 3", 3),
        ("!!str 3", "3"),
        ("!!binary aGVsbG8=", "hello"),
        ("!mine 3", "3"),
        ("! 3", "3"),
        ("9" * 500, "9" * 500),
    ],
)
def test_scalars_mean_what_yaml_v2_takes_them_for(text: str, wanted: Any) -> None:
    found = yamldecode.decode(f"k: {text}".encode())
    assert found == {"k": wanted}
    assert type(found["k"]) is type(wanted)


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("", None),
        ("# nothing\n", None),
        ("---\n...\n", None),
        ("a: 1\n---\nb: [", {"a": 1}),
        ("kind: ConfigMap\ndata: {a: b}\n", {"kind": "ConfigMap", "data": {"a": "b"}}),
        ("t: |\n  line one\n  line two\nf: >-\n  x\n  y\n", {"t": "line one\nline two\n", "f": "x y"}),
        ("1: a\ntrue: b\n1.5: c\n.inf: d\n", {"1": "a", "true": "b", "1.5": "c", ".inf": "d"}),
        ("k: 1\nk: 2\n", {"k": 2}),
        ("a: &x {l: [1]}\nb: *x\n", {"a": {"l": [1]}, "b": {"l": [1]}}),
        ("&k a: *k\n", {"a": "a"}),
        ("- &x 1\n- &x 2\n- *x\n", [1, 2, 2]),
        ("b: &b {a: 1, c: 2}\nx:\n  <<: *b\n  a: 3\n", {"b": {"a": 1, "c": 2}, "x": {"a": 3, "c": 2}}),
        ("x:\n  <<: [{a: 1}, {a: 2, b: 2}]\n", {"x": {"a": 1, "b": 2}}),
        ('x: {"<<": 1}', {"x": {"<<": 1}}),
        ('{"a": 1.0, "b": [1e3, 2.5]}', {"a": 1, "b": [1000, 2.5]}),
        ('  {"a": "x: y"}\n', {"a": "x: y"}),
        ("{a: b}", {"a": "b"}),
        ('{"a": 1e400}', {"a": "1e400"}),
        ("- a\n-\n- []\n", ["a", None, []]),
        ("just text", "just text"),
    ],
)
def test_documents_become_json(text: str, wanted: Any) -> None:
    assert yamldecode.decode(text.encode()) == wanted


def test_an_alias_is_a_copy() -> None:
    found = yamldecode.decode(b"a: &x [1]\nb: *x\n")
    found["a"].append(2)
    assert found["b"] == [1]


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("a: 1\nb: 2\n", []),
        ("apiVersion: v1\ndata:\n  k: a\n  k: b\n", ['line 4: key "k" already set in map']),
        ("a: {q: 1,\n q: 2}\n1: x\n1: y\n", ['line 2: key "q" already set in map', "line 4: key 1 already set in map"]),
        ('1: a\n"1": b\n', []),
        ("b: &b {a: 1}\nx:\n  <<: *b\n  a: 2\n", ['line 4: key "a" already set in map']),
        ('{"k": 1, "k": 2}', ['line 1: key "k" already set in map']),
        ("k:\nk:\n  - x\n", ['line 3: key "k" already set in map']),
    ],
)
def test_keys_that_stand_twice_are_found_with_their_lines(text: str, wanted: list[str]) -> None:
    assert yamldecode.duplicates(text.encode()) == wanted


def test_strict_decoding_makes_one_error_of_them() -> None:
    repeated = ['line 6: key "a" already set in map', 'line 7: key "b" already set in map']
    assert yamldecode.strict_error(repeated) == (
        'yaml: unmarshal errors:\n  line 6: key "a" already set in map\n  line 7: key "b" already set in map'
    )


def laughs(width: int, levels: int) -> bytes:
    lines = ["a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join(lines).encode()


@pytest.mark.parametrize("data", [laughs(9, 9), laughs(100, 4), laughs(2, 40), laughs(1, 300)])
def test_a_bomb_of_aliases_is_refused(data: bytes) -> None:
    with pytest.raises(yamldecode.YAMLError, match="document contains excessive aliasing"):
        yamldecode.decode(data)


def test_some_aliases_are_no_bomb() -> None:
    assert len(yamldecode.decode(b"a: &a [1, 2, 3]\nl: [" + b", ".join([b"*a"] * 200) + b"]")["l"]) == 200


@pytest.mark.parametrize("data", [b"[" + b"a," * 1_000_000, b"a: 1\n" * 500_000])
def test_a_document_of_too_many_nodes_is_refused(data: bytes) -> None:
    with pytest.raises(yamldecode.YAMLError, match="yaml: document has more than 400000 nodes"):
        yamldecode.decode(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda below: (
        st.lists(below, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), below, max_size=4)
    ),
    max_leaves=10,
)


@given(JSON)
def test_json_is_yaml(value: Any) -> None:
    document = {"k": value}
    assert yamldecode.decode(json.dumps(document).encode()) == document


@given(JSON)
def test_what_is_written_reads_back(value: Any) -> None:
    assert yamldecode.decode(yamlencode.encode(value)) == value


def outcome(data: bytes) -> str:
    try:
        return codecs.encode(yamldecode.decode(data)).decode() + str(yamldecode.duplicates(data))
    except yamldecode.YAMLError as error:
        return str(error)


@given(st.text(alphabet="ab:-[]{},&*<!\"'|>#%@ \n\t?~0x.", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert outcome(text.encode())


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert outcome(data)
