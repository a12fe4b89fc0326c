"""Query strings, as Go reads them."""

from __future__ import annotations

import pytest

from kroute.machinery import query


@pytest.mark.parametrize(
    "text, found",
    [
        ("", {}),
        ("a=1", {"a": ["1"]}),
        ("a=1&a=2&b=", {"a": ["1", "2"], "b": [""]}),
        ("a", {"a": [""]}),
        ("&&a=1&", {"a": ["1"]}),
        ("a=x+y%20z", {"a": ["x y z"]}),
        ("a%3Db=c", {"a=b": ["c"]}),
        ("a=1;b=2", {}),
        ("a=1;b=2&c=3", {"c": ["3"]}),
        ("a=%zz&b=1", {"b": ["1"]}),
        ("a=%4&b=%", {}),
        ("a=b=c", {"a": ["b=c"]}),
        ("%C3%BC=%C3%A9", {"ü": ["é"]}),
        ("a=%FF", {"a": ["\ufffd"]}),
    ],
)
def test_parse(text: str, found: dict[str, list[str]]) -> None:
    assert query.parse(text) == found


def test_the_first_value_is_taken() -> None:
    assert query.first({"a": ["1", "2"]}, "a") == "1"
    assert query.first({}, "a") == ""


def test_a_target_is_split_and_its_path_decoded_once() -> None:
    assert query.split("/a%2Fb%2520c?x=%20") == ("/a/b%20c", "x=%20")


@pytest.mark.parametrize("text, true", [("", True), ("true", True), ("x", True), ("FALSE", False), ("0", False)])
def test_flags(text: str, true: bool) -> None:
    assert query.is_true(text) is true
