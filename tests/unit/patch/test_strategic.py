"""Strategic merge patch."""

from __future__ import annotations

import copy
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from kroute.machinery import errors
from kroute.patch import failures, strategic
from kroute.schema import structural
from tests.unit.patch import schemas

ITEMS = [
    {"name": "web", "image": "nginx:1", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]},
    {"name": "side"},
]
DOCUMENT = {
    "metadata": {"name": "d", "finalizers": ["a", "b"]},
    "spec": {
        "replicas": 1,
        "containers": ITEMS,
        "strategy": {"type": "Rolling", "rolling": {"surge": "25%"}},
        "volumes": [{"name": "v", "empty": {}}],
        "selector": {"app": "d"},
        "rules": [{"verbs": ["get"]}],
    },
}


@pytest.fixture(scope="module")
def schema() -> structural.Structural:
    return schemas.workload()


def apply(schema: structural.Structural, patch: Any, document: Any = DOCUMENT) -> Any:
    before = copy.deepcopy(document)
    strategic.check(patch)
    try:
        return strategic.apply(document, copy.deepcopy(patch), schema)
    finally:
        assert document == before, "it may not be changed"


def in_spec(schema: structural.Structural, **patch: Any) -> Any:
    return apply(schema, {"spec": patch})["spec"]


def names(items: Any) -> list[str]:
    return [item["name"] for item in items]


@pytest.mark.parametrize("body, kind", [([], "array"), ([{"op": "add"}], "array"), ("x", "string"), (5, "number")])
def test_a_body_that_is_no_object_is_400(body: Any, kind: str) -> None:
    with pytest.raises(errors.BadRequest) as caught:
        strategic.check(body)
    assert caught.value.message == f"json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"


@pytest.mark.parametrize(
    "patch, message",
    [
        (
            {"containers": ["web"]},
            "list element types are not identical: [[map[env:[map[name:A value:1] map[name:B value:2]] image:nginx:1 "
            "name:web] map[name:side]] [web]]",
        ),
        ({"containers": [{"image": "x:1"}]}, "map: map[image:x:1] does not contain declared merge key: name"),
        ({"containers": [{"$patch": "delete"}]}, "map: map[$patch:delete] does not contain declared merge key: name"),
        (
            {"containers": [{"name": "web", "$patch": "destroy"}]},
            "unknown patch type: destroy in map: map[$patch:destroy name:web]",
        ),
        ({"containers": [{"name": "web", "$patch": "merge"}]}, "merging lists cannot yet be specified in the patch"),
        ({"strategy": {"$patch": "merge", "type": "x"}}, "unknown patch type: merge in map: map[$patch:merge type:x]"),
        ({"strategy": {"$patch": 5}}, "unknown patch type: %!s(int64=5) in map: map[$patch:5]"),
        (
            {"$setElementOrder/containers": ["web"]},
            "expected a map[string]interface {}, but received a string",
        ),
        ({"$setElementOrder/containers": 5}, "expected a []interface {}, but received a int64"),
        (
            {"$setElementOrder/containers": [{"name": "web"}], "containers": {"name": "web"}},
            "expected a []interface {}, but received a map[string]interface {}",
        ),
        (
            {"$setElementOrder/containers": [{"name": "side"}], "containers": [{"name": "web", "image": "y"}]},
            "The order in patch list:\n[map[image:y name:web]]\n"
            " doesn't match $setElementOrder list:\n[map[name:side]]\n",
        ),
        ({"$setElementOrder/nope": [{"name": "web"}]}, 'unable to find api field in struct for the json field "nope"'),
    ],
)
def test_mistakes_are_told_as_the_reference_does(schema: structural.Structural, patch: Any, message: str) -> None:
    with pytest.raises(failures.Plain) as caught:
        in_spec(schema, **patch)
    assert caught.value.status() == {
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message, "code": 500,
    }  # fmt: skip


@pytest.mark.parametrize(
    "patch, message",
    [
        ({"strategy": {"$retainKeys": ["rolling"], "type": "Recreate"}}, "invalid patch format of retainKeys"),
        ({"strategy": {"$retainKeys": "type"}}, "invalid patch format of retainKeys"),
        ({"strategy": {"$retainKeys": [{}]}}, "invalid patch format of retainKeys"),
        ({"$deleteFromPrimitiveListing": ["a"]}, "invalid patch format of primitive list"),
        ({"$setElementOrdering/containers": []}, "invalid patch format of setElementOrder list"),
    ],
)
def test_malformed_directives_are_400(schema: structural.Structural, patch: Any, message: str) -> None:
    with pytest.raises(errors.BadRequest) as caught:
        in_spec(schema, **patch)
    assert caught.value.message == message


