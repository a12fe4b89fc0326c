"""Objects' types as protobuf messages, which is how the CEL library learns of fields.

A message can't have lists of lists or maps of lists: the inner ones are declared without the type of their items,
which is then looked at when an expression is evaluated.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Final

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    struct_pb2,
    timestamp_pb2,
)

from kroute.cel import declared

KNOWN: Final = (timestamp_pb2, duration_pb2, struct_pb2)
OPTIONAL: Final[Any] = 1
REPEATED: Final[Any] = 3
MESSAGE: Final[Any] = 11
SCALARS: Final[dict[str, Any]] = {"double": 1, "int": 3, "uint": 4, "bool": 8, "string": 9, "bytes": 12}
MESSAGES: Final = {
    "timestamp": ".google.protobuf.Timestamp",
    "duration": ".google.protobuf.Duration",
    "list": ".google.protobuf.ListValue",
    "map": ".google.protobuf.Struct",
}
DYN: Final = ".google.protobuf.Value"
RESERVED_NUMBERS: Final = range(19000, 20000)  # of fields, by protobuf itself


class Objects:
    """The objects that some types lead to, each with the name of its message.

    `fixed` are names that expressions may write; the others are made up."""

    def __init__(self, roots: Iterable[declared.Declared], fixed: Mapping[str, declared.Declared]) -> None:
        self.by_name = dict(fixed)
        self._names = {id(kind): name for name, kind in fixed.items()}
        todo = deque((kind, kind.name.replace(".", "_") or "Self") for kind in (*fixed.values(), *roots))
        seen: set[int] = set()
        while todo:
            kind, place = todo.popleft()
            if id(kind) in seen:
                continue
            seen.add(id(kind))
            if kind.kind == "object":
                self._add(kind, place)
                todo.extend((below, f"{place}_{label}") for label, below in kind.fields.items())
            elif kind.element is not None:
                todo.append((kind.element, f"{place}_item"))

    def _add(self, kind: declared.Declared, place: str) -> None:
        if id(kind) in self._names:
            return
        number, name = 2, place
        while name in self.by_name:
            number, name = number + 1, f"{place}{number}"
        self.by_name[name], self._names[id(kind)] = kind, name

    def name_of(self, kind: declared.Declared) -> str:
        """The name of an object's message."""
        return self._names[id(kind)]

    def signature(self, kind: declared.Declared) -> str:
        """A type as the library's configuration writes it."""
        if kind.kind == "object":
            return self.name_of(kind)
        if kind.element is None:
            return {"null": "null_type"}.get(kind.kind, kind.kind)
        element = self.signature(kind.element)
        return f"map<string, {element}>" if kind.kind == "map" else f"{kind.kind}<{element}>"


def pool_of(objects: Objects) -> descriptor_pool.DescriptorPool:
    """The messages of objects, each under its name."""
    pool = descriptor_pool.DescriptorPool()
    for known in KNOWN:
        pool.AddSerializedFile(known.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(
        name="kroute/cel/objects.proto", syntax="proto2", dependency=[known.DESCRIPTOR.name for known in KNOWN]
    )
    for name, kind in objects.by_name.items():
        add_message(file.message_type.add(name=name), kind, objects)
    pool.AddSerializedFile(file.SerializeToString())
    return pool


def add_message(message: descriptor_pb2.DescriptorProto, kind: declared.Declared, objects: Objects) -> None:
    message.options.deprecated_legacy_json_field_conflicts = True  # names that differ in underscores only are fine
    entries: set[str] = set()
    for number, (label, below) in enumerate(kind.fields.items(), 1):
        if number >= RESERVED_NUMBERS.start:
            number += len(RESERVED_NUMBERS)
        field = message.field.add(name=label, number=number, label=OPTIONAL, json_name=label)
        if below.kind == "list" and below.element is not None:
            field.label = REPEATED
            set_type(field, below.element, objects)
        elif below.kind == "map" and below.element is not None:
            entry = "".join(part[:1].upper() + part[1:] for part in label.split("_")) + "Entry"
            if entry in entries or entry in kind.fields:
                field.type, field.type_name = MESSAGE, MESSAGES["map"]
                continue
            entries.add(entry)
            nested = message.nested_type.add(name=entry)
            nested.options.map_entry = True
            nested.field.add(name="key", number=1, label=OPTIONAL, type=SCALARS["string"])
            set_type(nested.field.add(name="value", number=2, label=OPTIONAL), below.element, objects)
            field.label, field.type, field.type_name = REPEATED, MESSAGE, f".{message.name}.{entry}"
        else:
            set_type(field, below, objects)


def set_type(field: descriptor_pb2.FieldDescriptorProto, kind: declared.Declared, objects: Objects) -> None:
    if kind.kind in SCALARS:
        field.type = SCALARS[kind.kind]
    else:
        field.type = MESSAGE
        field.type_name = f".{objects.name_of(kind)}" if kind.kind == "object" else MESSAGES.get(kind.kind, DYN)
