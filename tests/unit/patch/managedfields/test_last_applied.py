"""From client-side to server-side apply: the annotation that kubectl leaves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kroute.machinery import errors
from tests.unit.patch.managedfields import fixtures
from tests.unit.patch.managedfields.fixtures import VERSION, World

ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"


def annotation(found: dict[str, Any]) -> str | None:
    text: str | None = found["metadata"].get("annotations", {}).get(ANNOTATION)
    return text


def client_side(data: dict[str, str], text: str | None = None) -> World:
    """An object that `kubectl apply` wrote."""
    applied = json.dumps(fixtures.obj("Config", data=data)) if text is None else text
    world = World("Config")
    world.update("kubectl-client-side-apply", metadata={"annotations": {ANNOTATION: applied}}, data=data)
    return world


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"kind": "Config"}',
        '{"apiVersion": "other/v1", "kind": "Config", "data": {"k": "v"}}',
        f'{{"apiVersion": "{VERSION}", "kind": "Config", "data": {{"k": 5}}}}',
        f'{{"apiVersion": "{VERSION}", "kind": "Config", "data": {{"k": "other"}}}}',
        f'{{"apiVersion": "{VERSION}", "kind": "Config", "data": {{"l": "v"}}}}',
        "[" * 5000,
    ],
)
def test_conflicts_stay_where_the_annotation_does_not_tell_that_kubectl_wrote_the_field(text: str) -> None:
    world = client_side({"k": "v"}, text)
    with pytest.raises(errors.Conflict):
        world.apply("kubectl", data={"k": "w"})


def test_only_kubectl_takes_over() -> None:
    world = client_side({"k": "v"})
    with pytest.raises(errors.Conflict):
        world.apply("other", data={"k": "w"})


def test_a_field_changed_since_is_in_conflict_and_the_others_are_not_named() -> None:
    world = client_side({"k": "v", "l": "m"})
    metadata = (world.live or {})["metadata"]
    world.update("editor", metadata=metadata, data={"k": "changed", "l": "m"})
    with pytest.raises(errors.Conflict) as caught:
        world.apply("kubectl", data={"k": "w", "l": "w"})
    assert caught.value.message == f'Apply failed with 1 conflict: conflict with "editor" using {VERSION}: .data.k'


def test_kubectl_takes_its_fields_over_and_keeps_the_annotation_up_to_date() -> None:
    world = client_side({"k": "v", "gone": "1"}, "{}")
    found = world.apply("kubectl", data={"k": "v", "gone": "1"})
    wanted = f'{{"apiVersion":"{VERSION}","data":{{"gone":"1","k":"v"}},"kind":"Config","metadata":{{"name":"a"}}}}\n'
    assert annotation(found) == wanted
    found = world.apply("kubectl", data={"k": "v"})
    assert found["data"] == {"k": "v", "gone": "1"}
    found = world.apply("kubectl", data={"k": "w"})
    assert found["data"] == {"k": "w", "gone": "1"}
    assert annotation(found) == (
        f'{{"apiVersion":"{VERSION}","data":{{"k":"w"}},"kind":"Config","metadata":{{"name":"a"}}}}\n'
    )
    assert world.owners() == {
        "kubectl": {"f:data": {"f:k": {}}},
        "kubectl-client-side-apply/update": {
            "f:data": {".": {}, "f:gone": {}},
            "f:metadata": {"f:annotations": {".": {}, f"f:{ANNOTATION}": {}}},
        },
    }


def test_the_annotation_does_not_hold_itself_and_is_escaped_as_go_does() -> None:
    world = client_side({"k": "v"}, "{}")
    found = world.apply("kubectl", force=True, metadata={"annotations": {ANNOTATION: "{}"}}, data={"k": "<&>"})
    assert annotation(found) == (
        f'{{"apiVersion":"{VERSION}","data":{{"k":"\\u003c\\u0026\\u003e"}},"kind":"Config",'
        '"metadata":{"annotations":{},"name":"a"}}\n'
    )


def test_an_annotation_that_would_be_too_large_is_dropped() -> None:
    world = client_side({"k": "v"}, "{}")
    found = world.apply("kubectl", data={"k": "v", "large": "x" * 300_000})
    assert annotation(found) is None


def test_an_object_without_the_annotation_gets_none() -> None:
    world = World("Config")
    assert annotation(world.apply("kubectl", data={"k": "v"})) is None
