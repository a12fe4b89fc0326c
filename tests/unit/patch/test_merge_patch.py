"""JSON merge patch."""

from __future__ import annotations

import copy
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from kroute.machinery import errors
from kroute.patch import merge_patch


def apply(document: Any, patch: Any) -> Any:
    before, body = copy.deepcopy(document), copy.deepcopy(patch)
    merge_patch.check(patch)
    found = merge_patch.apply(document, patch)
    assert (document, patch) == (before, body), "neither may be changed"
    return found


@pytest.mark.parametrize(
    "body, message",
    [
        ([], "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"),
        ("x", "error decoding patch: json: cannot unmarshal string into Go value of type map[string]interface {}"),
        (1, "error decoding patch: json: cannot unmarshal number into Go value of type map[string]interface {}"),
        (True, "error decoding patch: json: cannot unmarshal bool into Go value of type map[string]interface {}"),
        (None, "Invalid JSON Patch"),
    ],
)
def test_a_body_that_is_no_object_is_400(body: Any, message: str) -> None:
    with pytest.raises(errors.BadRequest) as caught:
        merge_patch.check(body)
    assert caught.value.message == message


def test_without_field_validation_a_list_replaces_the_document() -> None:
    merge_patch.check([{"a": None, "b": 1}], ignore_unknown=True)
    assert merge_patch.apply({"x": 1}, [{"a": None, "b": 1}, None]) == [{"b": 1}, None]
    with pytest.raises(errors.BadRequest, match="Invalid JSON Patch"):
        merge_patch.check("x", ignore_unknown=True)


@pytest.mark.parametrize(
    "document, patch, wanted",
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None, "z": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({"e": None}, {"e": {"x": None, "y": 1}}, {"e": {"y": 1}}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
        ({"a": "b"}, {"a": [{"x": None, "y": [{"z": None}]}]}, {"a": [{"y": [{}]}]}),
        ({"a": {"b": 1}}, {"a": [{"x": None}]}, {"a": [{"x": None}]}),
        ({"a": {"b": 1}}, {"a": {}}, {"a": {"b": 1}}),
    ],
)
def test_patches_as_the_reference_merges_them(document: Any, patch: Any, wanted: Any) -> None:
    assert apply(document, patch) == wanted


def test_an_empty_patch_gives_the_document_itself() -> None:
    document = {"a": {"b": 1}}
    assert apply(document, {}) is document
    assert apply(document, {"a": {}})["a"] is document["a"]


def test_a_patch_too_deep_to_walk_is_400() -> None:
    deep: Any = {}
    for _ in range(5000):
        deep = {"a": deep}
    with pytest.raises(errors.BadRequest):
        merge_patch.apply({}, deep)


KEYS = st.sampled_from("abc")
VALUES = st.recursive(
    st.booleans() | st.integers(0, 3) | st.sampled_from(["", "x"]) | st.lists(st.integers(0, 2), max_size=2),
    lambda below: st.dictionaries(KEYS, below, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=3)


def difference(one: Any, other: Any) -> Any:
    patch = {key: None for key in one if key not in other}
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(one.get(key), dict):
            patch[key] = difference(one[key], value)
        elif key not in one or one[key] != value or type(one[key]) is not type(value):
            patch[key] = value
    return patch


@hypothesis.given(DOCUMENTS, DOCUMENTS)
def test_the_difference_of_two_documents_leads_from_one_to_the_other(one: Any, other: Any) -> None:
    assert apply(one, difference(one, other)) == other


@hypothesis.given(DOCUMENTS, st.dictionaries(KEYS, VALUES | st.none(), max_size=3))
def test_a_second_time_changes_nothing(document: Any, patch: Any) -> None:
    once = apply(document, patch)
    assert apply(once, patch) == once
