"""marshmallow schemas to JSON schema (OpenAPI v3, as CRDs have it).

Each field class and each validator has one small converter.  What has no form in JSON schema is told apart;
`marshmallow_checks` lets marshmallow itself look at that on writes.  A schema that holds itself is open at that point,
since CRDs have no references: anything may stand there that marshmallow accepts.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import marshmallow
from marshmallow import fields, validate

from kroute.schema import patterns

JSONSchema: TypeAlias = dict[str, Any]
SchemaClass: TypeAlias = type[marshmallow.Schema]

OPEN: JSONSchema = {"x-kubernetes-preserve-unknown-fields": True}
KEYWORDS = frozenset({
    "title", "description", "default", "format", "type", "items", "properties", "additionalProperties", "required",
    "nullable", "enum", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
    "allOf", "anyOf", "oneOf", "not", "example", "externalDocs",
})  # fmt: skip
JSON_TYPES: dict[type, str] = {str: "string", bool: "boolean", int: "integer", float: "number"}
FORMATS: dict[type, JSONSchema] = {  # fields that are a type and perhaps a format; the most special first
    fields.UUID: {"type": "string", "format": "uuid"},
    fields.Email: {"type": "string", "format": "email"},
    fields.IPv4: {"type": "string", "format": "ipv4"},
    fields.IPv6: {"type": "string", "format": "ipv6"},
    fields.Integer: {"type": "integer"},
    fields.Float: {"type": "number"},
    fields.TimeDelta: {"type": "number"},
    fields.Boolean: {"type": "boolean"},
    fields.String: {"type": "string"},
    fields.Time: {"type": "string"},
    fields.IP: {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]},
    fields.IPInterface: {"type": "string"},
}
# Fields whose own parsing asks for more than their JSON schema says.
STRICTER = (fields.Url, fields.Time, fields.IPInterface, fields.Tuple)


class UnsupportedSchema(TypeError):
    """A marshmallow schema that can't be converted."""


class Converter:
    """Converts one schema and those nested in it."""

    def __init__(self) -> None:
        self.open: list[SchemaClass] = []  # the schemas around the one being converted
        self.own: list[fields.Field[Any]] = []  # fields that marshmallow itself has to check as well

    def schema(self, schema: marshmallow.Schema) -> JSONSchema:
        """An object with the schema's fields."""
        kind = type(schema)
        if kind in self.open:
            return {"type": "object", **OPEN}
        self.open.append(kind)
        try:
            properties = {field.data_key or name: self.field(field) for name, field in schema.fields.items()}
        finally:
            self.open.pop()
        found: JSONSchema = {"type": "object"}
        doc = kind.__dict__.get("__doc__")
        if doc:
            found["description"] = inspect.cleandoc(doc)
        if properties:
            found["properties"] = properties
        required = [field.data_key or name for name, field in schema.load_fields.items() if field.required]
        if required:
            found["required"] = required
        if schema.unknown == marshmallow.INCLUDE:
            found.update(OPEN)
        return found

    def field(self, field: fields.Field[Any]) -> JSONSchema:
        """The schema of one field."""
        found = self.kind(field)
        for validator in flat(field.validators):
            extra = validator_schema(validator, found)
            if extra is None:
                self.own.append(field)
            else:
                combine(found, extra)
        if isinstance(field, STRICTER):
            self.own.append(field)
        if field.allow_none:
            found["nullable"] = True
        default = default_of(field)
        if default is not None:
            found["default"] = default
        metadata = {key: value for key, value in field.metadata.items() if key in KEYWORDS or str(key).startswith("x-")}
        return {**found, **metadata}

    def kind(self, field: fields.Field[Any]) -> JSONSchema:
        """What the field's class says."""
        for kind, convert in CONVERTERS.items():
            if isinstance(field, kind):
                return convert(self, field)
        for kind, schema in FORMATS.items():
            if isinstance(field, kind):
                return dict(schema)
        if type(field) not in (fields.Raw, fields.Field):
            self.own.append(field)
        return dict(OPEN)

    def nested(self, field: Any) -> JSONSchema:
        if type(field.schema) in self.open:
            self.own.append(field)
        found = self.schema(field.schema)
        return {"type": "array", "items": found} if field.many else found

    def pluck(self, field: Any) -> JSONSchema:
        found = self.field(field.schema.fields[field.field_name])
        return {"type": "array", "items": found} if field.many else found

    def list(self, field: Any) -> JSONSchema:
        return {"type": "array", "items": self.field(field.inner)}

    def tuple(self, field: Any) -> JSONSchema:
        size = len(field.tuple_fields)
        return {"type": "array", "items": dict(OPEN), "minItems": size, "maxItems": size}

    def mapping(self, field: Any) -> JSONSchema:
        if field.key_field is not None and field.key_field.validators:
            self.own.append(field)
        if field.value_field is None:
            return {"type": "object", **OPEN}
        return {"type": "object", "additionalProperties": self.field(field.value_field)}

    def enum(self, field: Any) -> JSONSchema:
        by_value = field.by_value is not False
        choices = [field.field.serialize("x", {"x": each.value if by_value else each.name}) for each in field.enum]
        return choice_of(choices)

    def constant(self, field: Any) -> JSONSchema:
        return choice_of([field.constant])

    def decimal(self, field: Any) -> JSONSchema:
        return {"type": "string", "pattern": r"^[+-]?[0-9]+(\.[0-9]+)?$"} if field.as_string else {"type": "number"}

    def url(self, field: Any) -> JSONSchema:
        return {"type": "string"} if field.relative else {"type": "string", "format": "uri"}

    def date_time(self, field: Any) -> JSONSchema:
        if field.format in (None, "iso", "iso8601"):
            return {"type": "string", "format": "date-time"}
        self.own.append(field)
        return {"type": "number"} if field.format in ("timestamp", "timestamp_ms") else {"type": "string"}

    def date(self, field: Any) -> JSONSchema:
        if field.format in (None, "iso", "iso8601"):
            return {"type": "string", "format": "date"}
        self.own.append(field)
        return {"type": "string"}


