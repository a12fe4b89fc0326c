"""YAML answers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.machinery import yamlencode


def test_an_object_looks_as_kubectl_users_know_it() -> None:
    document = {
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "metadata": {"name": "y", "creationTimestamp": "2001-02-03T04:05:06Z", "labels": {"n": "1", "x": "true"}},
        "data": {"text": "a\nb\n", "open": "a\nb", "empty": "", "hash": "#c", "plain": "größe", "time": "12:30:45"},
        "list": ["a", {"b": 1.5, "c": []}, {}, None, True],
    }
    assert yamlencode.encode(document).decode() == (
        "apiVersion: v1\n"
        "data:\n"
        '  empty: ""\n'
        "  hash: '#c'\n"
        "  open: |-\n    a\n    b\n"
        "  plain: größe\n"
        "  text: |\n    a\n    b\n"
        '  time: "12:30:45"\n'
        "kind: ConfigMap\n"
        "list:\n- a\n- b: 1.5\n  c: []\n- {}\n- null\n- true\n"
        "metadata:\n"
        '  creationTimestamp: "2001-02-03T04:05:06Z"\n'
        '  labels:\n    "n": "1"\n    x: "true"\n'
        '  name: "y"\n'
    )


@pytest.mark.parametrize("value, text", [(None, "null\n"), (5, "5\n"), ("a", "a\n"), ({}, "{}\n"), ([], "[]\n")])
def test_a_document_may_be_anything(value: Any, text: str) -> None:
    assert yamlencode.encode(value).decode().removesuffix("...\n") == text


@pytest.mark.parametrize(
    "keys",
    [
        ["a1", "a2", "a10"],
        ["A", "a", "b"],
        ["a.b", "a/b", "aa"],
        ["v1", "v1.2", "v1.10", "v01"],
        ["", "0", "00", "1", "a"],
        ["b/c", "b9", "b10", "b1000", "ba"],
    ],
)
def test_keys_are_sorted_with_numbers_by_size(keys: list[str]) -> None:
    assert yamlencode.ordered(dict.fromkeys(sorted(keys, key=hash))) == keys


@given(st.sets(st.text(alphabet="ab01/.-", max_size=5), max_size=6))
def test_the_order_of_keys_does_not_depend_on_the_order_they_come_in(keys: set[str]) -> None:
    forward = yamlencode.ordered(dict.fromkeys(sorted(keys)))
    assert set(forward) == keys
    assert forward == yamlencode.ordered(dict.fromkeys(sorted(keys, reverse=True)))


def test_lone_surrogates_are_replaced() -> None:
    assert yamlencode.encode({"a": "\ud800"}).decode() == "a: \ufffd\n"
