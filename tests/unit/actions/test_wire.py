"""How stored objects look in one version, and the way back."""

from __future__ import annotations

import json
from typing import Any

import orjson

from kroute.actions import wire
from kroute.kinds import mounting
from kroute.machinery import gvk, objects
from kroute.schema import structural
from kroute.storage import capabilities, stored

V1 = gvk.GroupVersionKind("toys.example.org", "v1", "Widget")
BETA = V1._replace(version="v1beta1")
SCHEMA = structural.Structural(type="object", preserve_unknown=True)


def represented(kind: gvk.GroupVersionKind, **more: Any) -> mounting.Representation:
    given: dict[str, Any] = {"storage_kind": V1, "list_kind": "WidgetList", "schema": SCHEMA, **more}
    return mounting.Representation(kind=kind, **given)


def renamed(obj: objects.Object) -> objects.Object:
    return {key: {"measure": value["size"]} if key == "spec" else value for key, value in obj.items()}


def unnamed(obj: objects.Object) -> objects.Object:
    return {key: {"size": value["measure"]} if key == "spec" else value for key, value in obj.items()}


SAME = wire.Wire(represented(V1))
RENAMED = wire.Wire(represented(BETA))
CONVERTED = wire.Wire(represented(BETA, from_storage=renamed, to_storage=unnamed))
TYPED = wire.Wire(represented(V1, typed=True))
ALL = (SAME, RENAMED, CONVERTED, TYPED)


def widget(name: str = "a") -> objects.Object:
    return {
        "kind": "Widget",
        "apiVersion": "toys.example.org/v1",
        "metadata": {"name": name},
        "spec": {"size": 3},
    }


def kept(obj: objects.Object) -> stored.Stored:
    value = orjson.dumps(obj)
    return stored.Stored(value, 7, value.index(b'"metadata"'))


def test_bytes_are_the_answer_where_the_version_is_the_one_that_is_stored() -> None:
    found = kept(widget())
    assert SAME.json(found) is found.value
    assert SAME.obj(found) is found.obj


def test_another_version_has_its_own_name() -> None:
    assert json.loads(RENAMED.json(kept(widget()))) == {**widget(), "apiVersion": "toys.example.org/v1beta1"}
    assert RENAMED.obj(kept(widget()))["apiVersion"] == "toys.example.org/v1beta1"


def test_another_version_is_converted() -> None:
    found = kept(widget())
    assert json.loads(CONVERTED.json(found))["spec"] == {"measure": 3}
    assert CONVERTED.obj(found)["metadata"] == {"name": "a"}
    assert found.obj == widget()


def test_bytes_and_objects_say_the_same() -> None:
    for each in ALL:
        for given in (kept(widget()), widget()):
            assert json.loads(each.json(given)) == each.obj(given)


def test_a_status_is_left_as_it_is() -> None:
    status = {"kind": "Status", "apiVersion": "v1", "status": "Success"}
    for each in ALL:
        assert each.obj(status) is status
        assert json.loads(each.json(status)) == status


def test_what_comes_in_gets_the_version_that_is_stored() -> None:
    assert CONVERTED.inward({**CONVERTED.obj(widget())}, V1) == widget()
    assert RENAMED.inward({**RENAMED.obj(widget())}, V1) == widget()


def test_what_goes_out_to_be_changed_is_not_shared() -> None:
    for each in ALL:
        found = widget()
        each.outward(found)["metadata"]["name"] = "changed"
        assert found == widget()


def test_lists_are_joined() -> None:
    result = capabilities.ListResult([kept(widget("a")), widget("b")], "9", "more", 4)
    for each in ALL:
        found = json.loads(each.list_json(result))
        assert found == each.list_obj(result)
        assert found["kind"] == "WidgetList"
        assert found["metadata"] == {"resourceVersion": "9", "continue": "more", "remainingItemCount": 4}
        assert [item["metadata"]["name"] for item in found["items"]] == ["a", "b"]


def test_items_of_built_in_kinds_do_without_their_type() -> None:
    [item] = json.loads(TYPED.list_json(capabilities.ListResult([kept(widget())], "9")))["items"]
    assert item == {"metadata": {"name": "a"}, "spec": {"size": 3}}
    [item] = json.loads(SAME.list_json(capabilities.ListResult([kept(widget())], "9")))["items"]
    assert item == widget()


def test_only_lists_of_custom_resources_always_have_continue() -> None:
    empty = capabilities.ListResult([], "9")
    assert json.loads(SAME.list_json(empty)) == {
        "kind": "WidgetList",
        "apiVersion": "toys.example.org/v1",
        "metadata": {"resourceVersion": "9", "continue": ""},
        "items": [],
    }
    assert json.loads(TYPED.list_json(empty))["metadata"] == {"resourceVersion": "9"}


def test_bookmarks_of_built_in_kinds_have_what_go_never_leaves_out() -> None:
    mark = {"metadata": {"resourceVersion": "9"}}
    assert CONVERTED.bookmark(mark) == {"kind": "Widget", "apiVersion": "toys.example.org/v1beta1", **mark}
    typed = wire.Wire(represented(V1, typed=True), empty={"metadata": {}, "spec": {}})
    assert typed.bookmark(mark) == {"kind": "Widget", "apiVersion": "toys.example.org/v1", "spec": {}, **mark}


def test_metadata_alone_has_no_items_where_there_are_none() -> None:
    found = wire.partial_list(capabilities.ListResult([], "9"), "v1beta1")
    assert (found["apiVersion"], found["items"]) == ("meta.k8s.io/v1beta1", None)
    [item] = wire.partial_list(capabilities.ListResult([kept(widget())], "9"), "v1")["items"]  # type: ignore[misc]
    assert item == {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": {"name": "a"}}
