"""Why Go refuses a message: a walk over the bytes, made only when the compiled core has met something odd.

The core skips a known field of the wrong wire type and has one text for everything else; Go's generated decoders name
the field, or say that the input ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kroute.protobuf import table

END: Final = "unexpected EOF"
OVERFLOW: Final = "proto: integer overflow"
NEGATIVE: Final = "proto: negative length found during unmarshaling"
END_OF_GROUP: Final = "proto: unexpected end of group"

VARINT, FIXED64, BYTES, START_GROUP, END_GROUP, FIXED32 = range(6)
WIRE_TYPES: Final[Mapping[str, int]] = {"bool": VARINT, "int32": VARINT, "int64": VARINT, "double": FIXED64}
GO_NAMES: Final[Mapping[str, str]] = {"items": "Items", "string": "String_", "uid": "UID", "spec": "Spec"}


class Problem(ValueError):
    """What is wrong with a message, in Go's words."""


def problem(messages: table.Table, name: str, data: bytes) -> str | None:
    """Why Go refuses `data` as the named message; None when it doesn't."""
    try:
        Walk(messages, data).message(name, len(data))
    except Problem as found:
        return str(found)
    return None


class Walk:
    """A position in the bytes of one message, which moves from field to field."""

    def __init__(self, messages: table.Table, data: bytes) -> None:
        self.messages, self.data = messages, data
        self.at = 0

    def message(self, name: str, end: int) -> None:
        """Walk over a message that ends at `end`.  Raises Problem."""
        fields = {field.number: field for field in self.messages.fields(name)}
        short = name.rpartition(".")[2]
        while self.at < end:
            start = self.at
            tag = self.varint(end)
            number, wire_type = tag >> 3 & 0xFFFFFFFF, tag & 7
            if wire_type == END_GROUP:
                raise Problem(f"proto: {short}: wiretype end group for non-group")
            if not 0 < number < 0x80000000:
                signed = number - 0x100000000 if number else 0
                raise Problem(f"proto: {short}: illegal tag {signed} (wire type {tag})")
            field = fields.get(number)
            if field is None:
                self.at = start
                self.skip(end)
            else:
                self.field(field, wire_type, name, end)

    def field(self, field: table.Field, wire_type: int, message: str, end: int) -> None:
        wanted = BYTES if field.label == "map" else WIRE_TYPES.get(field.type, BYTES)
        packed = field.label == "list" and wire_type == BYTES
        if wire_type != wanted and not packed:
            raise Problem(f"proto: wrong wireType = {wire_type} for field {go_name(field, message)}")
        if wire_type == VARINT:
            self.varint(end)
        elif wire_type == FIXED64:
            self.forward(8, end)
        else:
            below = self.length(end)
            if field.label == "map" or field.type in table.SCALARS:
                self.at = below
            else:
                self.message(field.type, below)

    def varint(self, end: int) -> int:
        value = 0
        for shift in range(0, 64, 7):
            if self.at >= end:
                raise Problem(END)
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & 0xFFFFFFFFFFFFFFFF
        raise Problem(OVERFLOW)

    def length(self, end: int) -> int:
        """Read a length; returns the position that it leads to."""
        length = self.varint(end)
        if length >= 1 << 63:
            raise Problem(NEGATIVE)
        if self.at + length > end:
            raise Problem(END)
        return self.at + length

    def forward(self, count: int, end: int) -> None:
        if self.at + count > end:
            raise Problem(END)
        self.at += count

    def skip(self, end: int) -> None:
        """Walk over a field that isn't known, a group with all that is in it."""
        depth = 0
        while True:
            wire_type = self.varint(end) & 7
            if wire_type == VARINT:
                self.varint(end)
            elif wire_type == FIXED64:
                self.forward(8, end)
            elif wire_type == BYTES:
                self.at = self.length(end)
            elif wire_type == FIXED32:
                self.forward(4, end)
            elif wire_type == START_GROUP:
                depth += 1
            elif wire_type == END_GROUP:
                if not depth:
                    raise Problem(END_OF_GROUP)
                depth -= 1
            else:
                raise Problem(f"proto: illegal wireType {wire_type}")
            if not depth:
                return


def go_name(field: table.Field, message: str) -> str:
    """The name of a field's counterpart in Go."""
    if field.name == "metadata":
        return field.type.rpartition(".")[2]
    return GO_NAMES.get(field.name) or field.name[:1].upper() + field.name[1:]
