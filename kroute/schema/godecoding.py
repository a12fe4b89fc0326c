"""Typed decoding: a JSON object as it comes out after Go has read it into a struct and written it again.

Unknown fields and nulls go, empty values that Go leaves out go, those that it always writes come, quantities, times and
base64 get their canonical text, fields their order.  One walk without paths; only when something is wrong `gostrict`
looks for it again, in the order of the document, for the texts of errors and warnings.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final, NamedTuple

from kroute.machinery import objects, quantity, times
from kroute.schema import gobase64, gostrict, gotypes

Decode = Callable[[Any], Any]

ABSENT: Final = object()
LIMITS = {32: 2**31, 64: 2**63}
PLAIN = {"string": str, "bool": bool}
SCALAR_ZEROS: dict[str, Any] = {"string": "", "bool": False, "int": 0, "float": 0, "quantity": "0", "int-or-string": 0}


class WrongType(Exception):
    """A value that the Go type can't take; `gostrict` says which."""


class DecodeError(ValueError):
    """The object can't be decoded; the text is that of Go's json package or of the type's own parser."""


class Decoded(NamedTuple):
    """A typed object, and what strict field validation finds: `unknown field "spec.x"`, `duplicate field "spec.y"`."""

    obj: objects.Object
    strict: list[str]


class Row(NamedTuple):
    """What the walk needs to know of one field of a struct."""

    plain: type | None  # values of this type are taken as they are
    decode: Decode
    drops_empty: bool
    zero: Any  # what is written when the field wasn't given; ABSENT for nothing
    unwritten: Any  # a value that is left out although it was given


class Decoder:
    """Decodes objects into Go types.  Compiled for a type on its first use; not for use by several threads at once."""

    def __init__(self, types: gotypes.Types) -> None:
        self.types = types
        self.compiled: dict[int, Decode] = {}
        self.surplus = False  # the walk met a field that it doesn't know

    def decode(self, name: str, value: Any, *, duplicates: Collection[str] = ()) -> Decoded:
        """Decode a value into the named struct; null is an empty one.

        The value is left as it is; the result shares unchanged parts with it.  `duplicates` are the paths of fields
        that the text had twice.  Raises DecodeError, KeyError for an unknown name.
        """
        kind = self.types.get(name)
        try:
            return self.run(kind, value, duplicates)
        except RecursionError:
            raise DecodeError("exceeded max depth") from None

    def run(self, kind: gotypes.Type, value: Any, duplicates: Collection[str]) -> Decoded:
        self.surplus = False
        try:
            obj = self.compile(kind)(value if value is not None else {})
        except (WrongType, ValueError):
            raise DecodeError(gostrict.inspect(kind, value).error or "json: cannot unmarshal value") from None
        if not self.surplus and not duplicates:
            return Decoded(obj, [])
        return Decoded(obj, gostrict.inspect(kind, value, duplicates).strict)

    def zero(self, name: str) -> objects.Object:
        """The named struct with nothing set."""
        return struct_zero(self.types.get(name))

    def compile(self, kind: gotypes.Type) -> Decode:
        found = self.compiled.get(id(kind))
        if found is None:
            found = self.compiled[id(kind)] = self.make(kind)
        return found

    def make(self, kind: gotypes.Type) -> Decode:
        if kind.kind == "struct":
            return self.struct(kind)
        if kind.kind in ("slice", "map") and kind.element is not None:
            return (self.slice if kind.kind == "slice" else self.map)(kind.element)
        if kind.kind == "int":
            return decode_int32 if kind.bits == 32 else decode_int64
        if kind.kind.startswith("schema-or-"):
            return self.schema_or(kind.kind)
        return SCALARS[kind.kind]

    def row(self, field: gotypes.Field) -> Row:
        kind = field.type
        zero = None if field.pointer else zero_of(kind)
        return Row(
            plain=PLAIN.get(kind.kind),
            decode=self.compile(kind),
            drops_empty=field.drops_empty,
            zero=ABSENT if field.absent_when_unset else zero,
            unwritten=zero if field.omit_zero else ABSENT,
        )

    def struct(self, kind: gotypes.Type) -> Decode:
        """A decoder of objects; its rows are made when the first object comes, so that types may hold themselves."""
        rows: dict[str, Row] = {}
        rank = {name: index for index, name in enumerate(kind.fields)}
        always = [name for name, field in kind.fields.items() if not field.absent_when_unset]

        def decode(value: Any) -> Any:
            if type(value) is not dict:
                raise WrongType
            if not rows:
                rows.update({field.name: self.row(field) for field in kind.fields.values()})
            names = [name for name in value if name in rank]
            if len(names) != len(value):
                self.surplus = True
            names += [name for name in always if name not in value]
            names.sort(key=rank.__getitem__)
            out = {}
            for name in names:
                plain, decode_field, drops_empty, zero, unwritten = rows[name]
                item = value.get(name)
                if item is None:
                    if zero is not ABSENT:
                        out[name] = objects.copy(zero)
                    continue
                if type(item) is not plain:
                    item = decode_field(item)
                if drops_empty and not item:
                    continue
                if unwritten is not ABSENT and item == unwritten:
                    continue
                out[name] = item
            return out

        return decode

    def slice(self, element: gotypes.Type) -> Decode:
        if element.kind == "string":
            return decode_strings
        decode_item, zero = self.compile(element), zero_of(element)

        def decode(value: Any) -> Any:
            if type(value) is not list:
                raise WrongType
            return [objects.copy(zero) if item is None else decode_item(item) for item in value]

        return decode

    def map(self, element: gotypes.Type) -> Decode:
        if element.kind == "string":
            return decode_string_map
        decode_item = self.compile(element)
        zero = "" if element.kind == "bytes" else zero_of(element)

        def decode(value: Any) -> Any:
            if type(value) is not dict:
                raise WrongType
            return {key: objects.copy(zero) if item is None else decode_item(item) for key, item in value.items()}

        return decode

    def schema_or(self, kind: str) -> Decode:
        """JSONSchemaProps, or what else may stand in its place in some fields of CRDs' schemas."""
        schema = self.compile(self.types.get(gotypes.SCHEMA))
        schemas = self.compile(self.types.of(f"[]{gotypes.SCHEMA}"))

        def decode(value: Any) -> Any:
            if type(value) is dict:
                return schema(value)
            if kind == "schema-or-bool":
                if type(value) is not bool:
                    raise WrongType
                return value
            if type(value) is list:
                return decode_strings(value) if kind == "schema-or-strings" else schemas(value)
            return None

        return decode


