"""Schemas as OpenAPI documents show them.

Version 3 shows a schema as it was written, but for what readers that know OpenAPI alone would miss.  Version 2 has
fewer words, and its readers (kubectl) stumble over some combinations: those are taken out.  Mirrors
`ToStructuralOpenAPIV2` of apiextensions-apiserver.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.schema import structural

V3_PREFIX, V2_PREFIX = "#/components/schemas/", "#/definitions/"
NOT_IN_V2 = frozenset({"allOf", "anyOf", "oneOf", "not", "nullable", "default", "example", "title"})


def to_openapi_v3(node: structural.Structural) -> Mapping[str, Any]:
    """The node's schema for version 3; it is shared, not to be changed."""
    return node.source


def published(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema in version 3's terms for readers who don't know Kubernetes' extensions, nor what stands beside a `$ref`.

    The schema itself isn't changed."""
    found = dict(schema)
    if "$ref" in found and len(found) > 1:
        found["allOf"] = [{"$ref": found.pop("$ref")}]
    if found.get("x-kubernetes-int-or-string") is True and not (found.keys() & {"anyOf", "allOf", "oneOf"}):
        found["anyOf"] = [{"type": "integer"}, {"type": "string"}]
    if "properties" in found:
        found["properties"] = {name: published(child) for name, child in found["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(found.get(key), Mapping):
            found[key] = published(found[key])
    return found


def to_openapi_v2(schema: structural.Structural | Mapping[str, Any]) -> dict[str, Any]:
    """A schema for version 2, made from a node or from its version 3 form."""
    source = schema.source if isinstance(schema, structural.Structural) else schema
    return convert(source)


def convert(source: Mapping[str, Any]) -> dict[str, Any]:
    reference = referenced(source)
    if reference is not None:
        kept = {key: value for key, value in source.items() if key == "description" or key.startswith("x-")}
        return {**kept, "$ref": V2_PREFIX + reference}
    found = {key: value for key, value in source.items() if key not in NOT_IN_V2}
    if "type" not in source and {"type": "string"} in source.get("oneOf", ()):  # Quantity, IntOrString
        found["type"] = "string"
    properties = found.get("properties") or {}
    if source.get("nullable"):
        forget(found, "type", "items", "properties")
    if source.get("x-kubernetes-preserve-unknown-fields"):
        forget(found, "items", "properties")
        if found.get("type") == "object":
            del found["type"]
    if found.get("type") == "array" and "items" not in found:
        del found["type"]
    nullable = {name for name, child in properties.items() if child.get("nullable")}
    additional = found.get("additionalProperties")
    if isinstance(additional, Mapping) and additional.get("nullable"):
        found.pop("required", None)
    if "required" in found and nullable:
        found["required"] = [name for name in found["required"] if name not in nullable]
        if not found["required"]:
            del found["required"]
    convert_children(found)
    return found


def convert_children(found: dict[str, Any]) -> None:
    if "properties" in found:
        found["properties"] = {name: convert(child) for name, child in found["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(found.get(key), Mapping):
            found[key] = convert(found[key])


def forget(found: dict[str, Any], *keys: str) -> None:
    for key in keys:
        found.pop(key, None)


def referenced(source: Mapping[str, Any]) -> str | None:
    """The definition that a schema refers to, directly or in the form that version 3 needs for adding to it."""
    reference = source.get("$ref")
    all_of = source.get("allOf")
    if reference is None and isinstance(all_of, list) and len(all_of) == 1 and "type" not in source:
        reference = all_of[0].get("$ref")
    return None if reference is None else str(reference).rpartition("/")[2]
