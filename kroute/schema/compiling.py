"""JSON schema to structural schema.

Takes OpenAPI v3 as CRDs have it, and Kubernetes' own definitions with their `$ref`s, `x-kubernetes-*` included.
A definition becomes one node, shared by all who refer to it, so that recursive ones become cycles.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from kroute.schema import formats, patterns, structural

Resolve = Callable[[str], Mapping[str, Any]]

TYPES = frozenset({"object", "array", "string", "integer", "number", "boolean"})
DESCRIBING = frozenset({"$ref", "description", "title", "default", "example", "externalDocs", "deprecated", "readOnly"})
NUMBERS = (("minimum", "minimum"), ("maximum", "maximum"), ("multipleOf", "multiple_of"))
COUNTS = (
    ("minLength", "min_length"),
    ("maxLength", "max_length"),
    ("minItems", "min_items"),
    ("maxItems", "max_items"),
    ("minProperties", "min_properties"),
    ("maxProperties", "max_properties"),
)
FLAGS = (
    ("nullable", "nullable"),
    ("exclusiveMinimum", "exclusive_minimum"),
    ("exclusiveMaximum", "exclusive_maximum"),
    ("uniqueItems", "unique_items"),
    ("x-kubernetes-int-or-string", "int_or_string"),
    ("x-kubernetes-preserve-unknown-fields", "preserve_unknown"),
    ("x-kubernetes-embedded-resource", "embedded_resource"),
)
ANYTHING = {"preserve_unknown": True}
SPECIAL: dict[str, dict[str, Any]] = {  # definitions whose Go types read and write themselves
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"int_or_string": True},
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"int_or_string": True},
    "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1": {"type": "object", **ANYTHING},
    "io.k8s.apimachinery.pkg.apis.meta.v1.Patch": {"type": "object", **ANYTHING},
    "io.k8s.apimachinery.pkg.runtime.RawExtension": {"type": "object", **ANYTHING},
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": ANYTHING,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool": ANYTHING,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray": ANYTHING,
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray": ANYTHING,
}


class SchemaError(ValueError):
    """A schema that can't be used; `path` leads to the part."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}" if path else reason)
        self.path, self.reason = path, reason


def compile_schema(schema: Mapping[str, Any], *, resolve: Resolve | None = None) -> structural.Structural:
    """Compile one schema.  `resolve` gives the definition for a `$ref`.  Raises SchemaError."""
    return Compiler(resolve).compile(schema)


class Compiler:
    """Compiles schemas that share definitions; a definition is compiled when it is first referred to."""

    def __init__(self, resolve: Resolve | None = None) -> None:
        self.resolve = resolve
        self.definitions: dict[str, structural.Structural] = {}
        self.open: set[str] = set()  # definitions that are being compiled
        self.late: list[tuple[structural.Structural, structural.Structural]] = []  # copies made of those

    def compile(self, schema: Mapping[str, Any], path: str = "") -> structural.Structural:
        """The node of a schema."""
        try:
            node = self.node(schema, path)
        except RecursionError:
            raise SchemaError(path, "is nested too deeply") from None
        if not self.open:
            self.complete_copies()
        return node

    def definition(self, name: str) -> structural.Structural:
        """The node of a definition.  Raises SchemaError when there is none of the name."""
        found = self.definitions.get(name)
        if found is not None:
            return found
        node = self.definitions[name] = structural.Structural(definition=name)
        self.open.add(name)
        try:
            schema = self.look_up(name)
            self.fill(node, schema, name)
            for attribute, value in SPECIAL.get(name, {}).items():
                setattr(node, attribute, value)
        except BaseException:
            del self.definitions[name]
            raise
        finally:
            self.open.discard(name)
        if not self.open:
            self.complete_copies()
        return node

    def look_up(self, name: str) -> Mapping[str, Any]:
        if self.resolve is None:
            raise SchemaError("", f"$ref to {name!r}, but no definitions were given")
        try:
            return self.resolve(name)
        except KeyError:
            raise SchemaError("", f"there is no definition {name!r}") from None

    def complete_copies(self) -> None:
        """Copies of definitions that weren't ready lack what came later."""
        for copy, original in self.late:
            for field in dataclasses.fields(structural.Structural):
                if getattr(copy, field.name) in (None, "", (), False):
                    setattr(copy, field.name, getattr(original, field.name))
        self.late.clear()

    def node(self, schema: Any, path: str) -> structural.Structural:
        if not isinstance(schema, Mapping):
            raise SchemaError(path, f"must be a schema, not {type(schema).__name__}")
        reference = schema.get("$ref")
        if reference is None and isinstance(schema.get("allOf"), list) and len(schema["allOf"]) == 1:
            only = schema["allOf"][0]  # how OpenAPI v3 writes a $ref with a description
            if isinstance(only, Mapping) and set(only) == {"$ref"} and "type" not in schema:
                reference, schema = only["$ref"], {key: value for key, value in schema.items() if key != "allOf"}
        if reference is not None:
            return self.referring(schema, str(reference).rpartition("/")[2], path)
        node = structural.Structural()
        self.fill(node, schema, path)
        return node

    def referring(self, schema: Mapping[str, Any], name: str, path: str) -> structural.Structural:
        """A definition's node itself, or a copy when the reference adds something to it."""
        original = self.definition(name)
        if set(schema) <= DESCRIBING and schema.get("default") is None:
            return original
        copy = dataclasses.replace(original, source=schema)
        if name in self.open:
            self.late.append((copy, original))
        self.fill_attributes(copy, schema, path)
        return copy

    def fill(self, node: structural.Structural, schema: Mapping[str, Any], path: str) -> None:
        """Set everything; what doesn't need other nodes first, since those may lead back here."""
        node.source = schema
        self.fill_attributes(node, schema, path)
        properties = schema.get("properties")
        for name, below in mapping(properties, f"{path}.properties").items():
            node.properties[name] = self.node(below, f"{path}.properties[{name}]")
        additional = schema.get("additionalProperties")
        if additional is True:
            node.additional = structural.Structural()
        elif isinstance(additional, Mapping):
            node.additional = self.node(additional, f"{path}.additionalProperties")
        if schema.get("items") is not None:
            node.items = self.node(schema["items"], f"{path}.items")
        node.all_of = self.nodes(schema, "allOf", path)
        node.any_of = self.nodes(schema, "anyOf", path)
        node.one_of = self.nodes(schema, "oneOf", path)
        if schema.get("not") is not None:
            node.negated = self.node(schema["not"], f"{path}.not")

    def nodes(self, schema: Mapping[str, Any], key: str, path: str) -> tuple[structural.Structural, ...]:
        found = schema.get(key)
        if found is None:
            return ()
        if not isinstance(found, list | tuple):
            raise SchemaError(f"{path}.{key}", "must be a list of schemas")
        return tuple(self.node(below, f"{path}.{key}[{index}]") for index, below in enumerate(found))

    def fill_attributes(self, node: structural.Structural, schema: Mapping[str, Any], path: str) -> None:
        for key, attribute in FLAGS:
            if schema.get(key):
                setattr(node, attribute, True)
        fill_type(node, schema, path)
        node.description = schema.get("description") or node.description
        if schema.get("default") is not None:
            node.default = schema["default"]
        if schema.get("required"):
            node.required = strings(schema["required"], f"{path}.required")
        fill_limits(node, schema, path)
        fill_extensions(node, schema, path)


