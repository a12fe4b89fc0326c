"""The extensions that say how field managers share lists and maps.

Mirrors the part on list and map types of ValidateCustomResourceDefinitionOpenAPISchema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kroute.machinery import fielderrors

Schema = Mapping[str, Any]
Errors = Iterator[fielderrors.FieldError]

LIST, MAP, KEYS = "x-kubernetes-list-type", "x-kubernetes-map-type", "x-kubernetes-list-map-keys"


def errors_of(schema: Schema, path: str) -> Errors:
    """What is wrong with them at one node."""
    list_type, map_type, keys = schema.get(LIST), schema.get(MAP), schema.get(KEYS)
    items = schema.get("items")
    if map_type is not None:
        yield from of_type(schema, "object", MAP, path)
        if map_type not in ("atomic", "granular"):
            yield fielderrors.not_supported(f"{path}.{MAP}", map_type, ("atomic", "granular"))
    if list_type is not None:
        yield from of_type(schema, "array", LIST, path)
        if schema.get("type") == "array" and list_type == "set" and isinstance(items, Mapping):
            yield from set_items(items, path)
        if list_type not in ("atomic", "set", "map"):
            yield fielderrors.not_supported(f"{path}.{LIST}", list_type, ("atomic", "set", "map"))
    if keys and list_type != "map":
        why = "must be map if x-kubernetes-list-map-keys is non-empty"
        at = f"{path}.{LIST}"
        yield fielderrors.required(at, why) if list_type is None else fielderrors.invalid(at, list_type, why)
    if list_type == "map":
        yield from map_items(items, keys or [], path)
    if list_type in ("set", "map") and isinstance(items, Mapping):
        yield from not_null(items, keys or [], list_type, path)


def of_type(schema: Schema, wanted: str, extension: str, path: str) -> Errors:
    kind = schema.get("type") or ""
    if kind != wanted:
        why = f"must be {wanted} if {extension} is specified"
        at = f"{path}.type"
        yield fielderrors.invalid(at, kind, why) if kind else fielderrors.required(at, why)


def set_items(items: Schema, path: str) -> Errors:
    why = "must be atomic as item of a list with x-kubernetes-list-type=set"
    own = items.get(LIST)
    if items.get("type") == "array" and own is not None and own != "atomic":
        yield fielderrors.invalid(f"{path}.items.{LIST}", own, why)
    if items.get("type") == "object" and items.get(MAP) != "atomic":
        yield fielderrors.invalid(f"{path}.items.{MAP}", own, why)


def map_items(items: Any, keys: list[str], path: str) -> Errors:
    if not keys:
        yield fielderrors.required(f"{path}.{KEYS}", "must not be empty if x-kubernetes-list-type is map")
    if items is None:
        yield fielderrors.required(f"{path}.items", "must have a schema if x-kubernetes-list-type is map")
    if not isinstance(items, Mapping):
        return
    if items.get("type") != "object":
        why = "must be object if parent array's x-kubernetes-list-type is map"
        yield fielderrors.invalid(f"{path}.items.type", items.get("type") or "", why)
        return
    seen = set()
    for key in keys:
        field = (items.get("properties") or {}).get(key)
        if field is None:
            yield fielderrors.invalid(f"{path}.{KEYS}", keys, "entries must all be names of item properties")
        elif field.get("type") in ("array", "object"):
            why = "must be a scalar type if parent array's x-kubernetes-list-type is map"
            yield fielderrors.invalid(f"{path}.items.properties[{key}].type", items.get("type"), why)
        if key in seen:
            yield fielderrors.invalid(f"{path}.{KEYS}", keys, "must not contain duplicate entries")
        seen.add(key)


def not_null(items: Schema, keys: list[str], list_type: str, path: str) -> Errors:
    if items.get("nullable"):
        yield fielderrors.forbidden(f"{path}.items.nullable", f"cannot be nullable when {LIST} is {list_type}")
    if list_type != "map":
        return
    for key in keys:
        field = (items.get("properties") or {}).get(key)
        if field is None:
            continue
        at = f"{path}.items.properties[{key}]"
        if key not in (items.get("required") or ()) and field.get("default") is None:
            why = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"
            yield fielderrors.required(f"{at}.default", why)
        if field.get("nullable"):
            why = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable"
            yield fielderrors.forbidden(f"{at}.nullable", why)
