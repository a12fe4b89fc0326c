"""Types of schemas: what expressions can see of an object, and under which names."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.cel import declared, programs
from kroute.schema import compiling


def kind_of(schema: dict[str, Any], *, root: bool = False) -> declared.Declared | None:
    return declared.of_schema(
        compiling.compile_schema({"type": "object", "properties": {"f": schema}}).properties["f"], root=root
    )


def refused(expression: str, schema: dict[str, Any], *, root: bool = False) -> str:
    kind = kind_of(schema, root=root)
    assert kind is not None
    try:
        programs.Environment({"self": kind}).compile(expression)
    except programs.CompileError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "schema, kind",
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "format": "byte"}, "bytes"),
        ({"type": "string", "format": "date"}, "timestamp"),
        ({"type": "string", "format": "date-time"}, "timestamp"),
        ({"type": "string", "format": "duration"}, "duration"),
        ({"type": "string", "format": "uuid"}, "string"),
        ({"type": "integer"}, "int"),
        ({"type": "number"}, "double"),
        ({"type": "boolean"}, "bool"),
        ({"x-kubernetes-int-or-string": True}, "dyn"),
        ({"type": "array", "items": {"type": "string"}}, "list"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "map"),
        ({"type": "object"}, "object"),
        ({"type": "object", "x-kubernetes-preserve-unknown-fields": True}, "object"),
    ],
)
def test_schemas_have_types(schema: dict[str, Any], kind: str) -> None:
    found = kind_of(schema)
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize(
    "schema",
    [
        {"x-kubernetes-preserve-unknown-fields": True},
        {"type": "array", "items": {"x-kubernetes-preserve-unknown-fields": True}},
        {"type": "object", "additionalProperties": {"x-kubernetes-preserve-unknown-fields": True}},
    ],
)
def test_what_has_no_type_can_not_be_seen(schema: dict[str, Any]) -> None:
    assert kind_of(schema) is None
    assert "undefined field 'hidden'" in refused(
        "has(self.hidden)", {"type": "object", "properties": {"hidden": schema}}
    )


def test_names_are_escaped_and_what_can_not_be_is_hidden() -> None:
    names = ["namespace", "a-b", "a.b", "a/b", "__x", "x__y", "ünder", "9lives", "in", "int"]
    kind = kind_of({"type": "object", "properties": {name: {"type": "string"} for name in names}})
    assert kind is not None
    assert kind.names == {
        "__namespace__": "namespace", "a__dash__b": "a-b", "a__dot__b": "a.b", "a__slash__b": "a/b",
        "__underscores__x": "__x", "x__underscores__y": "x__y", "__in__": "in", "int": "int",
        "namespace": "namespace", "in": "in",
    }  # fmt: skip
    program = programs.Environment({"self": kind}).compile("has(self.a__dash__b) ? self.a__dash__b : self.__in__")
    assert program.evaluate({"self": {"in": "x"}}) == "x"
    assert program.evaluate({"self": {"a-b": "y"}}) == "y"


def test_the_name_of_a_resource_can_always_be_read_and_nothing_else_of_its_metadata() -> None:
    resource = {"type": "object", "properties": {"metadata": {"type": "object"}, "spec": {"type": "object"}}}
    for expression in ("self.metadata.name", "self.metadata.generateName", "self.kind", "self.apiVersion"):
        assert refused(expression, resource, root=True) == ""
    assert "undefined field 'labels'" in refused("self.metadata.labels", resource, root=True)
    assert "undefined field 'name'" in refused("self.metadata.name", resource)
    embedded = {"type": "object", "properties": {"pod": {**resource, "x-kubernetes-embedded-resource": True}}}
    assert refused("self.pod.metadata.name", embedded) == ""


def test_schemas_that_refer_to_themselves_have_types() -> None:
    tree = compiling.compile_schema({"type": "object", "properties": {"name": {"type": "string"}}})
    tree.properties["child"] = tree
    kind = declared.of_schema(tree)
    assert kind is not None
    program = programs.Environment({"self": kind}).compile("self.child.child.name == 'x'")
    assert program.evaluate({"self": {"child": {"child": {"name": "x"}}}}) is True


def test_fields_whose_names_are_alike_do_not_disturb_each_other() -> None:
    text_map = {"type": "object", "additionalProperties": {"type": "string"}}
    fields = {"foo_bar": text_map, "fooBar": text_map, "FooBarEntry": {"type": "string"}, "Self": {"type": "object"}}
    assert refused("self.foo_bar.a == self.fooBar.a", {"type": "object", "properties": fields}) == ""
