"""From objects to messages: an object gets the shape that the message class takes; the library encodes it.

Fields that the message doesn't have are left out.  Objects are those that the server keeps: typed and complete.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from kroute.machinery import objects
from kroute.protobuf import descriptors, table, wellknown
from kroute.schema import gotypes

Write = Callable[[Any], Any]

JSON: Final = "apiextensions.v1.JSONSchemaPropsOr"


class Writer:
    """Makes the functions that shape objects.  Compiled for a message on its first use."""

    def __init__(self, messages: table.Table) -> None:
        self._messages = messages
        self._compiled: dict[str, Write] = {"resource.Quantity": wellknown.write_quantity}

    def get(self, name: str) -> Write:
        """A function from a JSON value to what the message class of that name takes as its fields."""
        found = self._compiled.get(name)
        if found is None:
            found = self._compiled[name] = self._make(name)
        return found

    def _make(self, name: str) -> Write:
        if name in wellknown.PAIRS:
            return wellknown.PAIRS[name].write
        return self._schema_or(name) if name.startswith(JSON) else self._struct(name)

    def _convert(self, field: table.Field) -> Write | None:
        if field.type == "bytes":
            convert: Write | None = wellknown.write_bytes
        else:
            convert = None if field.type in table.SCALARS else self.get(field.type)
        if convert is None or field.label == "one":
            return convert
        return list_of(convert) if field.label == "list" else map_of(convert)

    def _struct(self, name: str) -> Write:
        """A function for objects; its rows are made when the first one comes, so that messages may hold themselves."""
        rows: dict[str, tuple[str, Write | None]] = {}
        inline: dict[str, Write] = {}

        def fill() -> None:
            for field in self._messages.fields(name):
                if field.inline:
                    inline[descriptors.identifier(field.name)] = self.get(field.type)
                else:
                    rows[field.name] = (descriptors.identifier(field.name), self._convert(field))

        def write(obj: objects.Object) -> dict[str, Any]:
            if not rows and not inline:
                fill()
            out: dict[str, Any] = {}
            for key, value in obj.items():
                row = rows.get(key)
                if row is not None and value is not None:
                    field, convert = row
                    out[field] = value if convert is None else convert(value)
            for field, convert in inline.items():
                out[field] = convert(obj)
            return out

        return write

    def _schema_or(self, name: str) -> Write:
        """A JSONSchemaProps, or what else may stand in its place; the message has a field for each."""
        schema = self.get(gotypes.SCHEMA)

        def write(value: Any) -> dict[str, Any]:
            if name == f"{JSON}Bool":
                return {"allows": value} if type(value) is bool else {"allows": True, "schema": schema(value)}
            if type(value) is dict:
                return {"schema": schema(value)}
            if name == f"{JSON}Array":
                return {"jSONSchemas": [schema(item) for item in value]}
            return {"property": value}

        return write


def list_of(convert: Write) -> Write:
    return lambda values: [{} if value is None else convert(value) for value in values]


def map_of(convert: Write) -> Write:
    return lambda values: {key: {} if value is None else convert(value) for key, value in values.items()}
