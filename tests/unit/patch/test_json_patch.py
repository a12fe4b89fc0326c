"""JSON patch: what kube-apiserver makes of operations, and what it refuses."""

from __future__ import annotations

import copy
from typing import Any

import hypothesis
import jsonpatch
import pytest
from hypothesis import strategies as st

from kroute.machinery import errors
from kroute.patch import json_patch

REFUSED = "the server rejected our request due to an error in our request"
DOCUMENT = {
    "metadata": {"name": "a", "annotations": {"example.com/a": "1"}},
    "data": {"k": "v"},
    "ports": [{"n": 1}, {"n": 2}],
}


def apply(*operations: Any, document: Any = None) -> Any:
    target = copy.deepcopy(DOCUMENT) if document is None else document
    before, body = copy.deepcopy(target), copy.deepcopy(list(operations))
    try:
        return json_patch.apply(target, json_patch.parse(list(operations)).operations)
    finally:
        assert target == before, "the document must not be changed"
        assert list(operations) == body, "the patch must not be changed"


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/data/zz"},
        {"op": "remove", "path": "/binaryData/zz"},
        {"op": "remove", "path": ""},
        {"op": "remove", "path": "/ports/9"},
        {"op": "remove", "path": "/ports/-3"},
        {"op": "add", "path": "/metadata/labels/x", "value": "y"},
        {"op": "add", "path": "/data/k/deeper", "value": "v"},
        {"op": "add", "path": "/ports/9", "value": {}},
        {"op": "add", "path": "/ports/-4", "value": {}},
        {"op": "add", "path": "/ports/x", "value": {}},
        {"op": "add", "path": "/ports/1.0", "value": {}},
        {"op": "add", "path": "/ports/", "value": {}},
        {"op": "add", "path": "", "value": {}},
        {"op": "add", "path": "data", "value": {}},
        {"op": "add", "value": "w"},
        {"op": "replace", "path": "/metadata/labels/x", "value": "y"},
        {"op": "replace", "path": "/ports/2", "value": {}},
        {"op": "replace", "path": "", "value": "text"},
        {"op": "replace", "path": ""},
        {"op": "move", "path": "/data/n"},
        {"op": "move", "from": "/data/zz", "path": "/data/n"},
        {"op": "move", "from": "/data/k", "path": "/gone/n"},
        {"op": "copy", "from": "/gone/k", "path": "/data/n"},
        {"op": "copy", "from": "", "path": "/data/n"},
        {"op": "test", "path": "/data/k", "value": "other"},
        {"op": "test", "path": "/data/k", "value": 1},
        {"op": "test", "path": "/data/k"},
        {"op": "test", "path": "/data/zz", "value": "v"},
        {"op": "test", "path": "/binaryData/zz", "value": None},
        {"op": "test", "path": "/data", "value": {"k": "v", "l": "m"}},
        {"op": "test", "path": "/ports/0/n", "value": 1.0},
        {"op": "test", "path": "/ports/0/n", "value": True},
        {"op": "test", "path": "", "value": {}},
        {"op": "merge", "path": "/data/k", "value": "w"},
        {"path": "/data/k", "value": "w"},
        {},
        None,
    ],
)
def test_an_operation_that_does_not_apply_is_422_without_a_reason(operation: Any) -> None:
    with pytest.raises(errors.Invalid) as caught:
        apply(operation)
    assert caught.value.status()["message"] == REFUSED
    assert caught.value.status()["details"] == {}
    assert caught.value.status_code == 422


@pytest.mark.parametrize(
    "body, message",
    [
        ({"data": {}}, "json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"),
        ("x", "json: cannot unmarshal string into Go value of type []handlers.jsonPatchOp"),
        (["x"], "json: cannot unmarshal string into Go value of type handlers.jsonPatchOp"),
        ([[]], "json: cannot unmarshal array into Go value of type handlers.jsonPatchOp"),
        ([{"op": 5}], "json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string"),
        ([{"path": {}}], "json: cannot unmarshal object into Go struct field jsonPatchOp.path of type string"),
    ],
)
def test_a_body_that_is_no_patch_is_400(body: Any, message: str) -> None:
    with pytest.raises(errors.BadRequest) as caught:
        json_patch.parse(body)
    assert caught.value.message == f"error decoding patch: {message}"


