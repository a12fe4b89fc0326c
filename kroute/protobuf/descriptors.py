"""Message classes of the `protobuf` library, made from the table when the first message is read or written.

All messages are one file descriptor, built in some milliseconds; the library's compiled core does the rest.
`protobuf` is an optional dependency (extra `kroute[server]`), so it is imported here and not before it is needed.
"""

from __future__ import annotations

import re
from importlib import util
from typing import TYPE_CHECKING, Any, Final

from kroute.protobuf import table

if TYPE_CHECKING:
    from google.protobuf import descriptor_pb2, message

PACKAGE: Final = "kroute"
MISSING: Final = "bodies in protobuf need the package protobuf, which is not installed: install kroute[server]"
TYPES: Final = {"double": 1, "int64": 3, "int32": 5, "bool": 8, "string": 9, "message": 11, "bytes": 12}
OPTIONAL, REPEATED = 1, 3


class MissingProtobuf(ImportError):
    """The optional package `protobuf` is not there."""


def check() -> None:
    """Raise MissingProtobuf when the library is not there; doesn't import it."""
    try:
        found = util.find_spec("google.protobuf")
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise MissingProtobuf(MISSING)


class Classes:
    """The classes of all messages of a table, by name.  Making one imports the library and builds the descriptors."""

    def __init__(self, messages: table.Table) -> None:
        check()
        from google.protobuf import descriptor_pool, message_factory

        self._pool = descriptor_pool.DescriptorPool()
        self._pool.AddSerializedFile(file_of(messages).SerializeToString())
        self._class_of = message_factory.GetMessageClass
        self._made: dict[str, type[message.Message]] = {}

    def get(self, name: str) -> type[message.Message]:
        """The class of a message.  Raises KeyError."""
        found = self._made.get(name)
        if found is None:
            descriptor = self._pool.FindMessageTypeByName(f"{PACKAGE}.{identifier(name)}")
            found = self._made[name] = self._class_of(descriptor)
        return found


def identifier(name: str) -> str:
    """The name of a message or field as descriptors can have it: `$ref` is no name there."""
    return re.sub(r"\W", "_", name)


def file_of(messages: table.Table) -> descriptor_pb2.FileDescriptorProto:
    from google.protobuf import descriptor_pb2

    file = descriptor_pb2.FileDescriptorProto(name="kroute.proto", package=PACKAGE, syntax="proto2")
    for name in messages.names():
        made = file.message_type.add(name=identifier(name))
        for field in messages.fields(name):
            if field.label == "map":
                entry = map_entry(field)
                made.nested_type.append(entry)
                type_name = f".{PACKAGE}.{made.name}.{entry.name}"
                made.field.add(
                    name=identifier(field.name), number=field.number, label=REPEATED, type=11, type_name=type_name
                )
            else:
                label = OPTIONAL if field.label == "one" else REPEATED
                made.field.add(name=identifier(field.name), number=field.number, label=label, **type_of(field.type))
    return file


def map_entry(field: table.Field) -> descriptor_pb2.DescriptorProto:
    """The message that stands for the entries of a map; the library wants its name to follow from the field's."""
    from google.protobuf import descriptor_pb2

    name = "".join(part[:1].upper() + part[1:] for part in identifier(field.name).split("_"))
    entry = descriptor_pb2.DescriptorProto(name=f"{name}Entry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, label=OPTIONAL, type=9)
    entry.field.add(name="value", number=2, label=OPTIONAL, **type_of(field.type))
    return entry


def type_of(name: str) -> dict[str, Any]:
    if name in table.SCALARS:
        return {"type": TYPES[name]}
    return {"type": TYPES["message"], "type_name": f".{PACKAGE}.{identifier(name)}"}
