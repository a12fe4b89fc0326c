"""What a webhook may change of metadata."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.extensions.conversion import metadata

SENT = {
    "kind": "Widget",
    "metadata": {"name": "a", "namespace": "n", "uid": "u", "labels": {"x": "y"}, "finalizers": ["e.org/f"]},
}


def answer(**changed: Any) -> dict[str, Any]:
    return {"kind": "Widget", "metadata": {"name": "a", "namespace": "n", "uid": "u", **changed}}


@pytest.mark.parametrize(
    "found, why",
    [
        ({"kind": "Other"}, "must have the same kind: Widget != Other"),
        (answer(name="b"), "must have the same name: a != b"),
        (answer(namespace=None), "must have the same namespace: n != "),
        (answer(uid="v"), "must have the same UID: u != v"),
    ],
)
def test_another_object_is_told(found: dict[str, Any], why: str) -> None:
    with pytest.raises(metadata.Unfit) as told:
        metadata.check_same(SENT, found)
    assert str(told.value) == why


@pytest.mark.parametrize(
    "found, why",
    [
        ({}, "missing metadata in converted object"),
        ({"metadata": []}, "invalid metadata of type []interface {} in converted object"),
        (answer(labels=[]), "invalid metadata.labels of type []interface {} in converted object"),
        (answer(annotations={"x": 1}), "metadata.annotations[x] must be a string, but is int64 in converted object"),
    ],
)
def test_metadata_that_is_none_is_told(found: dict[str, Any], why: str) -> None:
    with pytest.raises(metadata.Unfit) as told:
        metadata.restored(SENT, found)
    assert str(told.value) == why


def test_labels_must_be_such_as_clients_may_give() -> None:
    with pytest.raises(metadata.Unfit, match=r'metadata.labels: Invalid value: "a b"'):
        metadata.restored(SENT, answer(labels={"x": "a b"}))


def test_all_but_labels_and_annotations_stays() -> None:
    found = metadata.restored(SENT, answer(annotations={"made": "here"}, finalizers=[], generation=9))

    assert found == {
        "name": "a", "namespace": "n", "uid": "u", "finalizers": ["e.org/f"], "annotations": {"made": "here"},
    }  # fmt: skip
    assert SENT["metadata"]["labels"] == {"x": "y"}  # type: ignore[index]