def mapping(value: Any, path: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise SchemaError(path, "must be an object")
    return value


def strings(value: Any, path: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        raise SchemaError(path, "must be a list of strings")
    return tuple(value)


def fill_type(node: structural.Structural, schema: Mapping[str, Any], path: str) -> None:
    """Type and format; a list with "null" in it, as JSON schema has it, means nullable."""
    wanted = schema.get("type")
    if isinstance(wanted, list):
        node.nullable = node.nullable or "null" in wanted
        wanted = [kind for kind in wanted if kind != "null"]
        if sorted(wanted) == ["integer", "string"]:
            node.int_or_string, wanted = True, []
        if len(wanted) > 1:
            raise SchemaError(f"{path}.type", "must be one type")
        wanted = wanted[0] if wanted else None
    if wanted is not None:
        if wanted not in TYPES:
            raise SchemaError(f"{path}.type", f"unknown type {wanted!r}")
        node.type = wanted
    if schema.get("format") and formats.recognized(node.type, str(schema["format"])):
        node.format = schema["format"]


def fill_limits(node: structural.Structural, schema: Mapping[str, Any], path: str) -> None:
    for key, attribute in NUMBERS:
        if schema.get(key) is not None:
            if isinstance(schema[key], bool) or not isinstance(schema[key], int | float):
                raise SchemaError(f"{path}.{key}", "must be a number")
            setattr(node, attribute, schema[key])
    for key, attribute in COUNTS:
        if schema.get(key) is not None:
            if isinstance(schema[key], bool) or not isinstance(schema[key], int):
                raise SchemaError(f"{path}.{key}", "must be an integer")
            setattr(node, attribute, schema[key])
    if schema.get("enum"):
        if not isinstance(schema["enum"], list | tuple):
            raise SchemaError(f"{path}.enum", "must be a list")
        node.enum = tuple(schema["enum"])
    if schema.get("pattern"):
        try:
            node.pattern = patterns.compiled(str(schema["pattern"]))
        except ValueError as error:
            reason = f"must be a valid regular expression, but isn't: {error}"
            raise SchemaError(f"{path}.pattern", reason) from None


def fill_extensions(node: structural.Structural, schema: Mapping[str, Any], path: str) -> None:
    list_type, map_type = schema.get("x-kubernetes-list-type"), schema.get("x-kubernetes-map-type")
    if list_type is not None:
        if list_type not in ("atomic", "set", "map"):
            raise SchemaError(f"{path}.x-kubernetes-list-type", f"must be atomic, set or map, not {list_type!r}")
        node.list_type = list_type
    if map_type is not None:
        if map_type not in ("granular", "atomic"):
            raise SchemaError(f"{path}.x-kubernetes-map-type", f"must be granular or atomic, not {map_type!r}")
        node.map_type = map_type
    if schema.get("x-kubernetes-list-map-keys"):
        node.map_keys = strings(schema["x-kubernetes-list-map-keys"], f"{path}.x-kubernetes-list-map-keys")
    node.merge_key = schema.get("x-kubernetes-patch-merge-key", node.merge_key)
    strategies = schema.get("x-kubernetes-patch-strategy")
    if strategies:
        node.patch_strategies = tuple(str(strategies).split(","))
    rules = schema.get("x-kubernetes-validations")
    if rules:
        node.rules = tuple(rule(entry, f"{path}.x-kubernetes-validations") for entry in rules)


def rule(entry: Any, path: str) -> structural.Rule:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("rule"), str):
        raise SchemaError(path, "must be a list of objects with a rule")
    return structural.Rule(
        rule=entry["rule"],
        message=entry.get("message", ""),
        message_expression=entry.get("messageExpression", ""),
        reason=entry.get("reason", ""),
        field_path=entry.get("fieldPath", ""),
        optional_old_self=entry.get("optionalOldSelf"),
    )
