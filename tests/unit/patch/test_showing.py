"""Documents in the order in which messages about patches show them."""

from __future__ import annotations

from kroute.patch import showing

OBJECT = {
    "kind": "Deployment",
    "apiVersion": "apps/v1",
    "metadata": {"resourceVersion": "5", "name": "d", "uid": "u", "labels": {"z": "1", "a": "2"}},
    "spec": {"replicas": 1, "paused": True},
}


def test_what_a_patch_leaves_alone_is_in_the_order_of_its_type() -> None:
    assert showing.edited(OBJECT, [{"op": "add", "path": "/status", "value": {}}], typed=True) == (
        '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","uid":"u","resourceVersion":"5",'
        '"labels":{"z":"1","a":"2"}},"spec":{"replicas":1,"paused":true}}'
    )


def test_what_a_json_patch_goes_through_is_sorted() -> None:
    assert showing.edited(OBJECT, [{"op": "replace", "path": "/metadata/name", "value": 5}], typed=True) == (
        '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"labels":{"z":"1","a":"2"},"name":"d",'
        '"resourceVersion":"5","uid":"u"},"spec":{"replicas":1,"paused":true}}'
    )


def test_items_of_lists_that_a_json_patch_goes_through_are_sorted() -> None:
    operations = [{"op": "move", "from": "/list/1/b", "path": "/list/1/c"}]
    assert showing.edited({"list": [{"b": 1, "a": 2}, {"b": 1, "a": 2}]}, operations, typed=True) == (
        '{"list":[{"b":1,"a":2},{"a":2,"b":1}]}'
    )


def test_what_a_merge_patch_goes_into_is_sorted() -> None:
    assert showing.merged(OBJECT, {"spec": {"replicas": "x"}, "metadata": None}, typed=True) == (
        '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","uid":"u","resourceVersion":"5",'
        '"labels":{"z":"1","a":"2"}},"spec":{"paused":true,"replicas":1}}'
    )


def test_untyped_objects_are_sorted_altogether() -> None:
    assert showing.merged({"kind": "K", "b": [{"d": 1, "c": 2}]}, {}, typed=False) == '{"b":[{"c":2,"d":1}],"kind":"K"}'
