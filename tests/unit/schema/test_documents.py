"""Schemas as OpenAPI documents show them."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.schema import compiling, documents

TEXT = {"type": "string"}


@pytest.mark.parametrize(
    "source, wanted",
    [
        ({"type": "string", "default": "x", "description": "D"}, {"type": "string", "description": "D"}),
        ({"type": "string", "anyOf": [{"format": "x"}], "not": {"enum": ["a"]}}, {"type": "string"}),
        (
            {"type": "object", "nullable": True, "properties": {"a": TEXT}, "description": "D"},
            {"description": "D"},
        ),
        (
            {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {"a": TEXT}},
            {"x-kubernetes-preserve-unknown-fields": True},
        ),
        (
            {"type": "array", "x-kubernetes-preserve-unknown-fields": True, "items": TEXT},
            {"x-kubernetes-preserve-unknown-fields": True},
        ),
        (
            {"type": "object", "properties": {"a": {**TEXT, "nullable": True}, "b": TEXT}, "required": ["a", "b"]},
            {"type": "object", "properties": {"a": {}, "b": TEXT}, "required": ["b"]},
        ),
        (
            {"type": "object", "properties": {"a": {**TEXT, "nullable": True}}, "required": ["a"]},
            {"type": "object", "properties": {"a": {}}},
        ),
        (
            {"type": "array", "items": {"$ref": "#/components/schemas/x.Y"}},
            {"type": "array", "items": {"$ref": "#/definitions/x.Y"}},
        ),
        (
            {"allOf": [{"$ref": "#/components/schemas/x.Y"}], "default": {}, "description": "D"},
            {"$ref": "#/definitions/x.Y", "description": "D"},
        ),
        (
            {"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]},
            {"type": "string", "format": "int-or-string"},
        ),
    ],
)
def test_version_2_leaves_out_what_it_has_no_words_for(source: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert documents.to_openapi_v2(source) == wanted


def test_version_3_shows_the_schema_as_written() -> None:
    source = {"type": "object", "properties": {"a": {**TEXT, "nullable": True, "default": "x"}}}
    node = compiling.compile_schema(source)
    assert documents.to_openapi_v3(node) == source
    assert documents.to_openapi_v2(node) == {"type": "object", "properties": {"a": {}}}
    assert source["properties"] == {"a": {**TEXT, "nullable": True, "default": "x"}}, "the source is left as it is"


def test_what_stands_beside_a_reference_is_not_lost() -> None:
    reference = {"$ref": "#/components/schemas/x.Y"}
    source = {"type": "object", "properties": {"a": {**reference, "description": "D"}, "b": reference}}
    shown = {"type": "object", "properties": {"a": {"description": "D", "allOf": [reference]}, "b": reference}}
    assert documents.published(source) == shown
    assert documents.published(shown) == shown
    lists = {"type": "array", "items": {**reference, "default": {}}}
    assert documents.published(lists) == {"type": "array", "items": {"default": {}, "allOf": [reference]}}


def test_an_integer_or_a_text_is_told_to_those_who_know_openapi_alone() -> None:
    port = {"x-kubernetes-int-or-string": True, "description": "D"}
    shown = {**port, "anyOf": [{"type": "integer"}, {"type": "string"}]}
    assert documents.published({"additionalProperties": port}) == {"additionalProperties": shown}
    assert documents.published(shown) == shown
