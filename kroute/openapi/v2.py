"""Swagger 2.0 from OpenAPI 3: one document for all group-versions, as `/openapi/v2` serves it.

Version 2 has no nullable, oneOf, anyOf or not, and no allOf around a reference; what it can't say is left out, so that
it accepts more than version 3 and never less.  Mirrors the conversion in `k8s.io/kube-openapi` and
`ToStructuralOpenAPIV2` of `k8s.io/apiextensions-apiserver`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

DROPPED = frozenset({"nullable", "oneOf", "anyOf", "not", "x-kubernetes-validations", "default"})


def document(documents: Iterable[Mapping[str, Any]], *, title: str, version: str) -> dict[str, Any]:
    """The paths and definitions of OpenAPI v3 documents in one Swagger document."""
    paths: dict[str, Any] = {}
    definitions: dict[str, Any] = {}
    for source in documents:
        for path, item in source.get("paths", {}).items():
            paths[path] = path_item(item)
        for name, schema in source.get("components", {}).get("schemas", {}).items():
            if name not in definitions:
                definitions[name] = schema_of(schema, top=True)
    return {
        "swagger": "2.0",
        "info": {"title": title, "version": version},
        "paths": dict(sorted(paths.items())),
        "definitions": dict(sorted(definitions.items())),
        "securityDefinitions": {
            "BearerToken": {
                "description": "Bearer Token authentication",
                "type": "apiKey",
                "name": "authorization",
                "in": "header",
            }
        },
        "security": [{"BearerToken": []}],
    }


def path_item(item: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for method, operation in item.items():
        if method == "parameters":
            found[method] = [parameter(one) for one in operation]
        else:
            found[method] = operation_of(operation)
    return found


def operation_of(source: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: value for key, value in source.items() if key not in ("parameters", "requestBody", "responses")}
    parameters = [parameter(one) for one in source.get("parameters", ())]
    body = source.get("requestBody")
    found["consumes"] = list(body["content"]) if body else ["*/*"]
    found["produces"] = produced(source["responses"])
    found["schemes"] = ["https"]
    if body:
        schema = next(iter(body["content"].values()))["schema"]
        entry: dict[str, Any] = {"name": "body", "in": "body", "schema": schema_of(schema)}
        if body.get("required"):
            entry["required"] = True
        parameters.insert(0, entry)
    if parameters:
        found["parameters"] = parameters
    found["responses"] = {code: response(one) for code, one in source["responses"].items()}
    return found


def produced(responses: Mapping[str, Any]) -> list[str]:
    """Every media type that any answer comes in."""
    found = {media: None for one in responses.values() for media in one.get("content", {})}
    return list(found) or ["*/*"]


def response(source: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"description": source["description"]}
    content = source.get("content")
    if content:
        schema = next(iter(content.values())).get("schema")
        if schema:
            found["schema"] = schema_of(schema)
    return found


def parameter(source: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: value for key, value in source.items() if key != "schema"}
    return {**found, **schema_of(source["schema"])}


def schema_of(source: Any, *, top: bool = False) -> Any:
    """A schema in version 2's terms; references point to `#/definitions/`."""
    if not isinstance(source, Mapping):
        return source
    if "$ref" in source:
        return {"$ref": reference(source["$ref"])}
    found: dict[str, Any] = {}
    for key, value in source.items():
        if key in DROPPED and key != "default":
            continue
        if key == "properties":
            found[key] = {name: schema_of(one) for name, one in value.items()}
        elif key in ("items", "additionalProperties"):
            found[key] = schema_of(value)
        elif key == "allOf":
            fold(found, [schema_of(one) for one in value])
        else:
            found[key] = value
    return loosened(source, found)


def loosened(source: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """What version 2 can't constrain stays open: nullable, int-or-string and free-form values lose their type."""
    if source.get("nullable") or source.get("x-kubernetes-int-or-string"):
        for key in ("type", "items", "properties", "additionalProperties"):
            found.pop(key, None)
    if source.get("x-kubernetes-preserve-unknown-fields"):
        found.pop("items", None)
        found.pop("properties", None)
        if source.get("type") != "object":
            found.pop("type", None)
    return found


def fold(found: dict[str, Any], parts: list[Any]) -> None:
    """`allOf` around one reference becomes the reference; other parts add what they say about structure."""
    if len(parts) == 1 and "$ref" in parts[0]:
        found["$ref"] = parts[0]["$ref"]
        found.pop("default", None)
        return
    found["allOf"] = parts


def reference(pointer: str) -> str:
    return pointer.replace("#/components/schemas/", "#/definitions/")
