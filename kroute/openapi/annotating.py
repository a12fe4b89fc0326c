"""What kube-apiserver's documents say of its kinds beyond their schemas: values that Go writes for fields that nobody
sets, defaults that fields are marked with, and the values of enumerated types with their meanings.

The facts are the Go types of the kinds, `data/enums.json` and `data/defaults.json`.  Mirrors
`k8s.io/kube-openapi/pkg/generators`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from typing import Any, Final

import orjson

from kroute.schema import gotypes

ZEROS: Final[Mapping[str, Any]] = {"string": "", "bool": False, "int": 0, "float": 0}
SCHEMA_ZEROS: Final[Mapping[str, Any]] = {"string": "", "boolean": False, "integer": 0, "number": 0}
HOLDERS: Final = re.compile(r"\*|\[\]|map\[[^\]]*\]")
TEXTS: Final[Mapping[str, str]] = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": (
        "IntOrString is a type that can hold an int32 or a string.  When used in JSON or YAML marshalling and "
        "unmarshalling, it produces or consumes the inner type.  This allows you to have, for example, a JSON field "
        "that can accept a name or number."
    )
}
"""Descriptions that the definitions lack."""


class Annotations:
    """Adds to the definitions of built-in kinds."""

    def __init__(
        self,
        types: gotypes.Types,
        enums: Mapping[str, Mapping[str, str]],
        *,
        defaults: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self._types, self._enums, self._defaults = types, enums, defaults or {}

    @classmethod
    def load(cls) -> Annotations:
        folder = resources.files("kroute.openapi").joinpath("data")
        enums, defaults = (orjson.loads(folder.joinpath(f"{name}.json").read_bytes()) for name in ("enums", "defaults"))
        return cls(gotypes.Types.load(), enums, defaults=defaults)

    def annotate(self, name: str, schema: dict[str, Any]) -> None:
        """Add to a definition, in place."""
        if name in TEXTS:
            schema.setdefault("description", TEXTS[name])
        go_type = gotypes.name_of(name)
        properties = schema.get("properties")
        if not properties:
            return
        if go_type not in self._types:  # lists, and what is no kind
            for key, found in properties.items():
                if key == "metadata":
                    found.setdefault("default", {})
                elif key in schema.get("required", ()) and found.get("type") in SCHEMA_ZEROS:
                    found.setdefault("default", SCHEMA_ZEROS[found["type"]])
            return
        for key, value in self._defaults.get(go_type, {}).items():
            if key in properties:
                properties[key].setdefault("default", value)
        fields = self._types.get(go_type).fields
        for key, tag in self._types.structs[go_type].items():
            found = properties.get(key)
            if found is not None:
                self._property(found, fields[key], tag.partition(",")[0])

    def _property(self, schema: dict[str, Any], field: gotypes.Field, text: str) -> None:
        values = self._enums.get(HOLDERS.sub("", text))
        kind = field.type.kind
        if kind in ("slice", "map"):
            holder = schema.get("items" if kind == "slice" else "additionalProperties")
            if values and holder is not None:
                holder["enum"] = sorted(values)
            return
        if values:
            schema["description"] = described(schema.get("description", ""), values)
            schema["enum"] = sorted(values)
        if field.pointer:
            return
        if kind == "struct":
            schema.setdefault("default", {})
        elif not field.omit_empty and kind in ZEROS:
            schema.setdefault("default", ZEROS[kind])


def described(text: str, values: Mapping[str, str]) -> str:
    lines = sorted(f' - `"{value}"` {meaning}'.rstrip() for value, meaning in values.items())
    return "\n".join([text, "", "Possible enum values:", *lines])
