"""Server-side apply: ownership, conflicts, removal, and the order of list items."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.machinery import errors
from kroute.patch import failures
from tests.unit.patch.managedfields import fixtures
from tests.unit.patch.managedfields.fixtures import LATER, NOW, VERSION, World

NOT_TYPED = f"failed to create typed patch object (/a; {VERSION}, Kind=Workload): "


def refused(world: World, who: str, **fields: Any) -> errors.Conflict:
    before = world.owners()
    with pytest.raises(errors.Conflict) as caught:
        world.apply(who, **fields)
    assert world.owners() == before
    return caught.value


@pytest.mark.parametrize(
    "given, shown",
    [
        ({"apiVersion": VERSION, "kind": "Secret"}, "toys.example.org/v1, Kind=Secret"),
        ({"apiVersion": "v2", "kind": "Workload"}, "/v2, Kind=Workload"),
        ({"kind": "Workload"}, "/, Kind=Workload"),
        ({"apiVersion": VERSION}, "toys.example.org/v1, Kind="),
        ({"apiVersion": "a/b/c", "kind": "Workload"}, "/, Kind="),
        ({"apiVersion": 5, "kind": ["x"]}, "/, Kind="),
        ({}, "/, Kind="),
    ],
)
def test_a_patch_of_another_type_is_400(given: dict[str, Any], shown: str) -> None:
    world = World()
    with pytest.raises(errors.BadRequest) as caught:
        world.manager.apply(None, given, manager="one", force=False, api_version=VERSION, now=NOW)
    assert caught.value.message == f"invalid object type: {shown}"


@pytest.mark.parametrize("given", [[], [{}], [{"manager": "x"}], "x"])
def test_a_patch_may_not_hold_managed_fields(given: Any) -> None:
    with pytest.raises(errors.BadRequest) as caught:
        World().apply("one", metadata={"managedFields": given})
    assert caught.value.message == "metadata.managedFields must be nil"


def test_managed_fields_that_are_null_are_none() -> None:
    world = World("Config")
    world.apply("one", metadata={"managedFields": None}, data={"k": "v"})
    assert world.owners() == {"one": {"f:data": {"f:k": {}}}}


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"nope": {"k": "v"}}, ".nope: field not declared in schema"),
        ({"spec": {"nope": 1}}, ".spec.nope: field not declared in schema"),
        ({"metadata": {"nope": 1}}, ".metadata.nope: field not declared in schema"),
        ({"spec": {"replicas": "big"}}, ".spec.replicas: expected numeric (int or float), got string"),
        ({"spec": {"replicas": True}}, ".spec.replicas: expected numeric (int or float), got bool"),
        ({"spec": {"paused": "yes"}}, ".spec.paused: expected boolean, got &{yes}"),
        ({"spec": []}, ".spec: expected map, got &{[]}"),
        ({"spec": "x"}, ".spec: expected map, got &{x}"),
        ({"spec": {"rules": {"a": 1}}}, ".spec.rules: expected list, got &{map[a:1]}"),
        (
            {"spec": {"selector": {"k": 1}}},
            ".spec.selector.k: expected string, got &value.valueUnstructured{Value:1}",
        ),
        (
            {"spec": {"selector": {"k": {"x": "y", "a": [None, 1.5]}}}},
            ".spec.selector.k: expected string, got &value.valueUnstructured{Value:map[string]interface {}"
            '{"a":[]interface {}{interface {}(nil), 1.5}, "x":"y"}}',
        ),
        (
            {"spec": {"rules": [{"verbs": ["get", 5]}]}},
            ".spec.rules[0].verbs[1]: expected string, got &value.valueUnstructured{Value:5}",
        ),
        (
            {"spec": {"containers": [{"name": "a", "ports": [{"port": 1, "target": {}}]}]}},
            '.spec.containers[name="a"].ports[port=1,protocol="TCP"].target: expected any scalar, got &{map[]}',
        ),
        ({"metadata": {"finalizers": ["z", "z"]}}, '.metadata.finalizers: duplicate entries for key [="z"]'),
        (
            {"spec": {"containers": [{"name": "side"}, {"name": "side"}]}},
            '.spec.containers: duplicate entries for key [name="side"]',
        ),
        (
            {"spec": {"containers": [{"image": "x"}]}},
            '.spec.containers: element 0: associative list with keys has an element that omits all key fields ["name"] '
            "(and doesn't have default values for any key fields)",
        ),
        (
            {"spec": {"containers": [None]}},
            ".spec.containers: element 0: associative list with keys may not have a null element",
        ),
        (
            {"spec": {"containers": ["x"]}},
            ".spec.containers: element 0: associative list with keys may not have non-map elements",
        ),
        (
            {"metadata": {"finalizers": [None]}},
            ".metadata.finalizers: element 0: associative list without keys has an element that's an explicit null",
        ),
        (
            {"metadata": {"finalizers": [{}]}},
            ".metadata.finalizers: element 0: associative list without keys has an element that's a map type",
        ),
        (
            {"metadata": {"finalizers": [[]]}},
            ".metadata.finalizers: element 0: not supported: associative list with lists as elements",
        ),
        (
            {"spec": {"replicas": "a", "paused": 1}},
            "errors:\n  .spec.replicas: expected numeric (int or float), got string\n"
            "  .spec.paused: expected boolean, got &{1}",
        ),
    ],
)
def test_what_does_not_fit_the_schema_is_a_bare_500(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(failures.Plain) as caught:
        World().apply("one", **fields)
    assert caught.value.message == NOT_TYPED + message
    assert (caught.value.status_code, caught.value.status_reason) == (500, "")


def test_a_patch_too_deep_to_walk_is_400() -> None:
    deep: Any = {}
    for _ in range(5000):
        deep = {"a": deep}
    world = World()
    with pytest.raises(errors.BadRequest):
        world.manager.apply(
            None, fixtures.obj(spec={"anything": deep}), manager="x", force=True, api_version=VERSION, now=NOW
        )


def test_a_conflict_names_the_manager_and_the_field() -> None:
    world = World("Config")
    world.apply("one", data={"k": "v", "shared": "s"})
    world.apply("two", data={"mine": "1"})
    error = refused(world, "two", data={"mine": "1", "k": "other"})
    assert error.message == 'Apply failed with 1 conflict: conflict with "one": .data.k'
    assert error.status()["details"] == {
        "causes": [{"reason": "FieldManagerConflict", "message": 'conflict with "one"', "field": ".data.k"}]
    }
    assert (error.status_code, error.status_reason) == (409, "Conflict")


def test_several_conflicts_are_listed_by_manager() -> None:
    world = World()
    world.update(
        "kubectl-create", spec={"replicas": 2, "containers": [{"name": "web", "image": "1", "env": [{"name": "A"}]}]}
    )
    world.update("scaler", "scale", spec={**(world.live or {})["spec"], "replicas": 4})
    containers = [{"name": "web", "image": "2", "env": [{"name": "A", "value": "2"}]}]
    error = refused(world, "one", spec={"replicas": 3, "containers": containers})
    assert error.message == (
        "Apply failed with 2 conflicts: "
        f'conflicts with "kubectl-create" using {VERSION}:\n- .spec.containers[name="web"].image\n'
        f'conflicts with "scaler" with subresource "scale" using {VERSION}:\n- .spec.replicas'
    )
    world.apply("one", force=True, spec={"replicas": 3, "containers": [{"name": "web", "image": "2"}]})
    assert world.owners()["one"] == {
        "f:spec": {"f:containers": {'k:{"name":"web"}': {".": {}, "f:image": {}, "f:name": {}}}, "f:replicas": {}}
    }
    assert "scaler/update@scale" not in world.owners()


def test_the_same_value_is_shared_and_then_may_not_be_changed_alone() -> None:
    world = World("Config")
    world.apply("one", data={"k": "v"})
    world.apply("two", data={"k": "v"})
    assert world.owners() == {"one": {"f:data": {"f:k": {}}}, "two": {"f:data": {"f:k": {}}}}
    refused(world, "one", data={"k": "w"})
    world.apply("one", data={})
    world.apply("two", data={"k": "other"})
    assert world.owners() == {"one": {"f:data": {}}, "two": {"f:data": {"f:k": {}}}}


def test_force_takes_the_fields_in_conflict() -> None:
    world = World("Config")
    world.apply("one", data={"k": "v", "l": "m"})
    found = world.apply("two", force=True, data={"k": "w"})
    assert found["data"] == {"k": "w", "l": "m"}
    assert world.owners() == {"one": {"f:data": {"f:l": {}}}, "two": {"f:data": {"f:k": {}}}}


def test_what_is_left_out_goes_unless_somebody_else_owns_it() -> None:
    world = World("Config")
    world.apply("one", metadata={"labels": {"app": "a"}}, data={"k": "v", "l": "m", "n": "o"})
    world.update("editor", data={"k": "v", "l": "changed", "n": "o"})
    world.apply("two", data={"n": "o"})
    found = world.apply("one", data={})
    assert found["data"] == {"l": "changed", "n": "o"}
    assert "labels" not in found["metadata"]
    found = world.apply("two")
    assert found["data"] == {"l": "changed"}
    assert world.owners() == {"one": {"f:data": {}}, "editor/update": {"f:data": {"f:l": {}}}}


def test_an_applier_that_applies_nothing_has_no_entry() -> None:
    world = World("Config")
    world.apply("one", data={"k": "v"})
    found = world.apply("one")
    assert "managedFields" not in found["metadata"]
    assert "data" not in found


def test_an_empty_map_and_a_null_are_owned() -> None:
    world = World("Config")
    assert world.apply("one", data={})["data"] == {}
    assert world.owners() == {"one": {"f:data": {}}}
    assert world.apply("one", data={"k": None, "z": "1"})["data"] == {"k": None, "z": "1"}
    assert world.owners() == {"one": {"f:data": {"f:k": {}, "f:z": {}}}}


def test_a_null_leaves_the_contents_of_a_container_alone_and_sets_a_leaf() -> None:
    world = World()
    world.update(
        "zed", spec={"replicas": 1, "containers": [{"name": "a"}], "selector": {"a": "b"}, "strategy": {"type": "x"}}
    )
    found = world.apply(
        "one", force=True, spec={"replicas": None, "containers": None, "selector": None, "strategy": None}
    )
    assert found["spec"] == {
        "replicas": None,
        "containers": [{"name": "a"}],
        "selector": None,
        "strategy": {"type": "x"},
    }


def test_lists_with_keys_are_merged_item_by_item() -> None:
    world = World()
    world.apply("one", spec={"containers": [{"name": "web", "image": "1", "env": [{"name": "A", "value": "1"}]}]})
    found = world.apply("two", spec={"containers": [{"name": "side"}, {"name": "web", "env": [{"name": "C"}]}]})
    assert [each["name"] for each in found["spec"]["containers"]] == ["side", "web"]
    assert [each["name"] for each in found["spec"]["containers"][1]["env"]] == ["A", "C"]
    found = world.apply("two")
    assert found["spec"]["containers"] == [{"name": "web", "image": "1", "env": [{"name": "A", "value": "1"}]}]


def test_a_default_counts_for_a_key_that_is_left_out() -> None:
    world = World()
    world.apply("one", spec={"containers": [{"name": "web", "ports": [{"port": 80}]}]})
    found = world.apply("two", spec={"containers": [{"name": "web", "ports": [{"port": 80, "protocol": "UDP"}]}]})
    assert found["spec"]["containers"][0]["ports"] == [{"port": 80}, {"port": 80, "protocol": "UDP"}]
    assert list(world.owners()["one"]["f:spec"]["f:containers"]['k:{"name":"web"}']["f:ports"]) == [
        'k:{"port":80,"protocol":"TCP"}'
    ]


def test_sets_are_united_and_taken_apart_again() -> None:
    world = World()
    world.apply("one", metadata={"finalizers": ["a", "b"]})
    found = world.apply("two", metadata={"finalizers": ["c", "b"]})
    assert found["metadata"]["finalizers"] == ["a", "c", "b"]
    found = world.apply("one", metadata={"finalizers": ["b"]})
    assert found["metadata"]["finalizers"] == ["c", "b"]
    assert world.owners()["one"] == {"f:metadata": {"f:finalizers": {'v:"b"': {}}}}


def test_atomic_lists_and_maps_have_one_owner() -> None:
    world = World()
    world.apply("one", spec={"rules": [{"verbs": ["get"]}], "selector": {"a": "1"}})
    assert world.owners() == {"one": {"f:spec": {"f:rules": {}, "f:selector": {}}}}
    error = refused(world, "two", spec={"rules": [], "selector": {"b": "2"}})
    assert error.message == 'Apply failed with 2 conflicts: conflicts with "one":\n- .spec.rules\n- .spec.selector'
    found = world.apply("two", force=True, spec={"selector": {"b": "2"}})
    assert found["spec"]["selector"] == {"b": "2"}


def test_an_apply_that_changes_nothing_leaves_times_alone() -> None:
    world = World("Config")
    world.apply("one", data={"k": "v", "l": "m"}, now=NOW)
    found = world.apply("one", data={"k": "v", "l": "m"}, now=LATER)
    assert found["metadata"]["managedFields"][0]["time"] == NOW
    found = world.apply("two", data={"k": "v"}, now=LATER)
    assert [(each["manager"], each.get("time")) for each in found["metadata"]["managedFields"]] == [
        ("two", None),
        ("one", NOW),
    ]
    found = world.apply("one", data={"l": "m"}, now=LATER)
    assert [(each["manager"], each.get("time")) for each in found["metadata"]["managedFields"]] == [
        ("two", None),
        ("one", NOW),
    ]
    found = world.apply("one", data={"l": "n"}, now=LATER)
    assert found["metadata"]["managedFields"][1]["time"] == LATER


def test_the_first_apply_gives_what_was_there_before_to_nobody_in_particular() -> None:
    world = World("Config")
    world.live = fixtures.obj("Config", metadata={"uid": "1"}, data={"k": "v", "u": "1"})
    world.apply("one", data={"k": "v"})
    assert world.owners() == {
        "one": {"f:data": {"f:k": {}}},
        "before-first-apply/update": {"f:data": {".": {}, "f:k": {}, "f:u": {}}},
    }
    refused(world, "two", data={"u": "2"})


def test_system_metadata_is_owned_by_nobody() -> None:
    world = World("Config")
    metadata = {"namespace": "n", "uid": "1", "generateName": "g-"}
    world.apply("one", metadata=metadata, data={"k": "v"})
    assert world.owners() == {"one": {"f:data": {"f:k": {}}, "f:metadata": {"f:generateName": {}}}}


def test_a_subresource_has_managers_of_its_own() -> None:
    world = World(reset_fields={VERSION: {"f:spec": {}}})
    world.apply("ctrl", "status", spec={"replicas": 7}, status={"phase": "Up"})
    assert world.owners() == {"ctrl@status": {"f:status": {"f:phase": {}}}}
    world.apply("ctrl", status={"phase": "Up"})
    assert list(world.owners()) == ["ctrl", "ctrl@status"]
    error = refused(world, "other", subresource="status", status={"phase": "Down"})
    assert error.message == (
        'Apply failed with 2 conflicts: conflicts with "ctrl" with subresource "status":\n- .status.phase\n'
        'conflicts with "ctrl":\n- .status.phase'
    )


def test_stored_managed_fields_that_cannot_be_read_are_told() -> None:
    world = World("Config")
    world.live = fixtures.obj("Config", metadata={"uid": "1", "managedFields": [{"operation": "Steal"}]})
    with pytest.raises(failures.Plain, match="failed to decode managed fields: operation must be `Apply` or `Update`"):
        world.apply("one", data={"k": "v"})


def test_live_items_that_cannot_be_told_apart_are_told() -> None:
    world = World()
    world.live = fixtures.obj(metadata={"uid": "1"}, spec={"containers": [{"image": "x"}]})
    with pytest.raises(failures.Plain, match="failed to merge config: associative list with keys"):
        world.apply("one", spec={"containers": [{"name": "a"}]})


@pytest.mark.parametrize(
    "live, applied, wanted",
    [
        ("abc", "b", "abc"),
        ("abc", "cba", "cba"),
        ("abc", "ca", "bca"),
        ("abc", "xb", "axbc"),
        ("ab", "xy", "abxy"),
        ("abcd", "dxb", "acdxb"),
        ("", "ab", "ab"),
        ("abc", "bca", "bca"),
    ],
)
def test_items_keep_the_applied_order_and_live_ones_their_place(live: str, applied: str, wanted: str) -> None:
    world = World()
    world.live = fixtures.obj(metadata={"uid": "1", "finalizers": list(live)})
    found = world.apply("one", metadata={"finalizers": list(applied)})
    assert "".join(found["metadata"]["finalizers"]) == wanted
