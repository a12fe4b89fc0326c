"""Objects' types as protobuf messages, which is how the CEL library learns of fields.

A message can't have lists of lists or maps of lists: the inner ones are declared without the type of their items,
which is then looked at when an expression is evaluated.
"""

from __future__ import annotations

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


def name_objects(roots: Iterable[declared.Declared], name: str) -> dict[str, declared.Declared]:
    """Gives objects that have no name yet one of their own; returns all that the roots lead to, by name."""
    found: dict[str, declared.Declared] = {}
    todo = [(kind, name) for kind in roots]
    seen: set[int] = set()
    while todo:
        kind, place = todo.pop()
        if id(kind) in seen:
            continue
        seen.add(id(kind))
        if kind.kind == "object":
            kind.name = kind.name or free(place, found)
            found[kind.name] = kind
            todo += [(below, f"{kind.name}_{label}") for label, below in kind.fields.items()]
        elif kind.element is not None:
            todo.append((kind.element, f"{place}_item"))
    return found


def free(name: str, taken: dict[str, declared.Declared]) -> str:
    number, tried = 2, name
    while tried in taken:
        number, tried = number + 1, f"{name}{number}"
    return tried


def pool_of(objects: Mapping[str, declared.Declared]) -> descriptor_pool.DescriptorPool:
    """The messages of objects, each under its name."""
    pool = descriptor_pool.DescriptorPool()
    for known in KNOWN:
        pool.AddSerializedFile(known.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(
        name="kroute/cel/objects.proto", syntax="proto2", dependency=[known.DESCRIPTOR.name for known in KNOWN]
    )
    for name, kind in objects.items():
        add_message(file.message_type.add(name=name), kind)
    pool.AddSerializedFile(file.SerializeToString())
    return pool


def add_message(message: descriptor_pb2.DescriptorProto, kind: declared.Declared) -> None:
    entries: set[str] = set()
    for number, (label, below) in enumerate(kind.fields.items(), 1):
        if number >= RESERVED_NUMBERS.start:
            number += len(RESERVED_NUMBERS)
        field = message.field.add(name=label, number=number, label=OPTIONAL, json_name=label)
        if below.kind == "list" and below.element is not None:
            field.label = REPEATED
            set_type(field, below.element)
        elif below.kind == "map" and below.element is not None:
            entry = "".join(part[:1].upper() + part[1:] for part in label.split("_")) + "Entry"
            if entry in entries or entry in kind.fields:
                field.type, field.type_name = MESSAGE, MESSAGES["map"]
                continue
            entries.add(entry)
            nested = message.nested_type.add(name=entry)
            nested.options.map_entry = True
            nested.field.add(name="key", number=1, label=OPTIONAL, type=SCALARS["string"])
            set_type(nested.field.add(name="value", number=2, label=OPTIONAL), below.element)
            field.label, field.type, field.type_name = REPEATED, MESSAGE, f".{message.name}.{entry}"
        else:
            set_type(field, below)


def set_type(field: descriptor_pb2.FieldDescriptorProto, kind: declared.Declared) -> None:
    if kind.kind in SCALARS:
        field.type = SCALARS[kind.kind]
    else:
        field.type = MESSAGE
        field.type_name = f".{kind.name}" if kind.kind == "object" else MESSAGES.get(kind.kind, DYN)
