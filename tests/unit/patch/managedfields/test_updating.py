"""managedFields after creates, updates and patches."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from kroute.patch.managedfields import fieldsets, manager
from kroute.schema import structural
from tests.unit.patch import schemas
from tests.unit.patch.managedfields import fixtures
from tests.unit.patch.managedfields.fixtures import LATER, NOW, VERSION, World


@pytest.mark.parametrize(
    "given",
    [
        [
            {
                "manager": "x",
                "operation": "Steal",
                "apiVersion": "v1",
                "fieldsType": "FieldsV1",
                "fieldsV1": {"f:data": {}},
            }
        ],
        [{"manager": "x", "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV9", "fieldsV1": {}}],
        [{"manager": "x", "operation": "Update", "apiVersion": "v1", "fieldsV1": {}}],
        [{"manager": "x", "operation": "Update", "fieldsType": "FieldsV1", "fieldsV1": {}}],
        [
            {
                "manager": "x",
                "operation": "Update",
                "apiVersion": "v1",
                "fieldsType": "FieldsV1",
                "fieldsV1": {"oops": {}},
            }
        ],
        [{"manager": "x", "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": 5}],
        [{"manager": "x", "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1", "time": "noon"}],
        [{"manager": 5, "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1"}],
        ["x"],
        "x",
        {"a": "b"},
        None,
    ],
)
def test_managed_fields_that_are_none_are_replaced_by_the_stored_ones(given: Any) -> None:
    world = World("Config")
    world.apply("one", data={"k": "v"})
    before = world.owners()
    world.update("zed", metadata={"managedFields": given, "uid": "1"}, data={"k": "v"})
    assert world.owners() == before == {"one": {"f:data": {"f:k": {}}}}


@pytest.mark.parametrize("given", [[], [{}]])
def test_an_empty_list_or_entry_resets_managed_fields_and_ends_tracking(given: Any) -> None:
    world = World("Config")
    world.apply("one", data={"k": "v"})
    result = world.update("zed", metadata={"managedFields": given, "uid": "1"}, data={"k": "v"})
    assert "managedFields" not in result["metadata"]
    result = world.update("zed", data={"k": "v", "u": "1"})
    assert "managedFields" not in result["metadata"]
    world.apply("one", data={"k": "v"})
    assert world.owners() == {
        "one": {"f:data": {"f:k": {}}},
        "before-first-apply/update": {"f:data": {".": {}, "f:k": {}, "f:u": {}}},
    }


def test_managed_fields_can_be_written_by_hand_but_not_through_a_subresource() -> None:
    entry = {
        "manager": "x",
        "operation": "Apply",
        "apiVersion": VERSION,
        "time": "2024-05-06T09:08:09+02:00",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:data": {'k:{"b":1, "a":2}': {".": {}}, "f:k": None}},
    }
    world = World("Config")
    world.apply("one", data={"k": "v"})
    world.update("zed", "status", metadata={"managedFields": [entry], "uid": "1"}, data={"k": "v"})
    assert world.owners() == {"one": {"f:data": {"f:k": {}}}}
    result = world.update("zed", metadata={"managedFields": [entry], "uid": "1"}, data={"k": "v"})
    assert world.owners() == {"x": {"f:data": {"f:k": {}, 'k:{"a":2,"b":1}': {}}}}
    assert result["metadata"]["managedFields"][0]["time"] == "2024-05-06T07:08:09Z"


def test_objects_that_the_schema_cannot_tell_apart_keep_the_stored_managed_fields() -> None:
    world = World()
    world.update(spec={"containers": [{"name": "a"}]})
    before = world.owners()
    world.update("other", spec={"containers": [{"image": "no name"}]})
    assert world.owners() == before


def test_an_object_too_deep_to_walk_keeps_the_stored_managed_fields() -> None:
    world = World()
    live = world.update(spec={"replicas": 1})
    deep: Any = {}
    for _ in range(5000):
        deep = {"a": deep}
    new = {**live, "spec": {"replicas": 1, "anything": deep}}
    live["metadata"]["uid"] = "1"
    found = world.manager.update(live, new, manager="x", api_version=VERSION, now=NOW)
    assert found["metadata"]["managedFields"] == live["metadata"]["managedFields"]


def test_a_creator_owns_every_field_with_the_containers_on_the_way() -> None:
    world = World()
    result = world.update(
        "kubectl",
        metadata={"labels": {"a": "b"}, "finalizers": ["x"], "generation": 3, "creationTimestamp": None},
        spec={
            "replicas": 1,
            "containers": [{"name": "web", "env": [{"name": "A"}], "ports": [{"port": 80}], "resources": {}}],
            "selector": {"app": "d"},
            "rules": [{"verbs": ["get"]}],
            "strategy": {"rolling": {"surge": "1"}},
            "anything": {"x": {"y": [1]}},
        },
    )
    assert world.owners() == {
        "kubectl/update": {
            "f:metadata": {"f:finalizers": {".": {}, 'v:"x"': {}}, "f:labels": {".": {}, "f:a": {}}},
            "f:spec": {
                ".": {},
                "f:anything": {".": {}, "f:x": {".": {}, "f:y": {}}},
                "f:containers": {
                    ".": {},
                    'k:{"name":"web"}': {
                        ".": {},
                        "f:env": {".": {}, 'k:{"name":"A"}': {".": {}, "f:name": {}}},
                        "f:name": {},
                        "f:ports": {".": {}, 'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}}},
                        "f:resources": {},
                    },
                },
                "f:replicas": {},
                "f:rules": {},
                "f:selector": {},
                "f:strategy": {".": {}, "f:rolling": {".": {}, "f:surge": {}}},
            },
        }
    }
    assert list(result["metadata"]["managedFields"][0]) == [
        "manager", "operation", "apiVersion", "time", "fieldsType", "fieldsV1",
    ]  # fmt: skip


def test_what_is_there_in_an_empty_object_is_owned_by_nobody() -> None:
    empty = {"metadata": {}, "spec": {"containers": None, "strategy": {}}, "status": {"phase": ""}}
    world = World(empty=empty)
    world.update(spec={"containers": [{"name": "a"}], "strategy": {"type": "x"}}, status={"phase": ""})
    assert world.owners() == {
        "updater/update": {
            "f:spec": {
                "f:containers": {'k:{"name":"a"}': {".": {}, "f:name": {}}},
                "f:strategy": {"f:type": {}},
            }
        }
    }


def test_a_changed_field_goes_to_who_changed_it_and_a_removed_one_to_nobody() -> None:
    world = World("Config")
    world.update("kubectl", data={"k": "v", "l": "m"})
    world.update("other", data={"k": "w", "l": "m"})
    assert world.owners() == {
        "kubectl/update": {"f:data": {".": {}, "f:l": {}}},
        "other/update": {"f:data": {"f:k": {}}},
    }
    world.update("third", data={"k": "w"})
    assert world.owners() == {"kubectl/update": {"f:data": {}}, "other/update": {"f:data": {"f:k": {}}}}
    world.update("third", data=None)
    assert world.owners() == {"kubectl/update": {"f:data": {}}}


def test_a_manager_is_known_by_name_operation_version_and_subresource() -> None:
    world = World()
    world.update("one", spec={"replicas": 1})
    world.update("one", "scale", spec={"replicas": 2})
    world.apply("one", spec={"replicas": 2})
    assert world.owners() == {
        "one": {"f:spec": {"f:replicas": {}}},
        "one/update": {"f:spec": {}},
        "one/update@scale": {"f:spec": {"f:replicas": {}}},
    }


def test_a_writer_without_a_name_is_unknown() -> None:
    world = World("Config")
    world.update("", data={"k": "v"})
    assert list(world.owners()) == ["unknown/update"]


def test_times_change_only_for_who_changes_something() -> None:
    world = World("Config")
    world.update("one", data={"k": "v"}, now=NOW)
    result = world.update("two", data={"k": "v", "l": "m"}, now=LATER)
    assert [entry["time"] for entry in result["metadata"]["managedFields"]] == [NOW, LATER]
    result = world.update("two", data={"k": "v", "l": "m"}, now="2031-01-01T00:00:00Z")
    assert [entry["time"] for entry in result["metadata"]["managedFields"]] == [NOW, LATER]
    result = world.update("one", data={"k": "w", "l": "m"}, now="2031-01-01T00:00:00Z")
    assert [(entry["manager"], entry["time"]) for entry in result["metadata"]["managedFields"]] == [
        ("two", LATER),
        ("one", "2031-01-01T00:00:00Z"),
    ]


def test_a_write_that_changes_nothing_gives_the_object_as_it_is() -> None:
    world = World("Config")
    world.update("one", data={"k": "v"})
    live = world.live or {}
    new = copy.deepcopy(live)
    assert world.manager.update(live, new, manager="two", api_version=VERSION, now=NOW) is new


def test_appliers_come_first_then_the_order_is_by_time_and_name() -> None:
    world = World("Config")
    world.update("z", data={"k": "v"}, now=NOW)
    world.update("b", data={"k": "v", "b": "1"}, now=LATER)
    world.update("a", data={"k": "v", "b": "1", "a": "1"}, now=LATER)
    world.apply("late", data={"x": "y"}, now="2031-01-01T00:00:00Z")
    assert list(world.owners()) == ["late", "z/update", "a/update", "b/update"]


def test_items_given_twice_are_owned_as_one() -> None:
    world = World()
    world.update("one", spec={"containers": [{"name": "a", "image": "1"}, {"name": "a", "image": "2"}]})
    assert world.owners() == {"one/update": {"f:spec": {".": {}, "f:containers": {".": {}, 'k:{"name":"a"}': {}}}}}
    world.update("two", spec={"containers": [{"name": "a", "image": "1"}, {"name": "a", "image": "3"}]})
    assert world.owners()["two/update"] == {"f:spec": {"f:containers": {'k:{"name":"a"}': {}}}}
    world.update("three", spec={"containers": [{"name": "a", "image": "1"}]})
    assert world.owners()["three/update"] == {
        "f:spec": {"f:containers": {'k:{"name":"a"}': {".": {}, "f:image": {}, "f:name": {}}}}
    }
    assert "two/update" not in world.owners()


def test_a_value_that_changes_its_form_is_owned_in_the_new_one() -> None:
    world = World()
    world.update("one", spec={"anything": {"x": {"y": 1}}})
    world.update("two", spec={"anything": {"x": [1]}})
    assert world.owners() == {
        "one/update": {"f:spec": {".": {}, "f:anything": {}}},
        "two/update": {"f:spec": {"f:anything": {"f:x": {}}}},
    }


def test_fields_that_the_storage_resets_are_owned_by_nobody() -> None:
    for reset in ({"f:status": {}}, fieldsets.excluding(fieldsets.fields(("status",)))):
        world = World(reset_fields={VERSION: reset})
        world.update("one", spec={"replicas": 1}, status={"phase": "x"})
        assert world.owners() == {"one/update": {"f:spec": {".": {}, "f:replicas": {}}}}
        world.apply("two", spec={"replicas": 1}, status={"phase": "y"})
        assert world.owners()["two"] == {"f:spec": {"f:replicas": {}}}


def test_more_than_ten_updaters_are_merged_into_one() -> None:
    world = World("Config")
    data: dict[str, str] = {}
    for index in range(13):
        data[f"k{index:02}"] = "v"
        world.update(f"m{index:02}", data=dict(data))
    found = world.owners()
    assert len(found) == 10
    assert found["ancient-changes/update"] == {"f:data": {".": {}, **{f"f:k{index:02}": {} for index in range(4)}}}
    times = {entry["manager"]: entry["time"] for entry in (world.live or {})["metadata"]["managedFields"]}
    assert times["ancient-changes"] == "2030-01-01T00:00:03Z"


def test_appliers_do_not_count_among_the_ten() -> None:
    world = World("Config")
    for index in range(12):
        world.apply(f"m{index}", data={f"k{index}": "v"})
    assert len(world.owners()) == 12


def test_a_shape_that_became_atomic_is_owned_as_a_whole() -> None:
    world = World("Config")
    world.apply("one", data={"k": "v"})
    schema = schemas.config()
    schema.properties["data"].map_type = "atomic"
    atomic = manager.FieldManager({VERSION: schema}, kind="Config")
    live = world.live or {}
    new = fixtures.obj("Config", metadata=live["metadata"] | {"labels": {"a": "b"}}, data={"k": "v"})
    found = atomic.update(live, new, manager="two", api_version=VERSION, now=NOW)
    assert fixtures.owners(found) == {
        "one": {"f:data": {}},
        "two/update": {"f:metadata": {"f:labels": {".": {}, "f:a": {}}}},
    }


def test_custom_objects_without_a_schema_are_owned_field_by_field() -> None:
    free = manager.FieldManager({VERSION: structural.Structural(type="object", preserve_unknown=True)}, kind="Free")
    new = fixtures.obj("Free", metadata={"finalizers": ["x"]}, spec={"a": [{"b": 1}], "c": {"d": None}})
    found = free.update(None, new, manager="one", api_version=VERSION, now=NOW)
    assert fixtures.owners(found) == {
        "one/update": {
            "f:metadata": {"f:finalizers": {".": {}, 'v:"x"': {}}},
            "f:spec": {".": {}, "f:a": {}, "f:c": {".": {}, "f:d": {}}},
        }
    }
