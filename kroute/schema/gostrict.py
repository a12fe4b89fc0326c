"""Why a typed object can't be decoded, and which of its fields strict field validation complains of.

The slow twin of `godecoding`: it goes through the document in its own order, as Go's decoder does, and keeps paths.
Texts mirror `sigs.k8s.io/json` and the JSON methods of Kubernetes' own types.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from kroute.machinery import goformat, quantity, times
from kroute.schema import gobase64, gotypes

JSON_KINDS = {dict: "object", list: "array", str: "string", bool: "bool", int: "number", float: "number"}
MOST = 100  # strict errors beyond this are not collected
WANTED_SCHEMA = "boolean or JSON schema expected"


class Abort(Exception):
    """An error of a type's own parser, which ends decoding at once.  `mismatch` when it is one of type."""

    def __init__(self, text: str = "", mismatch: tuple[str, str] | None = None) -> None:
        super().__init__(text)
        self.text, self.mismatch = text, mismatch


@dataclass(slots=True)
class Found:
    """The first error, or None, and the strict errors in order."""

    error: str | None = None
    strict: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the walk is: the innermost struct and the fields that led here, and the path with keys and indices."""

    struct: str = ""
    fields: tuple[str, ...] = ()
    path: str = ""

    def mismatch(self, value: str, wanted: str) -> str:
        where = f"Go struct field {self.struct}.{'.'.join(self.fields)} of" if self.fields else "Go value of"
        return f"json: cannot unmarshal {value} into {where} type {wanted}"

    def within(self, key: str) -> Place:
        return Place(self.struct, self.fields, f"{self.path}.{key}" if self.path else key)


def inspect(kind: gotypes.Type, value: Any, duplicates: Collection[str] = ()) -> Found:
    """Decode the value once more, slowly, for what is wrong with it."""
    walk = Walk(duplicates)
    try:
        walk.value(kind, value, Place())
    except Abort as error:
        walk.found.error = error.text
    return walk.found


def literal(value: Any) -> str:
    """A number as it probably stood in the document."""
    return repr(value) if isinstance(value, float) else str(value)


class Walk:
    """One pass over a document."""

    def __init__(self, duplicates: Collection[str] = ()) -> None:
        self.duplicates = duplicates
        self.found = Found()
        self.mismatch: tuple[str, str] | None = None  # of the first error, when it is one of type

    def save(self, place: Place, value: str, wanted: str) -> None:
        """Keep the first error only."""
        if self.found.error is None:
            self.found.error = place.mismatch(value, wanted)
            self.mismatch = (value, wanted)

    def complain(self, what: str, path: str) -> None:
        text = f"{what} field {goformat.quote(path)}"
        if len(self.found.strict) < MOST and text not in self.found.strict:
            self.found.strict.append(text)

    def value(self, kind: gotypes.Type, value: Any, place: Place) -> None:
        if value is None or kind.kind in ("any", "raw"):
            return
        if kind.kind in PARSERS:
            self.parsed(kind, value, place)
        elif kind.kind.startswith("schema-or-"):
            self.schema_or(kind, value, place)
        elif type(value) is dict and kind.kind == "struct":
            self.struct(kind, value, place)
        elif type(value) is dict and kind.kind == "map" and kind.element is not None:
            for key, item in value.items():
                inner = place.within(key)
                self.value(kind.element, item, inner)
                self.duplicate(inner.path)
        elif type(value) is list and kind.kind == "slice" and kind.element is not None:
            for index, item in enumerate(value):
                self.value(kind.element, item, Place(place.struct, place.fields, f"{place.path}[{index}]"))
        else:
            self.scalar(kind, value, place)

    def struct(self, kind: gotypes.Type, value: dict[str, Any], place: Place) -> None:
        for key, item in value.items():
            known = kind.fields.get(key)
            path = f"{place.path}.{key}" if place.path else key
            if known is None:
                self.complain("unknown", path)
            else:
                self.value(known.type, item, Place(kind.name, (*place.fields, key), path))
                self.duplicate(path)

    def duplicate(self, path: str) -> None:
        if path in self.duplicates:
            self.complain("duplicate", path)

    def scalar(self, kind: gotypes.Type, value: Any, place: Place) -> None:
        """A value that is no container, or doesn't fit the container that is wanted."""
        found = JSON_KINDS[type(value)]
        if kind.kind == "bytes" and found in ("string", "array"):
            if found == "string" and self.found.error is None:
                self.found.error = problem(gobase64.canonical, value)
            for item in value if found == "array" else ():
                if type(item) is not int or not 0 <= item < 256:
                    self.save(place, number(item), "uint8")
        elif kind.kind == "int" and found == "number":
            if type(value) is not int or not -(2 ** (kind.bits - 1)) <= value < 2 ** (kind.bits - 1):
                self.save(place, number(value), kind.shown)
        elif not (found == kind.kind or (kind.kind == "float" and found == "number")):
            self.save(place, found, kind.shown)

    def parsed(self, kind: gotypes.Type, value: Any, place: Place) -> None:
        """A value that the type parses itself; what is wrong with it ends decoding."""
        try:
            PARSERS[kind.kind](value)
        except Abort as error:
            raise Abort(place.mismatch(*error.mismatch) if error.mismatch else error.text, error.mismatch) from None

    def schema_or(self, kind: gotypes.Type, value: Any, place: Place) -> None:
        """A part that is decoded apart: leniently, and its error names only the field that holds it."""
        apart = Walk()
        schema = kind.element
        if schema is None or (type(value) is bool and kind.kind == "schema-or-bool"):
            return
        if type(value) is dict:
            apart.value(schema, value, Place())
        elif kind.kind == "schema-or-bool":
            raise Abort(WANTED_SCHEMA)
        elif type(value) is list:
            element = schema if kind.kind == "schema-or-array" else schema.fields["type"].type
            apart.value(gotypes.Type("slice", f"[]{element.shown}", element=element), value, Place())
        if apart.mismatch is not None:
            raise Abort(place.mismatch(*apart.mismatch), apart.mismatch)
        if apart.found.error is not None:
            raise Abort(apart.found.error)


def number(value: Any) -> str:
    return f"number {literal(value)}" if type(value) in (int, float) else JSON_KINDS.get(type(value), "null")


def problem(parse: Any, value: Any) -> str | None:
    try:
        parse(value)
    except ValueError as error:
        return str(error)
    return None


def parse_time(value: Any, parse: Any = times.canonical) -> None:
    if type(value) is not str:
        raise Abort(mismatch=(JSON_KINDS[type(value)], "string"))
    if text := problem(parse, value):
        raise Abort(text)


def parse_micro_time(value: Any) -> None:
    parse_time(value, times.canonical_micro)


def parse_quantity(value: Any) -> None:
    if error := problem(quantity.canonical, value):
        raise Abort(error)


def parse_int_or_string(value: Any) -> None:
    if type(value) is str or (type(value) is int and -(2**31) <= value < 2**31):
        return
    raise Abort(mismatch=(number(value), "int32"))


PARSERS = {
    "time": parse_time,
    "microtime": parse_micro_time,
    "quantity": parse_quantity,
    "int-or-string": parse_int_or_string,
}
