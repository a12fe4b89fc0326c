"""JSON bodies: decoded, refused, encoded."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.machinery import codecs, gvk

HEAD = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
PARSE = "couldn't get version/kind; json parse error: "


@pytest.mark.parametrize(
    "data, message",
    [
        (b"{not json", "invalid character 'n' looking for beginning of object key string ({not json)"),
        (b"hello", "invalid character 'h' looking for beginning of value (68656c6c6f)"),
        (
            b'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"',
            'unexpected end of JSON input ({"apiVersion":"v1","kind":"Con ...)',
        ),
        (b"", "unexpected end of JSON input (<empty>)"),
        (b"   ", "unexpected end of JSON input (202020)"),
        (b"[]", f"json: cannot unmarshal array into Go value of type {HEAD} (5b5d)"),
        (b'"ConfigMap"', f"json: cannot unmarshal string into Go value of type {HEAD} (22436f6e6669674d617022)"),
        (b"7", f"json: cannot unmarshal number into Go value of type {HEAD} (37)"),
        (b"true", f"json: cannot unmarshal bool into Go value of type {HEAD} (74727565)"),
        (
            b'{"apiVersion": "v1", "kind": 5, "metadata": {"name": "x"}}',
            "json: cannot unmarshal number into Go struct field .kind of type string "
            '({"apiVersion": "v1", "kind": 5 ...)',
        ),
        (
            b'{"apiVersion": {"v": 1}, "kind": 5}',
            "json: cannot unmarshal object into Go struct field .apiVersion of type string "
            '({"apiVersion": {"v": 1}, "kind ...)',
        ),
        (
            b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n",
            "invalid character 'a' looking for beginning of value "
            "(61706956657273696f6e3a2076310a6b696e643a20436f6e6669674d6170 ...)",
        ),
    ],
)
def test_a_body_that_says_no_kind_is_refused_in_the_words_of_kube_apiserver(data: bytes, message: str) -> None:
    with pytest.raises(codecs.DecodeError) as caught:
        codecs.decode_object(data)
    error = codecs.unrecognized("ConfigMap", caught.value, data)
    assert error.message == f"the object provided is unrecognized (must be of type ConfigMap): {PARSE}{message}"
    assert error.status_code == 400


def test_a_body_of_the_wrong_form_is_told_which_form_was_wanted() -> None:
    error = codecs.cannot_handle(gvk.GroupVersionKind("", "v1", "ConfigMap"), "ConfigMap", "json: no")
    assert error.message == 'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: no'


def test_an_api_version_has_one_slash_at_most() -> None:
    with pytest.raises(codecs.DecodeError, match=r"^unexpected GroupVersion string: a/b/c$"):
        codecs.decode_object(b'{"apiVersion":"a/b/c"}')


@pytest.mark.parametrize(
    "document, wanted",
    [
        (None, ("", "", "")),
        ({}, ("", "", "")),
        ({"kind": None, "apiVersion": None}, ("", "", "")),
        ({"kind": "Pod", "apiVersion": "v1"}, ("", "v1", "Pod")),
        ({"kind": "Job", "apiVersion": "batch/v1"}, ("batch", "v1", "Job")),
    ],
)
def test_a_document_says_what_it_is(document: Any, wanted: tuple[str, str, str]) -> None:
    assert codecs.interpret(document) == wanted


@pytest.mark.parametrize(
    "data, wanted",
    [
        (b'"\xff"', "\ufffd"),
        (b'"\xe2\x82"', "\ufffd\ufffd"),
        (b'"\\ud800x"', "\ufffdx"),
        (b'"\\ud83d\\ude00\\ud800"', "\U0001f600\ufffd"),
        (b'{"\\udc00":["\xc3\xa4\xff"]}', {"\ufffd": ["ä\ufffd"]}),
        (b"18446744073709551616", 1.8446744073709552e19),
        (b'[123456789012345678901,-9223372036854775808,"\xff"]', [1.2345678901234568e20, -(2**63), "\ufffd"]),
        (b'["\xff",9223372036854775808,1.5]', ["\ufffd", 2.0**63, 1.5]),
        (b"[1.0,-0]", [1.0, 0]),
        (b'"\\u0000"', "\x00"),
    ],
)
def test_what_go_takes_is_taken(data: bytes, wanted: Any) -> None:
    assert codecs.decode(data) == wanted


def test_a_number_beyond_all_bounds_is_refused_once_the_kind_is_known() -> None:
    with pytest.raises(codecs.NumberError) as caught:
        codecs.decode_object(b'{"kind":"Pod","apiVersion":"v1","n":[1e400]}')
    assert str(caught.value) == "json: cannot unmarshal number 1e400 into Go value of type float64"
    assert codecs.interpret(caught.value.document).kind == "Pod"


@pytest.mark.parametrize("depth", [201, 253, 300, 1024, 1025, 100_000])
@pytest.mark.parametrize("opening, closing", [(b"[", b"]"), (b'{"a":', b"}")])
def test_deep_nesting_is_refused(depth: int, opening: bytes, closing: bytes) -> None:
    inner = b"" if opening == b"[" else b"1"
    with pytest.raises(codecs.DecodeError, match="exceeded max depth"):
        codecs.decode(opening * depth + inner + closing * depth)


def test_the_deepest_nesting_that_is_taken_can_be_written() -> None:
    data = b"[" * codecs.MAX_DEPTH + b"]" * codecs.MAX_DEPTH
    assert codecs.encode(codecs.decode(data)) == data


def test_many_shallow_arrays_are_no_depth() -> None:
    assert len(codecs.decode(b"[" + b"[],{}," * 500 + b"1]")) == 1001


@pytest.mark.parametrize(
    "document, wanted",
    [
        ({"a": [1, None, "ü"]}, '{"a":[1,null,"ü"]}'),
        ([2**70], "[1180591620717411303424]"),
        ("\ud800", '"\ufffd"'),
    ],
)
def test_documents_are_written_compactly(document: Any, wanted: str) -> None:
    assert codecs.encode(document).decode() == wanted


def test_documents_are_written_indented() -> None:
    assert codecs.encode_pretty({"a": [1]}) == b'{\n  "a": [\n    1\n  ]\n}'
    assert json.loads(codecs.encode_pretty({"a": 2**70})) == {"a": 2**70}


def outcome(data: bytes) -> str:
    """The document of a body, or why it is refused."""
    try:
        return codecs.encode(codecs.decode(data)).decode()
    except codecs.DecodeError as error:
        return str(error)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert outcome(data)


@given(st.text(alphabet='{}[]",:\\u0123dDaAeE-+.tfn \x00é', max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert outcome(text.encode())
