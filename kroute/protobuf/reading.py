"""From messages to objects: one walk over the fields that are set, by functions compiled once for each message.

What JSON leaves out, what it always writes and in which order is told by the Go types of the same name.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from kroute.machinery import codecs, objects, quantity
from kroute.protobuf import table, wellknown
from kroute.schema import godecoding, gotypes

Read = Callable[[Any], Any]

QUANTITY: Final = "resource.Quantity"
REMEMBERED: Final = 4096
PLAIN: Final = frozenset({"string", "bool", "int32", "int64"})
JSON: Final = "apiextensions.v1.JSONSchemaPropsOr"


class Row(NamedTuple):
    """What the walk needs to know of a field.  `name` is empty for the fields of another message that stand inline."""

    name: str
    convert: Read | None  # None: the value is taken as it is
    drops_empty: bool


class Reader:
    """Makes the functions that read messages.  Compiled for a message on its first use."""

    def __init__(self, messages: table.Table, types: gotypes.Types) -> None:
        self._messages, self._types = messages, types
        self._compiled: dict[str, Read] = {QUANTITY: quantity_reader()}

    def get(self, name: str) -> Read:
        """A function from a message of that name to its JSON value; it raises DecodeError."""
        found = self._compiled.get(name)
        if found is None:
            found = self._compiled[name] = self._make(name)
        return found

    def _make(self, name: str) -> Read:
        if name in wellknown.PAIRS:
            return wellknown.PAIRS[name].read
        if name.startswith(JSON):
            return self._schema_or(name)
        return self._struct(name, self._go_fields(name), self._always(name))

    def _go_fields(self, name: str) -> dict[str, gotypes.Field]:
        return self._types.get(name).fields if name in self._types else {}

    def _always(self, name: str) -> dict[str, Any]:
        """The fields that JSON always has, each with what it has for an unset one."""
        if name in self._types:
            fields = self._types.get(name).fields.values()
            return {
                field.name: None if field.pointer else godecoding.zero_of(field.type)
                for field in fields
                if not field.absent_when_unset
            }
        return {"metadata": {}, "items": []} if name.endswith("List") else {}

    def _row(self, field: table.Field, go_fields: dict[str, gotypes.Field]) -> Row:
        if field.inline:
            return Row("", self._struct(field.type, go_fields, {}), False)
        known = go_fields.get(field.name)
        if known is None:
            return Row(field.name, self._convert(field), field.label != "one" or field.type in table.SCALARS)
        return Row(field.name, self._convert(field), known.drops_empty or known.omit_zero)

    def _convert(self, field: table.Field) -> Read | None:
        if field.label == "one":
            return self._value(field.type)
        if field.label == "list":
            return list_of(self._value(field.type), field.type)
        return map_of(self._value(field.type))

    def _value(self, kind: str) -> Read | None:
        if kind in PLAIN:
            return None
        if kind == "bytes":
            return wellknown.read_bytes
        return godecoding.decode_float if kind == "double" else self.get(kind)

    def _struct(self, name: str, go_fields: dict[str, gotypes.Field], always: dict[str, Any]) -> Read:
        """A reader of objects; its rows are made when the first message comes, so that messages may hold themselves."""
        fields = self._messages.fields(name)
        rank = self._ranks(name, go_fields)
        in_order = list(rank.values()) == sorted(rank.values())
        always = {field: zero for field, zero in always.items() if field in rank}
        required = always.keys()
        rows: dict[int, Row] = {}

        def read(message: Any) -> objects.Object:
            if not rows:
                rows.update({field.number: self._row(field, go_fields) for field in fields})
            out: objects.Object = {}
            for descriptor, value in message.ListFields():
                name, convert, drops_empty = rows[descriptor.number]
                if convert is not None:
                    value = convert(value)
                    if not name:
                        out.update(value)
                        continue
                elif type(value) is bytes:
                    wellknown.text_of(value)
                if value or not drops_empty:
                    out[name] = value
            if required and not required <= out.keys():
                out |= {field: objects.copy(zero) for field, zero in always.items() if field not in out}
            elif in_order:
                return out
            return {field: out[field] for field in sorted(out, key=rank.__getitem__)}

        return read

    def _ranks(self, name: str, go_fields: dict[str, gotypes.Field]) -> dict[str, int]:
        """The place that each field of a message has in the Go type, by number; those that it hasn't come last."""
        places = {field: index for index, field in enumerate(go_fields)}
        return {field: places.get(field, len(places)) for field in self._flat(name)}

    def _flat(self, name: str) -> list[str]:
        """The names that a message's fields have in JSON, inline ones in their place."""
        found: list[str] = []
        for field in self._messages.fields(name):
            found += self._flat(field.type) if field.inline else [field.name]
        return found

    def _schema_or(self, name: str) -> Read:
        """A JSONSchemaProps, or what else may stand in its place; the message has a field for each."""
        schema = self.get(gotypes.SCHEMA)

        def read(message: Any) -> Any:
            if name == f"{JSON}Array" and message.jSONSchemas:
                return [schema(item) for item in message.jSONSchemas]
            if name == f"{JSON}StringArray" and message.property:
                return [wellknown.text_of(item) for item in message.property]
            if message.HasField("schema"):
                return schema(message.schema)
            return message.allows if name == f"{JSON}Bool" else None

        return read


def quantity_reader() -> Read:
    """A reader of quantities that remembers the canonical form of those that it has met; few differ."""
    canonical = functools.lru_cache(REMEMBERED)(quantity.canonical)

    def read(message: Any) -> str:
        if not message.HasField("string"):
            return "0"
        try:
            return canonical(wellknown.text_of(message.string))
        except quantity.QuantityError as error:
            raise codecs.DecodeError(str(error)) from None

    return read


def list_of(convert: Read | None, kind: str) -> Read:
    if convert is not None:
        return lambda values: [convert(value) for value in values]
    if kind == "string":
        return lambda values: [value if type(value) is str else wellknown.text_of(value) for value in values]
    return list


def map_of(convert: Read | None) -> Read:
    """A reader of maps, which have no order; JSON's is that of the keys."""
    if convert is None:
        return lambda values: dict(sorted(values.items()))
    return lambda values: {key: convert(value) for key, value in sorted(values.items(), key=key_of)}


def key_of(entry: tuple[str, Any]) -> str:
    return entry[0]
