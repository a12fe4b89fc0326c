"""JSON schema to structural schema."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.schema import compiling, structural


def test_a_schema_becomes_a_tree() -> None:
    node = compiling.compile_schema(
        {
            "type": "object",
            "description": "D",
            "required": ["a"],
            "properties": {
                "a": {"type": "string", "maxLength": 3, "default": "x", "nullable": True},
                "m": {"type": "object", "additionalProperties": {"type": "integer", "format": "int32"}},
                "l": {
                    "type": "array",
                    "items": {"type": "object", "properties": {"k": {"type": "string"}}},
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["k"],
                    "x-kubernetes-patch-merge-key": "k",
                    "x-kubernetes-patch-strategy": "merge,retainKeys",
                },
                "o": {"type": "object", "x-kubernetes-map-type": "atomic"},
            },
            "x-kubernetes-validations": [{"rule": "self.a == 'x'", "message": "M", "fieldPath": ".a"}],
        }
    )
    assert (node.type, node.description, node.required) == ("object", "D", ("a",))
    a, m, items = node.properties["a"], node.properties["m"], node.properties["l"]
    assert (a.type, a.max_length, a.default, a.nullable) == ("string", 3, "x", True)
    assert m.additional is not None
    assert (m.additional.type, m.additional.format) == ("integer", "int32")
    assert (items.list_type, items.map_keys, items.merge_key) == ("map", ("k",), "k")
    assert items.patch_strategies == ("merge", "retainKeys")
    assert node.properties["o"].map_type == "atomic"
    assert node.rules == (structural.Rule("self.a == 'x'", message="M", field_path=".a"),)
    assert node.child("nothing") is None


def test_a_null_default_is_none_and_a_list_of_types_may_allow_null() -> None:
    node = compiling.compile_schema({"type": ["string", "null"], "default": None})
    assert (node.type, node.nullable, node.default) == ("string", True, structural.UNSET)


def test_integer_and_string_together_are_int_or_string() -> None:
    assert compiling.compile_schema({"type": ["integer", "string"]}).int_or_string


@pytest.mark.parametrize(
    "schema, path",
    [
        ({"type": "text"}, ".type"),
        ({"type": ["string", "object"]}, ".type"),
        ({"properties": []}, ".properties"),
        ({"properties": {"a": 5}}, ".properties[a]"),
        ({"type": "array", "items": "string"}, ".items"),
        ({"required": "a"}, ".required"),
        ({"pattern": "("}, ".pattern"),
        ({"minimum": "1"}, ".minimum"),
        ({"maxLength": 1.5}, ".maxLength"),
        ({"maxLength": True}, ".maxLength"),
        ({"enum": "a"}, ".enum"),
        ({"anyOf": {}}, ".anyOf"),
        ({"anyOf": [{}, 1]}, ".anyOf[1]"),
        ({"not": []}, ".not"),
        ({"x-kubernetes-list-type": "bag"}, ".x-kubernetes-list-type"),
        ({"x-kubernetes-map-type": "bag"}, ".x-kubernetes-map-type"),
        ({"x-kubernetes-list-map-keys": "k"}, ".x-kubernetes-list-map-keys"),
        ({"x-kubernetes-validations": ["self.a"]}, ".x-kubernetes-validations"),
    ],
)
def test_a_schema_that_makes_no_sense_is_refused_with_its_place(schema: dict[str, Any], path: str) -> None:
    whole = {"type": "object", "properties": {"f": schema}}
    with pytest.raises(compiling.SchemaError) as caught:
        compiling.compile_schema(whole)
    assert caught.value.path == ".properties[f]" + path


def test_a_schema_nested_too_deeply_is_refused() -> None:
    schema: dict[str, Any] = {}
    for _ in range(5000):
        schema = {"items": schema}
    with pytest.raises(compiling.SchemaError, match="nested too deeply"):
        compiling.compile_schema(schema)


def refer(name: str, **more: Any) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}", **more}


def compiler(**definitions: Any) -> compiling.Compiler:
    return compiling.Compiler(definitions.__getitem__)


def test_references_share_the_definition() -> None:
    point = {"type": "object", "properties": {"x": {"type": "integer"}}}
    made = compiler(Point=point)
    node = made.compile({"properties": {"a": refer("Point"), "b": refer("Point", description="D")}})
    assert node.properties["a"] is node.properties["b"] is made.definition("Point")
    assert node.properties["a"].definition == "Point"


def test_a_reference_may_add_something() -> None:
    point = {"type": "object", "properties": {"x": {"type": "integer"}}}
    made = compiler(Point=point)
    node = made.compile({"properties": {"a": refer("Point", **{"x-kubernetes-patch-strategy": "retainKeys"})}})
    a = node.properties["a"]
    assert (a.type, a.definition, a.patch_strategies) == ("object", "Point", ("retainKeys",))
    assert a.properties is made.definition("Point").properties
    assert made.definition("Point").patch_strategies == ()


def test_a_reference_in_all_of_is_one_too() -> None:
    made = compiler(Point={"type": "object"})
    node = made.compile({"properties": {"a": {"allOf": [refer("Point")], "default": {}, "description": "D"}}})
    assert (node.properties["a"].definition, node.properties["a"].default) == ("Point", {})
    assert node.properties["a"].all_of == ()


def test_definitions_may_hold_themselves() -> None:
    tree = {
        "type": "object",
        "properties": {"below": {"type": "array", "items": refer("Tree")}, "left": refer("Tree", nullable=True)},
        "required": ["below"],
        "additionalProperties": {"type": "string"},
    }
    node = compiler(Tree=tree).definition("Tree")
    assert node.properties["below"].items is node
    left = node.properties["left"]
    assert (left.nullable, left.required, left.properties is node.properties) == (True, ("below",), True)
    assert left.additional is node.additional is not None


@pytest.mark.parametrize("resolve", [None, {}.__getitem__])
def test_a_reference_to_nothing_is_refused(resolve: Any) -> None:
    with pytest.raises(compiling.SchemaError, match="Nothing"):
        compiling.compile_schema(refer("Nothing"), resolve=resolve)
