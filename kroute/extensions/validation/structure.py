"""Whether a schema is structural: every value validation stands beside a structure that says what the value is.

Mirrors `pkg/apiserver/schema/validation.go` and `complete.go` of `k8s.io/apiextensions-apiserver`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kroute.machinery import fielderrors
from kroute.schema import patterns

Schema = Mapping[str, Any]
Errors = Iterator[fielderrors.FieldError]

EMPTY = {
    "root": "must not be empty at the root",
    "item": "must not be empty for specified array items",
    "field": "must not be empty for specified object fields",
}
INT_OR_STRING = [{"type": "integer"}, {"type": "string"}]
NESTED = (
    ("type", "must be empty to be structural"),
    ("additionalProperties", "must be undefined to be structural"),
    ("default", "must be undefined to be structural"),
    ("title", "must be empty to be structural"),
    ("description", "must be empty to be structural"),
    ("nullable", "must be false to be structural"),
    ("x-kubernetes-preserve-unknown-fields", "must be false to be structural"),
    ("x-kubernetes-embedded-resource", "must be false to be structural"),
    ("x-kubernetes-int-or-string", "must be false to be structural"),
    ("x-kubernetes-list-map-keys", "must be empty to be structural"),
    ("x-kubernetes-list-type", "must be undefined to be structural"),
    ("x-kubernetes-map-type", "must be undefined to be structural"),
    ("x-kubernetes-validations", "must be empty to be structural"),
)


def errors_of(schema: Schema, path: str) -> list[fielderrors.FieldError]:
    """Why a schema isn't structural, sorted as kube-apiserver does."""
    return sorted([*invariants(schema, "root", path), *complete(schema, schema, path, path)], key=str)


def invariants(schema: Schema, level: str, path: str) -> Errors:
    kind, items, additional = schema.get("type") or "", schema.get("items"), schema.get("additionalProperties")
    if kind == "array" and items is None:
        yield fielderrors.required(f"{path}.items", "must be specified")
    if isinstance(items, Mapping):
        yield from invariants(items, "item", f"{path}.items")
    for name, below in (schema.get("properties") or {}).items():
        yield from invariants(below, "field", f"{path}.properties[{name}]")
    if additional is not None:
        if level == "root":
            yield fielderrors.forbidden(f"{path}.additionalProperties", "must not be used at the root")
        if isinstance(additional, Mapping):
            yield from invariants(additional, "field", f"{path}.additionalProperties")
    yield from extensions(schema, path)
    yield from values(schema, path, skip=schema)
    yield from typed(schema, level, path)
    yield from metadata(schema, level, path)
    preserved = schema.get("x-kubernetes-preserve-unknown-fields")
    if schema.get("x-kubernetes-embedded-resource") and not preserved and not schema.get("properties"):
        why = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"
        yield fielderrors.required(f"{path}.properties", why)


def extensions(schema: Schema, path: str) -> Errors:
    if schema.get("x-kubernetes-int-or-string"):
        for key in ("x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"):
            if schema.get(key):
                why = "must be false if x-kubernetes-int-or-string is true"
                yield fielderrors.invalid(f"{path}.{key}", True, why)


def typed(schema: Schema, level: str, path: str) -> Errors:
    kind = schema.get("type") or ""
    embedded = schema.get("x-kubernetes-embedded-resource")
    if embedded and kind != "object":
        why = "must be object if x-kubernetes-embedded-resource is true"
        at = f"{path}.type"
        yield fielderrors.invalid(at, kind, why) if kind else fielderrors.required(at, why)
    elif not (kind or schema.get("x-kubernetes-int-or-string") or schema.get("x-kubernetes-preserve-unknown-fields")):
        yield fielderrors.required(f"{path}.type", EMPTY[level])
    if embedded and schema.get("additionalProperties") is not None:
        why = "must not be used if x-kubernetes-embedded-resource is set"
        yield fielderrors.forbidden(f"{path}.additionalProperties", why)
    if level == "root" and kind and kind != "object":
        yield fielderrors.invalid(f"{path}.type", kind, "must be object at the root")


