"""Swagger 2.0 from OpenAPI 3: one document for all group-versions, as `/openapi/v2` serves it.

Bodies become parameters and media types move up to the operation; schemas are converted by `schema.documents`.
Mirrors the conversion in `k8s.io/kube-openapi`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kroute.schema import documents


def document(sources: Iterable[Mapping[str, Any]], *, title: str, version: str) -> dict[str, Any]:
    """The paths and definitions of OpenAPI v3 documents in one Swagger document."""
    paths: dict[str, Any] = {}
    definitions: dict[str, Any] = {}
    for source in sources:
        for path, item in source.get("paths", {}).items():
            paths[path] = path_item(item)
        for name, schema in source.get("components", {}).get("schemas", {}).items():
            if name not in definitions:
                definitions[name] = documents.to_openapi_v2(schema)
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


def merge(document: dict[str, Any], other: Mapping[str, Any]) -> None:
    """Add the paths and definitions of another Swagger document that this one lacks, in place."""
    for key in ("paths", "definitions"):
        document[key] = dict(sorted({**(other.get(key) or {}), **document[key]}.items()))


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
        entry: dict[str, Any] = {"name": "body", "in": "body", "schema": documents.to_openapi_v2(schema)}
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
            found["schema"] = documents.to_openapi_v2(schema)
    return found


def parameter(source: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: value for key, value in source.items() if key != "schema"}
    return {**found, **documents.to_openapi_v2(source["schema"])}