def test_lists_of_lists_are_422(schema: structural.Structural) -> None:
    document = {"spec": {"keyless": [[1]]}}
    with pytest.raises(errors.Invalid):
        apply(schema, {"spec": {"keyless": [[2]]}}, document)


def test_objects_without_a_merge_key_cannot_be_merged(schema: structural.Structural) -> None:
    with pytest.raises(failures.Plain, match="cannot merge lists without merge key"):
        apply(schema, {"spec": {"keyless": [{"a": 1}]}}, {"spec": {"keyless": [{"b": 1}]}})


def test_a_patch_too_deep_to_walk_is_400(schema: structural.Structural) -> None:
    deep: Any = {}
    for _ in range(5000):
        deep = {"a": deep}
    with pytest.raises(errors.BadRequest):
        strategic.apply({}, {"spec": {"anything": deep}}, schema)


def test_an_unusable_patch_is_described_as_go_prints_it() -> None:
    patch = {"spec": {"other": {"deep": 1}, "holder": "x"}, "metadata": {"label": {}}, "list": [1.5, None, True]}
    wanted = "map[list:[1.5 <nil> true] metadata:map[label:map[]] spec:map[holder:x other:map[deep:1]]]"
    assert strategic.describe(patch) == wanted


def test_null_and_an_empty_object_change_nothing(schema: structural.Structural) -> None:
    assert apply(schema, None) is DOCUMENT
    assert apply(schema, {}) is DOCUMENT


def test_items_are_merged_by_key_and_new_ones_come_first(schema: structural.Structural) -> None:
    found = in_spec(schema, containers=[{"name": "extra", "image": "a"}])["containers"]
    assert names(found) == ["extra", "web", "side"]
    found = in_spec(schema, containers=[{"name": "web", "env": [{"name": "B", "value": "22"}, {"name": "C"}]}])[
        "containers"
    ]
    assert found[0]["image"] == "nginx:1"
    assert found[0]["env"] == [{"name": "A", "value": "1"}, {"name": "B", "value": "22"}, {"name": "C"}]


def test_a_key_twice_in_the_patch_is_merged_twice(schema: structural.Structural) -> None:
    found = in_spec(schema, containers=[{"name": "n", "image": "a:1"}, {"name": "n", "image": "a:2"}])["containers"]
    assert found[0] == {"name": "n", "image": "a:2"}
    assert names(found) == ["n", "web", "side"]


def test_other_lists_and_maps_under_replacing_fields_are_replaced(schema: structural.Structural) -> None:
    found = in_spec(schema, rules=[{"verbs": ["list"]}], containers=[{"name": "web", "command": ["a", "b"]}])
    assert found["rules"] == [{"verbs": ["list"]}]
    assert found["containers"][0]["command"] == ["a", "b"]


def test_maps_are_merged_key_by_key_and_null_deletes(schema: structural.Structural) -> None:
    found = in_spec(schema, selector={"tier": "x", "app": None}, replicas=None, paused=None)
    assert found["selector"] == {"tier": "x"}
    assert "replicas" not in found
    assert "paused" not in found


def test_nulls_and_directives_are_taken_out_of_what_is_new(schema: structural.Structural) -> None:
    found = apply(schema, {"metadata": {"labels": {"a": None, "b": "c"}, "annotations": {"$patch": "delete"}}})[
        "metadata"
    ]
    assert found["labels"] == {"b": "c"}
    assert "annotations" not in found
    found = apply(
        schema,
        {"spec": {"containers": [{"name": "x", "$patch": "delete"}, {"name": "y", "image": None}]}},
        {"spec": {}},
    )
    assert found["spec"]["containers"] == [{"name": "y"}]


def test_directives_replace_and_delete(schema: structural.Structural) -> None:
    assert names(in_spec(schema, containers=[{"name": "side", "$patch": "delete"}])["containers"]) == ["web"]
    assert names(in_spec(schema, containers=[{"name": "nobody", "$patch": "delete"}])["containers"]) == ["web", "side"]
    found = in_spec(schema, containers=[{"name": "only", "image": "x"}, {"$patch": "replace"}])["containers"]
    assert found == [{"name": "only", "image": "x"}]
    assert in_spec(schema, containers=[{"$patch": "replace"}])["containers"] == []
    assert in_spec(schema, strategy={"$patch": "replace", "type": "x"})["strategy"] == {"type": "x"}
    assert in_spec(schema, strategy={"$patch": "delete", "type": "x"})["strategy"] == {}


