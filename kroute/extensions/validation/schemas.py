"""The schema of a version: what OpenAPI keywords and extensions may say, and that defaults fit.

Mirrors validateCustomResourceDefinitionValidation."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from kroute.extensions.validation import defaults, lists, rules, structure
from kroute.machinery import fielderrors
from kroute.schema import compiling, structural

Schema = Mapping[str, Any]
Errors = Iterator[fielderrors.FieldError]

TYPES = ("array", "boolean", "integer", "number", "object", "string")
UNSUPPORTED = ("id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref")
UNIQUE = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
AT_ROOT = frozenset(
    (
        "description", "type", "format", "title", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum",
        "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "multipleOf", "required", "items",
        "properties", "externalDocs", "example", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-validations",
    )
)  # fmt: skip
AT_ROOT_NAMES = (
    "[Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern "
    "MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields "
    "XValidations]"
)


def errors_of(
    schema: Schema, path: str, *, status: bool, stored: Collection[Schema] = ()
) -> list[fielderrors.FieldError]:
    """What is wrong with the schema of a version; `status`: there is a status subresource.

    `stored` are schemas that the definition had before, whose rules needn't be compiled again."""
    found = list(root(schema, path)) if status else []
    if schema.get("nullable"):
        found.append(fielderrors.forbidden(f"{path}.nullable", "nullable cannot be true at the root"))
    usable = not any(unsupported(each) for each in nodes(schema))
    compiled = compiled_of(schema)
    known = compiled if isinstance(compiled, structural.Structural) else None
    problems: list[fielderrors.FieldError] = []
    if usable:
        problems = structure.errors_of(schema, path)
        if not problems and known is not None:
            problems = list(defaults.below(known, path))
        found += problems
    wrong = list(openapi(schema, path, is_root=True))
    found += wrong
    if usable and not problems and known is not None and schema not in stored:
        found += rules.compile_errors(known, path, wrong)
    if not found and isinstance(compiled, compiling.SchemaError):
        found.append(fielderrors.invalid(path, "", str(compiled)))
    return found


def compiled_of(schema: Schema) -> structural.Structural | compiling.SchemaError:
    """The compiled schema, or what is wrong with it."""
    try:
        return compiling.compile_schema(schema)
    except compiling.SchemaError as error:
        return error


def root(schema: Schema, path: str) -> Errors:
    """What may stand at the root beside a status subresource."""
    for key, value in schema.items():
        if key == "type" and value != "object":
            why = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled'
            yield fielderrors.invalid(f"{path}.type", value, why)
            return
        if key not in AT_ROOT and value not in (None, "", [], {}, False):
            allowed = f"only {AT_ROOT_NAMES} fields are allowed at the root of the schema"
            yield fielderrors.invalid(path, schema, f"{allowed} if the status subresource is enabled")
            return


def children(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """The schemas below a node, and how messages lead there."""
    if isinstance(schema.get("additionalProperties"), Mapping):
        yield "additionalProperties", schema["additionalProperties"]
    for name, below in (schema.get("properties") or {}).items():
        yield f"properties[{name}]", below
    if schema.get("not") is not None:
        yield "not", schema["not"]
    for key in ("allOf", "oneOf", "anyOf"):
        for index, below in enumerate(schema.get(key) or ()):
            yield f"{key}[{index}]", below
    for name, below in (schema.get("definitions") or {}).items():
        yield f"definitions[{name}]", below
    items = schema.get("items")
    if isinstance(items, Mapping):
        yield "items", items
    elif isinstance(items, list):
        for index, below in enumerate(items):
            yield f"items[{index}]", below


def nodes(schema: Schema) -> Iterator[Schema]:
    """A schema and all below it."""
    yield schema
    for _, below in children(schema):
        yield from nodes(below)


def unsupported(schema: Schema) -> bool:
    return isinstance(schema.get("items"), list) or any(schema.get(key) for key in UNSUPPORTED)


def openapi(schema: Schema, path: str, *, is_root: bool = False, plain: bool = True, meta: bool = False) -> Errors:
    """What is wrong with keywords; `plain`: defaults may be set, `meta`: it is about an object's metadata."""
    yield from keywords(schema, path, plain=plain)
    if meta and schema.get("x-kubernetes-embedded-resource"):
        why = "must not be used inside of resource meta"
        yield fielderrors.forbidden(f"{path}.x-kubernetes-embedded-resource", why)
    if schema.get("uniqueItems"):
        yield fielderrors.forbidden(f"{path}.uniqueItems", UNIQUE)
    if schema.get("properties") and schema.get("additionalProperties") not in (None, True):
        why = "additionalProperties and properties are mutual exclusive"
        yield fielderrors.forbidden(f"{path}.additionalProperties", why)
    whole = is_root or bool(schema.get("x-kubernetes-embedded-resource"))
    for name, below in children(schema):
        is_meta = whole and name in ("properties[metadata]", "properties[kind]", "properties[apiVersion]")
        yield from openapi(below, f"{path}.{name}", plain=plain and not (is_root and is_meta), meta=meta or is_meta)
    if schema.get("x-kubernetes-preserve-unknown-fields") is False:
        yield fielderrors.invalid(f"{path}.x-kubernetes-preserve-unknown-fields", False, "must be true or undefined")
    yield from lists.errors_of(schema, path)
    yield from rules.written(schema, path)


def keywords(schema: Schema, path: str, *, plain: bool) -> Errors:
    kind = schema.get("type") or ""
    if kind and kind not in TYPES:
        yield fielderrors.not_supported(f"{path}.type", kind, TYPES)
    if schema.get("default") is not None and not plain:
        place = path.rpartition("[")[2].rstrip("]")
        yield fielderrors.forbidden(f"{path}.default", f"must not be set in top-level {place}")
    for key in UNSUPPORTED:
        if schema.get(key):
            yield fielderrors.forbidden(f"{path}.{key}", f"{key} is not supported")
    if kind == "null":
        yield fielderrors.forbidden(f"{path}.type", "type cannot be set to null, use nullable as an alternative")
    if isinstance(schema.get("items"), list):
        yield fielderrors.forbidden(f"{path}.items", "items must be a schema object and not an array")
