"""The Go types of Kubernetes' own kinds: what field has which type, and what is left out of JSON when it is empty.

OpenAPI doesn't say this, but it decides what a typed object looks like once it went through kube-apiserver, and
what its errors say.  The facts are in `data/gotypes.json`.
Types are looked up by group, version and name: `core.v1.Pod`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib import resources
from typing import Literal

import orjson

Kind = Literal[
    "struct", "slice", "map", "string", "bool", "int", "float", "bytes", "any", "raw", "time", "microtime", "quantity",
    "int-or-string", "schema-or-bool", "schema-or-array", "schema-or-strings",
]  # fmt: skip

BASIC: dict[str, Kind] = {
    "string": "string",
    "bool": "bool",
    "int": "int",
    "int32": "int",
    "int64": "int",
    "float64": "float",
    "meta.v1.Time": "time",
    "meta.v1.MicroTime": "microtime",
    "meta.v1.FieldsV1": "raw",
    "resource.Quantity": "quantity",
    "intstr.IntOrString": "int-or-string",
    "runtime.RawExtension": "raw",
    "apiextensions.v1.JSON": "raw",
    "apiextensions.v1.JSONSchemaPropsOrBool": "schema-or-bool",
    "apiextensions.v1.JSONSchemaPropsOrArray": "schema-or-array",
    "apiextensions.v1.JSONSchemaPropsOrStringArray": "schema-or-strings",
}
SCHEMA = "apiextensions.v1.JSONSchemaProps"
OMITTED_WHEN_EMPTY = frozenset({"slice", "map", "string", "bool", "int", "float", "bytes", "any"})
PACKAGE = re.compile(r"\b[a-z0-9]+\.(?=[a-z0-9]+\.[A-Z])")


@dataclass(slots=True, eq=False)
class Type:
    """One Go type: `shown` as Go prints it, `name` of a struct alone, `element` of a slice or map, `bits` of an int."""

    kind: Kind
    shown: str
    name: str = ""
    fields: dict[str, Field] = field(default_factory=dict)
    element: Type | None = None
    bits: int = 64


@dataclass(frozen=True, slots=True)
class Field:
    """A struct's field.  `omit_empty` and `omit_zero` are the tags."""

    name: str
    type: Type
    pointer: bool
    omit_empty: bool
    omit_zero: bool

    @property
    def drops_empty(self) -> bool:
        """Whether an empty value is left out."""
        return self.omit_empty and not self.pointer and self.type.kind in OMITTED_WHEN_EMPTY

    @property
    def absent_when_unset(self) -> bool:
        """Whether nothing is written for a field that was not given."""
        return self.omit_zero or (self.omit_empty and (self.pointer or self.type.kind in OMITTED_WHEN_EMPTY))


class Types:
    """All known types, made on demand; types that hold themselves are cycles."""

    def __init__(self, structs: dict[str, dict[str, str]], named: dict[str, str]) -> None:
        self.structs, self.named = structs, named
        self.made: dict[str, Type] = {}

    @classmethod
    def load(cls) -> Types:
        """The types of the built-in kinds."""
        data = orjson.loads(resources.files("kroute.schema").joinpath("data", "gotypes.json").read_bytes())
        return cls(data["structs"], data["named"])

    def __contains__(self, name: str) -> bool:
        return name in self.structs

    def get(self, name: str) -> Type:
        """A struct by its name, `core.v1.Pod`; raises KeyError."""
        if name not in self.structs:
            raise KeyError(name)
        return self.of(name)

    def of(self, text: str) -> Type:
        """The type of a Go type expression."""
        found = self.made.get(text)
        if found is None:
            found = self.made[text] = self.make(text)
            for name, tag in self.structs.get(text, {}).items() if found.kind == "struct" else ():
                found.fields[name] = self.field(name, tag)
        return found

    def make(self, text: str) -> Type:
        shown = PACKAGE.sub("", text)
        if text in BASIC:
            below = self.of(SCHEMA) if BASIC[text].startswith("schema-or-") else None
            return Type(BASIC[text], shown, element=below, bits=32 if text == "int32" else 64)
        if text == "[]byte":
            return Type("bytes", "[]uint8")
        if text.startswith("[]"):
            return Type("slice", shown, element=self.of(text[2:].removeprefix("*")))
        if text.startswith("map["):
            return Type("map", shown, element=self.of(text.partition("]")[2].removeprefix("*")))
        if text in self.named:
            below = self.of(self.named[text])
            return Type(below.kind, shown, element=below.element, bits=below.bits)
        if text in self.structs:
            return Type("struct", shown, name=text.rpartition(".")[2])
        return Type("any", "interface {}")

    def field(self, name: str, tag: str) -> Field:
        text, _, flags = tag.partition(",")
        return Field(name, self.of(text.removeprefix("*")), text.startswith("*"), "o" in flags, "z" in flags)


def name_of(definition: str) -> str:
    """The name of the type that an OpenAPI definition describes: `io.k8s.api.core.v1.Pod` is `core.v1.Pod`."""
    return ".".join(definition.split(".")[-3:])