def test_retained_keys_are_all_that_is_left(schema: structural.Structural) -> None:
    assert in_spec(schema, strategy={"$retainKeys": ["type"], "type": "Recreate"})["strategy"] == {"type": "Recreate"}
    volume = {"$retainKeys": ["name", "config"], "name": "v", "config": {"a": "b"}}
    assert in_spec(schema, volumes=[volume])["volumes"] == [{"name": "v", "config": {"a": "b"}}]


def test_sets_of_scalars_are_united_and_taken_from(schema: structural.Structural) -> None:
    def finalizers(**patch: Any) -> Any:
        return apply(schema, {"metadata": patch})["metadata"]["finalizers"]

    assert finalizers(finalizers=["c", "a"]) == ["c", "a", "b"]
    assert finalizers(**{"$deleteFromPrimitiveList/finalizers": ["b", "none"]}) == ["a"]
    assert finalizers(
        **{
            "$deleteFromPrimitiveList/finalizers": ["a"],
            "finalizers": ["d"],
            "$setElementOrder/finalizers": ["d", "b"],
        }
    ) == ["d", "b"]


def test_a_given_order_puts_live_items_where_they_were(schema: structural.Structural) -> None:
    document = {"spec": {"containers": [{"name": each} for each in "cab"]}}

    def order(*wanted: str, **patch: Any) -> list[str]:
        given = [{"name": each} for each in wanted]
        found = apply(schema, {"spec": {"$setElementOrder/containers": given, **patch}}, document)
        return names(found["spec"]["containers"])

    assert order("c", "a", "b") == ["c", "a", "b"]
    assert order("b", "c", containers=[{"name": "b", "image": "x"}]) == ["a", "b", "c"]
    assert order("n", "a", "b", "c", containers=[{"name": "n"}]) == ["n", "a", "b", "c"]
    assert order("b", "c", containers=[{"name": "a", "$patch": "delete"}]) == ["b", "c"]


def test_an_order_for_a_list_that_is_nowhere_is_left_out(schema: structural.Structural) -> None:
    found = apply(
        schema, {"spec": {"$setElementOrder/volumes": [{"name": "x"}], "replicas": 3}}, {"spec": {"replicas": 1}}
    )
    assert found == {"spec": {"replicas": 3}}


ENV = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from("abcd")}, optional={"value": st.sampled_from(["1", "2"])}),
    max_size=4,
    unique_by=lambda item: str(item["name"]),
)
SPECS = st.fixed_dictionaries(
    {},
    optional={
        "replicas": st.integers(0, 3),
        "selector": st.dictionaries(st.sampled_from("xy"), st.just("1")),
        "containers": ENV,
    },
)


@hypothesis.given(SPECS, SPECS)
def test_a_second_time_changes_nothing(schema: structural.Structural, live: Any, patch: Any) -> None:
    once = apply(schema, {"spec": patch}, {"spec": live})
    assert apply(schema, {"spec": patch}, once) == once


@hypothesis.given(SPECS, SPECS)
def test_every_patched_item_and_field_has_its_value_and_no_live_one_is_lost(
    schema: structural.Structural, live: Any, patch: Any
) -> None:
    found = apply(schema, {"spec": patch}, {"spec": live})["spec"]
    wanted = {item["name"]: dict(item) for item in live.get("containers", [])}
    for item in patch.get("containers", []):
        wanted.setdefault(item["name"], {}).update(item)
    assert {item["name"]: item for item in found.get("containers", [])} == wanted
    assert found.get("selector", {}) == {**live.get("selector", {}), **patch.get("selector", {})}
    order = [item["name"] for item in found.get("containers", [])]
    for items in (patch.get("containers", []),):
        mentioned = [item["name"] for item in items]
        assert [name for name in order if name in mentioned] == mentioned


def test_messages_show_a_patch_without_what_was_used_up(schema: structural.Structural) -> None:
    order = {"$setElementOrder/containers": [{"name": "a"}], "containers": [{"name": "a", "image": "x"}]}
    patch = {"spec": {**order, "replicas": "many"}}
    strategic.apply(DOCUMENT, patch, schema)
    assert strategic.describe(patch) == "map[spec:map[replicas:many]]"