CONVERTERS: dict[type, Callable[[Converter, Any], JSONSchema]] = {  # subclasses before their bases
    fields.Pluck: Converter.pluck,
    fields.Nested: Converter.nested,
    fields.List: Converter.list,
    fields.Tuple: Converter.tuple,
    fields.Mapping: Converter.mapping,
    fields.Enum: Converter.enum,
    fields.Constant: Converter.constant,
    fields.Decimal: Converter.decimal,
    fields.Url: Converter.url,
    fields.Date: Converter.date,
    fields.DateTime: Converter.date_time,
}


def convert(schema: SchemaClass | marshmallow.Schema) -> JSONSchema:
    """The JSON schema of a marshmallow schema.  Raises UnsupportedSchema."""
    return Converter().schema(instance_of(schema))


def convert_with_checks(
    schema: SchemaClass | marshmallow.Schema,
) -> tuple[JSONSchema, marshmallow.Schema, list[fields.Field[Any]]]:
    """The JSON schema, the instance that it was made from, and those of its fields that need more checks."""
    converter, instance = Converter(), instance_of(schema)
    return converter.schema(instance), instance, converter.own


def instance_of(schema: object) -> marshmallow.Schema:
    if isinstance(schema, marshmallow.Schema):
        return schema
    if isinstance(schema, type) and issubclass(schema, marshmallow.Schema):
        return schema()
    raise UnsupportedSchema(f"a marshmallow schema is wanted, not {schema!r}")


def flat(validators: Any) -> Iterator[Any]:
    """The validators, those inside of `And` too."""
    for validator in validators:
        if isinstance(validator, validate.And):
            yield from flat(validator.validators)
        else:
            yield validator


def default_of(field: fields.Field[Any]) -> Any:
    """The default as JSON; None when there is none, or a function that gives another value each time."""
    default = field.load_default
    if default in (list, dict, str, int, float, bool):
        default = default()
    if isinstance(field, fields.Constant):
        return field.constant
    if default is marshmallow.missing or callable(default) or default is None:
        return None
    return default if isinstance(default, dict) else field.serialize("x", {"x": default})