def metadata(schema: Schema, level: str, path: str) -> Errors:
    """What is said of kind, apiVersion and metadata of a whole object."""
    properties = schema.get("properties") or {}
    whole = level == "root" or bool(schema.get("x-kubernetes-embedded-resource"))
    for name in ("kind", "apiVersion"):
        if whole and name in properties and properties[name].get("type") != "string":
            at = f"{path}.properties[{name}].type"
            yield fielderrors.invalid(at, properties[name].get("type") or "", "must be string")
    found = properties.get("metadata")
    if found is None:
        return
    at = f"{path}.properties[metadata]"
    if whole and found.get("type") != "object":
        yield fielderrors.invalid(f"{at}.type", found.get("type") or "", "must be object")
    if level == "root":
        names = (found.get("properties") or {}).keys()
        more = {key for key, value in found.items() if value not in (None, "", [], {}, False)} - {"type", "default"}
        if names <= {"name", "generateName"}:
            more -= {"properties"}
        if more:
            why = "must not specify anything other than name and generateName, but metadata is implicitly specified"
            yield fielderrors.forbidden(at, why)


def values(schema: Schema, path: str, *, skip: Schema | None = None) -> Errors:
    """The value validations of a node; the two ways to write int-or-string are let pass."""
    for key in ("anyOf", "allOf", "oneOf"):
        for index, below in enumerate(schema.get(key) or ()):
            if key == "anyOf" and skip is not None and schema.get("anyOf") == INT_OR_STRING:
                continue
            pattern = key == "allOf" and index == 0 and skip is not None and below.get("anyOf") == INT_OR_STRING
            yield from nested(below, f"{path}.{key}[{index}]", skip=below if pattern else None)
    if schema.get("not") is not None:
        yield from nested(schema["not"], f"{path}.not")
    if schema.get("pattern"):
        try:
            patterns.compiled(schema["pattern"])
        except ValueError as error:
            text = f"{error}" if str(error).startswith("error parsing") else f"error parsing regexp: {error}"
            shown = text if text.endswith("`") else f"{text}: `{schema['pattern']}`"
            why = f"must be a valid regular expression, but isn't: {shown}"
            yield fielderrors.invalid(f"{path}.pattern", schema["pattern"], why)


def nested(schema: Schema, path: str, *, skip: Schema | None = None) -> Errors:
    """What stands under allOf, anyOf, oneOf or not only restricts values."""
    yield from values(schema, path, skip=skip)
    if isinstance(schema.get("items"), Mapping):
        yield from nested(schema["items"], f"{path}.items")
    for name, below in (schema.get("properties") or {}).items():
        yield from nested(below, f"{path}.properties[{name}]")
    for key, why in NESTED:
        if schema.get(key) or (key in ("additionalProperties", "default") and schema.get(key) is not None):
            yield fielderrors.forbidden(f"{path}.{key}", why)
    if "metadata" in (schema.get("properties") or {}):
        yield fielderrors.forbidden(f"{path}.properties[metadata]", "must not be specified in a nested context")


def complete(restricting: Schema, schema: Schema | None, at: str, path: str) -> Errors:
    """Every restricted field is a field of the structure, too."""
    if schema is None:
        yield fielderrors.required(at, f"because it is defined in {path}")
        return
    if restricting.get("not") is not None:
        yield from complete_below(restricting["not"], schema, at, f"{path}.not")
    for key in ("allOf", "anyOf", "oneOf"):
        for index, below in enumerate(restricting.get(key) or ()):
            yield from complete_below(below, schema, at, f"{path}.{key}[{index}]")


def complete_below(restricting: Schema, schema: Schema, at: str, path: str) -> Errors:
    yield from complete(restricting, schema, at, path)
    if isinstance(restricting.get("items"), Mapping):
        items = schema.get("items")
        if isinstance(items, Mapping):
            yield from complete_below(restricting["items"], items, f"{at}.items", f"{path}.items")
        else:
            yield fielderrors.required(f"{at}.items", f"because it is defined in {path}.items")
    properties = schema.get("properties") or {}
    for name, below in (restricting.get("properties") or {}).items():
        place, here = f"{path}.properties[{name}]", f"{at}.properties[{name}]"
        if name not in properties:
            yield fielderrors.required(here, f"because it is defined in {place}")
        else:
            yield from complete_below(below, properties[name], here, place)
