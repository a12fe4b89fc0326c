"""Swagger 2.0 from OpenAPI 3: one document for all group-versions, as `/openapi/v2` serves it.

Bodies become parameters and media types move up to the operation; schemas are converted by `schema.documents`.
Mirrors the conversion in `k8s.io/kube-openapi`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from kroute.schema import documents

SECURITY = {
    "BearerToken": {
        "description": "Bearer Token authentication",
        "type": "apiKey",
        "name": "authorization",
        "in": "header",
    }
}
PRESERVE, KIND = "x-kubernetes-preserve-unknown-fields", "x-kubernetes-group-version-kind"
SHOWN_OF_ANYTHING = (KIND, "x-kubernetes-selectable-fields")


class Part(NamedTuple):
    """What one OpenAPI v3 document brings to the whole: JSON texts by path and by definition."""

    paths: Mapping[str, bytes]
    definitions: Mapping[str, bytes]


def part(source: Mapping[str, Any]) -> Part:
    """The paths and definitions of an OpenAPI v3 document."""
    paths, schemas = source.get("paths", {}), source.get("components", {}).get("schemas", {})
    return Part(
        {path: orjson.dumps(path_item(item)) for path, item in paths.items()},
        {name: orjson.dumps(definition(schema)) for name, schema in schemas.items()},
    )


def foreign_part(document: Mapping[str, Any]) -> Part:
    """The paths and definitions of a Swagger document."""
    paths, definitions = document.get("paths") or {}, document.get("definitions") or {}
    return Part(
        {path: orjson.dumps(item) for path, item in paths.items()},
        {name: orjson.dumps(schema) for name, schema in definitions.items()},
    )


def assembled(parts: Iterable[Part], *, title: str, version: str, base_path: str = "") -> bytes:
    """The whole document; of what is there several times the first counts."""
    paths: dict[str, bytes] = {}
    definitions: dict[str, bytes] = {}
    for each in parts:
        for found, more in ((paths, each.paths), (definitions, each.definitions)):
            for name, text in more.items():
                found.setdefault(name, text)
    head = {"swagger": "2.0", "info": {"title": title, "version": version}}
    tail = {"securityDefinitions": SECURITY, "security": [{"BearerToken": []}]}
    if base_path:
        tail["basePath"] = base_path
    fields = (orjson.dumps(head)[1:-1], members("paths", paths), members("definitions", definitions))
    return b"{%b,%b}" % (b",".join(fields), orjson.dumps(tail)[1:-1])


def members(key: str, texts: Mapping[str, bytes]) -> bytes:
    """An object of JSON texts under a key."""
    return b'"%b":{%b}' % (
        key.encode(),
        b",".join(b"%b:%b" % (orjson.dumps(name), texts[name]) for name in sorted(texts)),
    )


def definition(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A definition in this version's terms; of a custom kind that may have any fields nothing is said at all."""
    if schema.get(PRESERVE) and KIND in schema:
        return {"type": "object", **{key: schema[key] for key in SHOWN_OF_ANYTHING if key in schema}}
    return documents.to_openapi_v2(schema)


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
