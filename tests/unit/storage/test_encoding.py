"""The order in which objects are stored and served."""

from __future__ import annotations

import json

import pytest

from kroute.machinery import errors, gvk
from kroute.storage import encoding
from kroute.storage.backend import base

KIND = gvk.GroupVersionKind("toys.example.org", "v1", "Widget")
REVISION = 10 ** (base.DIGITS - 1)
OBJECT = {
    "spec": {"b": 1, "a": 2},
    "metadata": {
        "managedFields": [],
        "labels": {"z": "1", "a": "2"},
        "resourceVersion": "gone",
        "selfLink": "/gone",
        "uid": "u",
        "namespace": "ns",
        "name": "a",
    },
}


def text(layout: encoding.Layout, obj: dict[str, object]) -> str:
    return layout.draft(obj).at(REVISION).decode()


def test_typed_objects_are_in_the_order_of_object_meta() -> None:
    assert text(encoding.Layout(KIND), OBJECT) == (
        '{"kind":"Widget","apiVersion":"toys.example.org/v1","metadata":{"name":"a","namespace":"ns","uid":"u",'
        f'"resourceVersion":"{REVISION}","labels":{{"z":"1","a":"2"}},"managedFields":[]}},"spec":{{"b":1,"a":2}}}}'
    )


def test_untyped_objects_are_sorted() -> None:
    assert text(encoding.Layout(KIND, typed=False), OBJECT) == (
        '{"apiVersion":"toys.example.org/v1","kind":"Widget","metadata":{"labels":{"a":"2","z":"1"},'
        f'"managedFields":[],"name":"a","namespace":"ns","resourceVersion":"{REVISION}","uid":"u"}},'
        '"spec":{"a":2,"b":1}}'
    )


@pytest.mark.parametrize("typed", [True, False])
@pytest.mark.parametrize(
    "metadata",
    [{}, {"name": "a"}, {"uid": "u"}, {"labels": {}}, {"zzz": 1}, {"aaa": 1}, {"name": '"resourceVersion":"'}],
)
def test_whatever_metadata_there_is_the_whole_is_the_object(typed: bool, metadata: dict[str, object]) -> None:
    for others in ({}, {"data": {"k": "v"}}):
        shown = json.loads(text(encoding.Layout(KIND, typed=typed), {"metadata": metadata, **others}))
        assert shown == {
            "kind": "Widget",
            "apiVersion": "toys.example.org/v1",
            "metadata": {**metadata, "resourceVersion": str(REVISION)},
            **others,
        }


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(errors.BadRequest):
        encoding.Layout(KIND).draft({"metadata": {}, "spec": object()})