def test_without_field_validation_a_body_is_read_by_the_patch_library() -> None:
    with pytest.raises(errors.BadRequest) as caught:
        json_patch.parse({}, ignore_unknown=True)
    assert caught.value.message == "json: cannot unmarshal object into Go value of type jsonpatch.Patch"
    parsed = json_patch.parse([{"op": 5, "more": 1}], ignore_unknown=True)
    assert parsed.complaints == []
    with pytest.raises(errors.Invalid):
        json_patch.apply(DOCUMENT, parsed.operations)


def test_ten_thousand_operations_are_the_limit() -> None:
    json_patch.parse([{}] * 10_000)
    with pytest.raises(errors.RequestEntityTooLarge) as caught:
        json_patch.parse([{}] * 10_001)
    wanted = "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001"
    assert caught.value.message == wanted


def test_unknown_members_are_complained_of_by_place() -> None:
    parsed = json_patch.parse([{"op": "test", "path": "/a"}, {"op": "add", "path": "/a", "extra": 1}])
    assert parsed.complaints == ['json patch unknown field "[1].extra"']


def test_a_document_too_deep_to_walk_is_400() -> None:
    deep: Any = {}
    for _ in range(5000):
        deep = {"a": deep}
    with pytest.raises(errors.BadRequest):
        json_patch.apply({"x": deep}, [{"op": "test", "path": "/x", "value": copy_of(deep)}])


def copy_of(deep: Any) -> Any:
    levels = 0
    while deep:
        deep, levels = deep["a"], levels + 1
    result: Any = {}
    for _ in range(levels):
        result = {"a": result}
    return result


@pytest.mark.parametrize(
    "operation, place, found",
    [
        ({"op": "replace", "path": "/data/zz", "value": "v"}, "data", {"k": "v", "zz": "v"}),
        ({"op": "copy", "from": "/data/zz", "path": "/data/n"}, "data", {"k": "v", "n": None}),
        ({"op": "add", "path": "data/n", "value": "v"}, "n", "v"),
        ({"op": "add", "path": "/data/n"}, "data", {"k": "v", "n": None}),
        ({"op": "replace", "path": "/data/k"}, "data", {"k": None}),
        ({"op": "add", "path": "/data/k", "value": "w"}, "data", {"k": "w"}),
        ({"op": "move", "from": "/data/k", "path": "/data/n"}, "data", {"n": "v"}),
        ({"op": "remove", "path": "/data/k"}, "data", {}),
        ({"op": "add", "path": "/ports/0", "value": 9}, "ports", [9, {"n": 1}, {"n": 2}]),
        ({"op": "add", "path": "/ports/-", "value": 9}, "ports", [{"n": 1}, {"n": 2}, 9]),
        ({"op": "add", "path": "/ports/2", "value": 9}, "ports", [{"n": 1}, {"n": 2}, 9]),
        ({"op": "add", "path": "/ports/-1", "value": 9}, "ports", [{"n": 1}, {"n": 2}, 9]),
        ({"op": "add", "path": "/ports/+1", "value": 9}, "ports", [{"n": 1}, 9, {"n": 2}]),
        ({"op": "remove", "path": "/ports/-1"}, "ports", [{"n": 1}]),
        ({"op": "remove", "path": "/ports/01"}, "ports", [{"n": 1}]),
        ({"op": "move", "from": "/ports/1", "path": "/ports/0"}, "ports", [{"n": 2}, {"n": 1}]),
        ({"op": "replace", "path": "/ports/1/n", "value": 7}, "ports", [{"n": 1}, {"n": 7}]),
        ({"op": "test", "path": "/data/zz", "value": None}, "data", {"k": "v"}),
        ({"op": "test", "path": "/data", "value": {"k": "v"}}, "data", {"k": "v"}),
        (
            {"op": "replace", "path": "/metadata/annotations/example.com~1a", "value": "3"},
            "metadata",
            {"name": "a", "annotations": {"example.com/a": "3"}},
        ),
    ],
)
def test_operations_as_the_reference_does_them(operation: Any, place: str, found: Any) -> None:
    assert apply(operation)[place] == found


