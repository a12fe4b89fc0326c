"""The schemas of Kubernetes' own kinds, from the package `kubernetes-validate` (extra `kroute[server]`).

The package has all definitions in one file; it is read once, definitions are kept as bytes and become objects when
somebody asks for them.  That package marks optional fields as nullable and pins `kind` and `apiVersion`, which the
API server's own documents don't; both are undone here.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Mapping
from importlib import resources, util
from typing import Any

import orjson

from kroute.machinery import gvk
from kroute.schema import compiling, structural

PACKAGE = "kubernetes_validate"
VERSION = "1.36.0"
MISSING = (
    "the schemas of Kubernetes' own kinds are needed, but the package kubernetes-validate is not installed: "
    "install kroute[server]"
)
META = "io.k8s.apimachinery.pkg.apis.meta.v1."
OBJECT_META = META + "ObjectMeta"
LIST_META = META + "ListMeta"
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"


class MissingDefinitions(ImportError):
    """The optional package with the definitions is not there."""


class Definitions:
    """Definitions by name and by group-version-kind, compiled on first use."""

    def __init__(self, raw: Mapping[str, bytes], kinds: Mapping[gvk.GroupVersionKind, str]) -> None:
        self.raw, self.kinds = raw, kinds
        self.compiler = compiling.Compiler(self.schema)

    @classmethod
    def kubernetes(cls, version: str = VERSION) -> Definitions:
        """All of Kubernetes' definitions.  Raises MissingDefinitions."""
        found = util.find_spec(PACKAGE)  # found, not imported: that takes longer than all the rest
        if found is None or not found.submodule_search_locations:
            raise MissingDefinitions(MISSING)
        folder = pathlib.Path(found.submodule_search_locations[0], "kubernetes-json-schema", f"v{version}-local")
        try:
            content = folder.joinpath("_definitions.json").read_bytes()
        except FileNotFoundError as error:
            raise MissingDefinitions(f"{MISSING}, of a version that knows Kubernetes {version}") from error
        return cls.of(orjson.loads(content)["$defs"])

    @classmethod
    def meta(cls) -> Definitions:
        """The definitions of meta/v1 alone (ObjectMeta, Status, DeleteOptions, ...), which need no package."""
        return cls.of(orjson.loads(resources.files("kroute.schema").joinpath("data", "meta.json").read_bytes()))

    @classmethod
    def of(cls, definitions: Mapping[str, Mapping[str, Any]]) -> Definitions:
        raw, kinds = {}, {}
        for name, schema in definitions.items():
            raw[name] = orjson.dumps(schema)
            for entry in schema.get("x-kubernetes-group-version-kind", ()):
                kinds[gvk.GroupVersionKind(entry["group"], entry["version"], entry["kind"])] = name
        return cls(raw, kinds)

    def __contains__(self, name: str) -> bool:
        return name in self.raw

    def __iter__(self) -> Iterator[str]:
        return iter(self.raw)

    def schema(self, name: str) -> dict[str, Any]:
        """The definition as OpenAPI v3 JSON, `$ref`s as `#/components/schemas/NAME`.  Raises KeyError."""
        schema: dict[str, Any] = as_served(orjson.loads(self.raw[name]), name)
        return schema

    def get(self, name: str) -> structural.Structural:
        """The compiled definition.  Raises compiling.SchemaError for an unknown name."""
        return self.compiler.definition(name)

    def name_of(self, kind: gvk.GroupVersionKind) -> str | None:
        """The name of a kind's definition."""
        return self.kinds.get(kind)

    def kind(self, kind: gvk.GroupVersionKind) -> structural.Structural | None:
        """The compiled schema of a kind; None for an unknown one."""
        name = self.kinds.get(kind)
        return None if name is None else self.get(name)


def as_served(schema: Any, name: str = "") -> Any:
    """A definition in the form in which kube-apiserver publishes it."""
    if name == QUANTITY:
        return {**schema, "oneOf": [{"type": "string"}, {"type": "number"}]}
    if name == INT_OR_STRING:
        return {**schema, "format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]}
    for key, value in schema.items():
        if key == "type" and isinstance(value, list):
            schema[key] = next(kind for kind in value if kind != "null")
        elif key == "$ref":
            schema[key] = "#/components/schemas/" + value.rpartition("/")[2]
        elif key in ("items", "additionalProperties") and isinstance(value, dict):
            as_served(value)
        elif key == "properties":
            for field, below in value.items():
                as_served(below)
                if field in ("kind", "apiVersion") and "x-kubernetes-group-version-kind" in schema:
                    below.pop("enum", None)
    return schema
