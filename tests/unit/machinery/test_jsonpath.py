"""JSONPath as printer columns have it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.machinery import jsonpath

OBJ: dict[str, Any] = {
    "metadata": {"name": "web", "labels": {"a.b": "dotted", "c/d": "slashed"}},
    "spec": {
        "replicas": 3,
        "ratio": 0.5,
        "on": True,
        "none": None,
        "empty": [],
        "items": [
            {"n": 1, "type": "Ready", "status": "True"},
            {"n": 2, "type": "Other", "status": "False", "tags": ["x"]},
            {"n": 3, "type": "Last (one)"},
        ],
    },
}


@pytest.mark.parametrize(
    "path, wanted",
    [
        (".metadata.name", ["web"]),
        ("$.metadata.name", ["web"]),
        ("@.metadata.name", ["web"]),
        (".spec.none", [None]),
        (".spec.none.deeper", []),
        (".spec.nothing", []),
        (".spec.nothing.at.all", []),
        (".metadata.name.first", []),
        (r".metadata.labels.a\.b", ["dotted"]),
        (r".metadata.labels['a\.b']", ["dotted"]),
        (".metadata.labels['c/d']", ["slashed"]),
        (".metadata.labels.c/d", ["slashed"]),
        (".metadata.labels.*", ["dotted", "slashed"]),
        (".spec.items[0].n", [1]),
        (".spec.items[-1].n", [3]),
        (".spec.items[*].n", [1, 2, 3]),
        (".spec.items[0:2].n", [1, 2]),
        (".spec.items[1:].n", [2, 3]),
        (".spec.items[:-1].n", [1, 2]),
        (".spec.items[::2].n", [1, 3]),
        (".spec.items[1:1].n", []),
        (".spec.items[0,2].n", [1, 3]),
        (".spec.items[*]['n','type']", [1, 2, 3, "Ready", "Other", "Last (one)"]),
        (".spec.items[*].status", ["True", "False"]),
        ('.spec.items[?(@.type=="Ready")].status', ["True"]),
        (".spec.items[?(@.type=='Ready')].status", ["True"]),
        ('.spec.items[?(@.type!="Ready")].n', [2, 3]),
        ('.spec.items[?(@.type=="Last (one)")].n', [3]),
        (".spec.items[?(@.n>1)].n", [2, 3]),
        (".spec.items[?(@.n>=2)].n", [2, 3]),
        (".spec.items[?(@.n<2)].n", [1]),
        (".spec.items[?(@.n<=1)].n", [1]),
        (".spec.items[?(@.tags)].n", [2]),
        (".spec.items[?(@.missing==1)].n", []),
        (".spec.items[?(@.tags[5])].n", []),
        (".spec.empty[*]", []),
        ("..n", [1, 2, 3]),
        (".spec..type", ["Ready", "Other", "Last (one)"]),
        (".spec.items[*]..tags[0]", ["x"]),
        (".metadata.name}{.spec", ["web"]),
        ("", [OBJ]),
        (".spec.replicas ", [3]),
    ],
)
def test_a_path_finds_its_values(path: str, wanted: list[Any]) -> None:
    assert jsonpath.compiled(path).find(OBJ) == wanted


@pytest.mark.parametrize(
    "path, message",
    [
        (".spec.items[0", "unterminated array"),
        (".spec.items[a]", "invalid array index a"),
        (".spec.items[]" + "[1:2:3:4]", "invalid array index 1:2:3:4"),
        (".spec.items[-]", "array index - is not a number"),
        (".spec.items[99999999999999999999]", "array index 99999999999999999999 is not a number"),
        (".spec.items[?(@.n==1]", "unterminated filter"),
        (".spec.items[?(@.n==1)", "unclosed array expect ]"),
        ("..", None),
        ("....a", "invalid multiple recursive descent"),
        ("!", "unrecognized character in action: U+0021 '!'"),
        (".a\n", "unclosed action"),
        ("'a", "unterminated quoted string"),
        ("1.2.3", "cannot parse number 1.2.3"),
        ("[" + "?(" * 3, "unterminated filter"),
    ],
)
def test_a_bad_path_is_refused(path: str, message: str | None) -> None:
    if message is None:
        jsonpath.compiled(path)
        return
    with pytest.raises(jsonpath.JSONPathError) as caught:
        jsonpath.compiled(path)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "path, message",
    [
        ("spec.replicas", "unrecognized identifier spec"),
        (".spec.items[5]", "array index out of bounds: index 5, length 3"),
        (".spec.items[-5]", "array index out of bounds: index -2, length 3"),
        (".spec.items[0:9]", "array index out of bounds: index 8, length 3"),
        (".spec.items[2:1]", "starting index 2 is greater than ending index 1"),
        (".spec.items[0:2:0]", "step must be > 0"),
        (".spec.replicas[0]", "int64 is not array or slice"),
        (".metadata[0]", "map[string]interface {} is not array or slice"),
        (".metadata.name[0]", "string is not array or slice"),
        (".spec.replicas[?(@.a)]", "3 is not array or slice and cannot be filtered"),
        (".spec.items[?(@.n==1.0)]", "incompatible types for comparison"),
        (".spec.items[?(@.tags==1)]", "invalid type for comparison"),
        (".spec.items[?(@.n=~1)]", "unrecognized character in action: U+007E '~'"),
        (".spec.items[?(@.n=1)]", "unrecognized filter operator ="),
        (".spec.items[?(@.*==1)]", "can only compare one element at a time"),
    ],
)
def test_an_object_that_does_not_fit_is_an_error(path: str, message: str) -> None:
    with pytest.raises(jsonpath.JSONPathError) as caught:
        jsonpath.compiled(path).find(OBJ)
    assert str(caught.value) == message


def test_the_first_value_can_be_asked_for() -> None:
    assert jsonpath.compiled(".spec.items[*].n").first(OBJ) == 1
    assert jsonpath.compiled(".spec.nothing").first(OBJ) is None
    assert jsonpath.compiled(".spec.items[9]").first(OBJ, "-") == "-"
    assert jsonpath.compiled(".a.b").first(None) is None


def test_quoted_texts_have_escapes() -> None:
    items = {"l": [{"t": 'a"b'}, {"t": "ü"}]}
    assert jsonpath.compiled('.l[?(@.t=="a\\"b")].t').find(items) == ['a"b']
    assert jsonpath.compiled('.l[?(@.t=="\\u00fc")].t').find(items) == ["ü"]


@pytest.mark.parametrize(
    "value, text",
    [
        ("a", "a"),
        (3, "3"),
        (0.5, "0.5"),
        (1e6, "1e+06"),
        (True, "true"),
        (None, "null"),
        ({"a": ["<"]}, '{"a":["\\u003c"]}'),
    ],
)
def test_values_are_shown_as_go_prints_them(value: Any, text: str) -> None:
    assert jsonpath.show(value) == text


@given(st.text(alphabet=".[]?()@$*'\":,-0a\\ {}\n=!<", max_size=25))
def test_any_path_is_read_or_refused(path: str) -> None:
    try:
        jsonpath.compiled(path).find({"a": [{"a": 0}, "a", None]})
    except jsonpath.JSONPathError:
        return


def test_filters_do_not_nest() -> None:
    with pytest.raises(jsonpath.JSONPathError, match="unterminated filter"):
        jsonpath.compiled(".a" + "[?(@" * 5000 + ")]" * 5000)