def zero_of(kind: gotypes.Type) -> Any:
    """What Go writes for a value of the type that was never set."""
    return struct_zero(kind) if kind.kind == "struct" else SCALAR_ZEROS.get(kind.kind)


def struct_zero(kind: gotypes.Type) -> objects.Object:
    return {
        field.name: None if field.pointer else zero_of(field.type)
        for field in kind.fields.values()
        if not field.absent_when_unset
    }


def decode_string(value: Any) -> Any:
    if type(value) is not str:
        raise WrongType
    return value


def decode_bool(value: Any) -> Any:
    if type(value) is not bool:
        raise WrongType
    return value


def decode_int32(value: Any) -> Any:
    if type(value) is not int or not -0x80000000 <= value < 0x80000000:
        raise WrongType
    return value


def decode_int64(value: Any) -> Any:
    if type(value) is not int or not -0x8000000000000000 <= value < 0x8000000000000000:
        raise WrongType
    return value


def decode_float(value: Any) -> Any:
    if type(value) is float:
        return int(value) if value.is_integer() and abs(value) < 1e21 else value
    if type(value) is not int:
        raise WrongType
    return value


def decode_bytes(value: Any) -> Any:
    if type(value) is str:
        return gobase64.canonical(value)
    if type(value) is not list or not all(type(item) is int and 0 <= item < 256 for item in value):
        raise WrongType
    return gobase64.encode(bytes(value))


def decode_any(value: Any) -> Any:
    return value


def decode_time(value: Any) -> Any:
    shown = times.canonical(decode_string(value))
    return None if shown == "0001-01-01T00:00:00Z" else shown


def decode_micro_time(value: Any) -> Any:
    shown = times.canonical_micro(decode_string(value))
    return None if shown == "0001-01-01T00:00:00.000000Z" else shown


def decode_int_or_string(value: Any) -> Any:
    return value if type(value) is str else decode_int32(value)


def decode_strings(value: Any) -> Any:
    if type(value) is not list:
        raise WrongType
    for item in value:
        if type(item) is not str:
            return ["" if entry is None else decode_string(entry) for entry in value]
    return value


def decode_string_map(value: Any) -> Any:
    if type(value) is not dict:
        raise WrongType
    for item in value.values():
        if type(item) is not str:
            return {key: "" if entry is None else decode_string(entry) for key, entry in value.items()}
    return value


SCALARS: dict[str, Decode] = {
    "string": decode_string,
    "bool": decode_bool,
    "float": decode_float,
    "bytes": decode_bytes,
    "any": decode_any,
    "raw": decode_any,
    "time": decode_time,
    "microtime": decode_micro_time,
    "quantity": quantity.canonical,
    "int-or-string": decode_int_or_string,
}