def choice_of(choices: list[Any]) -> JSONSchema:
    """A schema that allows the given values; it has a type when they have one in common."""
    kinds = {JSON_TYPES.get(type(choice)) for choice in choices}
    kind = kinds.pop() if len(kinds) == 1 else None
    return {"type": kind, "enum": choices} if kind else {**OPEN, "enum": choices}


def combine(found: JSONSchema, extra: JSONSchema) -> None:
    """Add a validator's rules; those whose place is taken stand beside."""
    for key, value in extra.items():
        if key == "items" and isinstance(found.get("items"), dict):
            combine(found["items"], value)
        elif found.setdefault(key, value) != value:
            found.setdefault("allOf", []).append({key: value})


def validator_schema(validator: Any, found: Mapping[str, Any]) -> JSONSchema | None:
    """A validator as JSON schema; None when it has no such form.  `found` is the schema of the field so far."""
    for kind, convert_validator in VALIDATORS.items():
        if type(validator) is kind:
            return convert_validator(validator, found)
    return None


def range_schema(validator: validate.Range, found: Mapping[str, Any]) -> JSONSchema | None:
    limits = [limit for limit in (validator.min, validator.max) if limit is not None]
    if found.get("type") not in ("integer", "number") or not all(type(limit) in (int, float) for limit in limits):
        return None
    rules: JSONSchema = {}
    if validator.min is not None:
        rules["minimum"] = validator.min
        if not validator.min_inclusive:
            rules["exclusiveMinimum"] = True
    if validator.max is not None:
        rules["maximum"] = validator.max
        if not validator.max_inclusive:
            rules["exclusiveMaximum"] = True
    return rules


def length_schema(validator: validate.Length, found: Mapping[str, Any]) -> JSONSchema | None:
    words = {"string": "Length", "array": "Items", "object": "Properties"}.get(found.get("type", ""))
    if words is None:
        return None
    low, high = (validator.equal, validator.equal) if validator.equal is not None else (validator.min, validator.max)
    limits = {f"min{words}": low, f"max{words}": high}
    return {key: limit for key, limit in limits.items() if limit is not None}


def pattern_schema(validator: validate.Regexp, found: Mapping[str, Any]) -> JSONSchema | None:
    """Only for patterns that mean the same in Go; marshmallow's match from the start of the text."""
    regex = validator.regex
    if found.get("type") != "string" or not isinstance(regex.pattern, str):
        return None
    if regex.flags & ~(re.UNICODE | re.IGNORECASE):
        return None
    pattern = regex.pattern if regex.pattern.startswith("^") and "|" not in regex.pattern else f"^(?:{regex.pattern})"
    pattern = f"(?i){pattern}" if regex.flags & re.IGNORECASE else pattern
    try:
        patterns.compiled(pattern)
    except ValueError:
        return None
    return {"pattern": pattern}


def choices_schema(validator: validate.OneOf, found: Mapping[str, Any]) -> JSONSchema | None:
    choices = list(validator.choices)
    return {"enum": choices} if are_json(choices) else None


def equal_schema(validator: validate.Equal, found: Mapping[str, Any]) -> JSONSchema | None:
    return {"enum": [validator.comparable]} if are_json([validator.comparable]) else None


def none_of_schema(validator: validate.NoneOf, found: Mapping[str, Any]) -> JSONSchema | None:
    refused = list(validator.iterable)
    return {"not": {"enum": refused}} if are_json(refused) else None


def only_schema(validator: validate.ContainsOnly, found: Mapping[str, Any]) -> JSONSchema | None:
    choices = list(validator.choices)
    return {"items": {"enum": choices}} if found.get("type") == "array" and are_json(choices) else None


def email_schema(validator: validate.Email, found: Mapping[str, Any]) -> JSONSchema | None:
    return {"format": "email"} if found.get("type") == "string" else None


VALIDATORS: dict[type, Callable[[Any, Mapping[str, Any]], JSONSchema | None]] = {
    validate.Range: range_schema,
    validate.Length: length_schema,
    validate.Regexp: pattern_schema,
    validate.OneOf: choices_schema,
    validate.Equal: equal_schema,
    validate.NoneOf: none_of_schema,
    validate.ContainsOnly: only_schema,
    validate.Email: email_schema,
}


def are_json(values: list[Any]) -> bool:
    return all(type(value) in JSON_TYPES for value in values)