def test_escapes_are_undone_once() -> None:
    patched = apply(
        {"op": "add", "path": "/data/x~01y", "value": "1"}, {"op": "add", "path": "/data/m~0n~1o", "value": "2"}
    )
    assert patched["data"] == {"k": "v", "x~1y": "1", "m~n/o": "2"}


def test_the_whole_document_can_be_replaced() -> None:
    assert apply({"op": "replace", "path": "", "value": {"hello": "world"}}) == {"hello": "world"}
    assert apply({"op": "replace", "path": "", "value": [1]}, {"op": "add", "path": "/-", "value": 2}) == [1, 2]


def test_no_operations_change_nothing() -> None:
    assert json_patch.apply(DOCUMENT, json_patch.parse(None).operations) is DOCUMENT
    assert json_patch.apply(DOCUMENT, json_patch.parse([]).operations) is DOCUMENT


def test_a_copy_is_independent_of_its_source() -> None:
    patched = apply(
        {"op": "add", "path": "/data/n", "value": "1"},
        {"op": "copy", "from": "/data", "path": "/other"},
        {"op": "add", "path": "/other/m", "value": "2"},
    )
    assert patched["data"] == {"k": "v", "n": "1"}
    assert patched["other"] == {"k": "v", "n": "1", "m": "2"}


def test_a_value_used_in_two_places_is_changed_in_one() -> None:
    value = {"a": 1}
    patched = apply(
        {"op": "add", "path": "/x", "value": value},
        {"op": "add", "path": "/y", "value": value},
        {"op": "add", "path": "/x/b", "value": 2},
    )
    assert (patched["x"], patched["y"]) == ({"a": 1, "b": 2}, {"a": 1})


def test_nothing_is_kept_of_a_patch_whose_last_operation_fails() -> None:
    with pytest.raises(errors.Invalid):
        apply({"op": "add", "path": "/data/n", "value": "v"}, {"op": "remove", "path": "/data/zz"})


KEYS = st.sampled_from(["a", "b", "c/d", "e~f", "0", "1", "-"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "x"]),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS, below, max_size=3),
    max_leaves=8,
)


@hypothesis.given(st.dictionaries(KEYS, VALUES, max_size=4), st.dictionaries(KEYS, VALUES, max_size=4))
def test_the_difference_of_two_documents_leads_from_one_to_the_other(one: Any, other: Any) -> None:
    patch = jsonpatch.make_patch(one, other).patch
    hypothesis.assume(all(operation["path"] != "" for operation in patch))
    assert apply(*patch, document=one) == other


POINTERS = st.lists(KEYS.map(lambda key: key.replace("~", "~0").replace("/", "~1")), min_size=1, max_size=3).map(
    lambda parts: "".join(f"/{part}" for part in parts)
)
OPERATIONS = st.lists(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "remove", "replace", "test"]), "path": POINTERS, "value": VALUES}
    )
    | st.fixed_dictionaries({"op": st.sampled_from(["move", "copy"]), "path": POINTERS, "from": POINTERS}),
    max_size=4,
)


@hypothesis.given(st.dictionaries(KEYS, VALUES, max_size=4), OPERATIONS)
def test_what_a_strict_implementation_accepts_has_the_same_result(document: Any, operations: Any) -> None:
    try:
        wanted = jsonpatch.apply_patch(document, operations)
    except Exception:  # what that library refuses is looser here
        return
    hypothesis.assume(all(not inside_itself(each) for each in operations))
    try:
        found = apply(*operations, document=document)
    except errors.Invalid:
        # a test tells 1 from true, and a null parent is no object
        hypothesis.assume(any(operation["op"] == "test" for operation in operations))
        return
    assert found == wanted


def inside_itself(operation: Any) -> bool:
    return operation["op"] == "move" and operation["path"].startswith(operation["from"])
