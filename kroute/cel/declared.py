"""The types that variables are declared with: simple ones, lists, maps, and objects with the fields of a schema.

Mirrors `k8s.io/apiserver/pkg/cel/common` (SchemaDeclType): what has no type in a schema can't be seen by expressions,
fields are known by their escaped names, and the root of a resource always has its name and its kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from kroute.cel import escaping
from kroute.schema import structural


@dataclass(slots=True, eq=False)
class Declared:
    """A type.

    `kind` is bool, int, uint, double, string, bytes, timestamp, duration, dyn, null, list, map, object, or the name
    of an opaque type.  `element` is what a list or map holds (its keys are strings), `fields` are an object's by
    escaped name, with `names` for what they are in the data.  `list_type` and `keys` are those of a list
    in the schema.  `name` is what messages call an object, if it has a name.
    `size` is how many characters, bytes, items or entries a value may have, `least` how many bytes its JSON has at
    least; both are for estimates of costs.
    """

    kind: str
    element: Declared | None = None
    fields: dict[str, Declared] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    list_type: structural.ListType = "atomic"
    keys: tuple[str, ...] = ()
    name: str = ""
    size: int = 0
    least: int = 1
    node: structural.Structural | None = None

    def add(self, escaped: str, kind: Declared, label: str) -> None:
        """Declares a field of an object; names that are reserved may be written as they are as well."""
        self.fields[escaped], self.names[escaped] = kind, label
        if label in escaping.RESERVED:
            self.fields[label], self.names[label] = kind, label


DYN: Final = Declared("dyn")
BOOL: Final = Declared("bool", least=4)
INT: Final = Declared("int")
UINT: Final = Declared("uint")
DOUBLE: Final = Declared("double")
STRING: Final = Declared("string")
BYTES: Final = Declared("bytes")
TIMESTAMP: Final = Declared("timestamp")
DURATION: Final = Declared("duration")
NULL: Final = Declared("null")

SCALARS: Final = {"boolean": BOOL, "number": DOUBLE, "integer": INT}
LARGEST: Final = 3 * 1024 * 1024
"""The bytes of the largest request."""


def text_of(schema: structural.Structural) -> Declared:
    """The type of a schema's strings, by their format."""
    if schema.format == "byte":
        return Declared("bytes", size=LARGEST - 2 if schema.max_length is None else schema.max_length, least=2)
    if schema.format == "duration":
        return Declared("duration", size=32, least=3)
    if schema.format == "date":
        return Declared("timestamp", size=12, least=12)
    if schema.format == "date-time":
        return Declared("timestamp", size=32, least=21)
    if schema.max_length is None and schema.enum:
        longest = max((len(each.encode()) for each in schema.enum if isinstance(each, str)), default=0)
        return Declared("string", size=longest, least=2)
    return Declared("string", size=characters(schema), least=2)


def characters(schema: structural.Structural) -> int:
    """How many bytes the strings of a schema may have."""
    return LARGEST - 2 if schema.max_length is None else max(schema.max_length, 0) * 4


def list_of(element: Declared) -> Declared:
    return Declared("list", element)


def map_of(element: Declared) -> Declared:
    """A map from strings."""
    return Declared("map", element)


def optional_of(element: Declared) -> Declared:
    """A value that may not be there, for variables such as `oldSelf`."""
    return Declared("optional_type", element)


def opaque(name: str) -> Declared:
    """A type that only functions know, such as `kubernetes.authorization.Authorizer`."""
    return Declared(name)


def object_of(fields: Mapping[str, Declared], name: str = "") -> Declared:
    """An object with these fields, by the names that they have in the data."""
    made = Declared("object", name=name)
    for label, kind in fields.items():
        escaped = escaping.escape(label)
        if escaped is not None:
            made.add(escaped, kind, label)
    return made


def of_schema(schema: structural.Structural, *, root: bool = False) -> Declared | None:
    """The type of the values of a schema; `root`: it is a resource's own.

    None for values that expressions can't see."""
    return Derivation().of(schema, root=root)


class Derivation:
    """Derives types of schemas; each node has one type, so that schemas may refer to themselves."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, bool], Declared | None] = {}

    def of(self, schema: structural.Structural, *, root: bool = False) -> Declared | None:
        """As `of_schema`; the same node has the same type each time."""
        key = (id(schema), root)
        if key not in self._known:
            if schema.type == "object" and schema.additional is None and not schema.int_or_string:
                made = self._known[key] = Declared("object", node=schema)
                self._fill(made, schema, root=root)
            else:
                self._known[key] = None  # what only holds itself has no type
                self._known[key] = self._make(schema, root=root)
        return self._known[key]

    def _make(self, schema: structural.Structural, *, root: bool) -> Declared | None:
        if schema.int_or_string:
            return Declared("dyn", size=characters(schema))
        if root and schema.type == "object":
            made = Declared("object", node=schema)
            self._fill(made, schema, root=True)
            return made
        if schema.type == "array":
            element = None if schema.items is None else self.of(schema.items, root=schema.items.embedded_resource)
            if element is None:
                return None
            size = (LARGEST - 2) // (element.least + 1) if schema.max_items is None else schema.max_items
            made = Declared("list", element, list_type=schema.list_type, keys=schema.map_keys, node=schema)
            made.size, made.least = size, 2
            return made
        if schema.type == "object":
            assert schema.additional is not None
            element = self.of(schema.additional, root=schema.additional.embedded_resource)
            if element is None:
                return None
            size = (LARGEST - 2) // (element.least + 6) if schema.max_properties is None else schema.max_properties
            return Declared("map", element, size=size, least=2, node=schema)
        if schema.type == "string":
            return text_of(schema)
        return SCALARS.get(schema.type)

    def _fill(self, made: Declared, schema: structural.Structural, *, root: bool) -> None:
        made.least = 2
        for label, below in schema.properties.items():
            escaped = escaping.escape(label)
            if escaped is None:
                continue
            kind = self.of(below, root=below.embedded_resource)
            if kind is not None:
                made.add(escaped, kind, label)
                if label in schema.required and below.default in (structural.UNSET, None):
                    made.least += len(label) + kind.least + 4
        if root and not has_metadata(schema):
            for label, kind in (("kind", PLAIN), ("apiVersion", PLAIN), ("metadata", METADATA)):
                made.fields[label], made.names[label] = kind, label


PLAIN: Final = Declared("string", size=LARGEST - 2, least=2)
METADATA: Final = object_of({"name": PLAIN, "generateName": PLAIN})


def has_metadata(schema: structural.Structural) -> bool:
    """Whether a resource's schema says itself what its name and kind are."""
    metadata = schema.properties.get("metadata")
    if metadata is None or metadata.type != "object":
        return False
    strings = [schema.properties.get("kind"), schema.properties.get("apiVersion")]
    strings += [metadata.properties.get("name"), metadata.properties.get("generateName")]
    return all(each is not None and each.type == "string" for each in strings)
