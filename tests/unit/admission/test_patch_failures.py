"""What is told of JSON patches that don't apply."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.admission import patchfailures

DOCUMENT = {"a": {"b": 1}, "list": [1, 2]}


@pytest.mark.parametrize(
    "operation, text",
    [
        ({"op": "frob", "path": "/a"}, "Unexpected kind: frob"),
        ({"op": 1}, "Unexpected kind: unknown"),
        ({"op": "add", "value": 1}, "add operation failed to decode path: missing value"),
        (
            {"op": "add", "path": "/x/y", "value": 1},
            'add operation does not apply: doc is missing path: "/x/y": missing value',
        ),
        (
            {"op": "remove", "path": "/a/x"},
            "error in remove for path: '/a/x': Unable to remove nonexistent key: x: missing value",
        ),
        (
            {"op": "remove", "path": "/list/7"},
            "error in remove for path: '/list/7': Unable to access invalid index: 7: invalid index referenced",
        ),
        (
            {"op": "remove", "path": "/list/x"},
            "error in remove for path: '/list/x': strconv.Atoi: parsing \"x\": invalid syntax",
        ),
        (
            {"op": "replace", "path": "/x/y", "value": 1},
            "replace operation does not apply: doc is missing path: /x/y: missing value",
        ),
        ({"op": "test", "path": "/x/y"}, "test operation does not apply: is missing path: /x/y: missing value"),
        ({"op": "test", "path": "/a/b", "value": 2}, "testing path /a/b failed: test failed"),
        (
            {"op": "move", "from": "/x/y", "path": "/z"},
            "move operation does not apply: doc is missing from path: /x/y: missing value",
        ),
        (
            {"op": "copy", "from": "/a/b", "path": "/x/y"},
            "copy operation does not apply: doc is missing destination path: /x/y: missing value",
        ),
        ({"op": "move", "path": "/z"}, "move operation failed to decode from: missing value"),
    ],
)
def test_an_operation_that_does_not_apply_is_told(operation: Any, text: str) -> None:
    with pytest.raises(patchfailures.PatchFailed) as raised:
        patchfailures.apply(DOCUMENT, [operation])
    assert str(raised.value) == text


def test_a_test_that_fails_is_known_from_one_of_what_is_missing() -> None:
    for path, tested in (("/a/b", True), ("/x/y", False)):
        with pytest.raises(patchfailures.PatchFailed) as raised:
            patchfailures.apply(DOCUMENT, [{"op": "test", "path": path, "value": 2}])
        assert raised.value.tested is tested


def test_a_patch_leaves_the_document_alone() -> None:
    made = patchfailures.apply(DOCUMENT, [{"op": "add", "path": "/a/c", "value": 2}])
    assert made == {"a": {"b": 1, "c": 2}, "list": [1, 2]}
    assert DOCUMENT["a"] == {"b": 1}
