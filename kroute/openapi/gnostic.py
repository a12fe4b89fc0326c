"""OpenAPI documents in the protobuf form that client-go's older discovery asks for.

The messages are those of gnostic (`openapi.v2.Document`, `openapi.v3.Document`).  Their shape follows the JSON by a few
rules, so a table of field numbers (`data/gnostic.json`) and these rules are all that is needed: maps are lists of
named values, extensions a list of their own, free-form values YAML text, and a `oneof` message is told by its content.
"""

from __future__ import annotations

import functools
import importlib.resources
import json
import re
from collections.abc import Mapping
from typing import Any

import orjson
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message

SCALARS = {
    "string": descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
    "bool": descriptor_pb2.FieldDescriptorProto.TYPE_BOOL,
    "double": descriptor_pb2.FieldDescriptorProto.TYPE_DOUBLE,
    "int64": descriptor_pb2.FieldDescriptorProto.TYPE_INT64,
}
# fields that take the entries of a message that is a map
NAMED = ("additional_properties", "path", "response_code", "response_or_reference")
EXTENSIONS = ("vendor_extension", "specification_extension")
BY_PLACE = {
    "header": "header_parameter_sub_schema",
    "query": "query_parameter_sub_schema",
    "path": "path_parameter_sub_schema",
    "formData": "form_data_parameter_sub_schema",
}
BY_SECURITY = {"basic": "basic_authentication_security", "apiKey": "api_key_security"}


def encode(document: bytes, version: str) -> bytes:
    """A document's JSON text as protobuf; `version` is v2 or v3."""
    codec = _codec(version)
    message = codec.message("Document")
    codec.fill(message, "Document", orjson.loads(document))
    return message.SerializeToString(deterministic=True)


class Codec:
    """The messages of one OpenAPI version, made of the table."""

    def __init__(self, version: str, table: Mapping[str, Any]) -> None:
        self.package = f"openapi.{version}"
        self.unions = {name for name, fields in table.items() if "oneof" in fields}
        self.fields: dict[str, dict[str, tuple[int, str]]] = {
            name: fields.get("oneof", fields) for name, fields in table.items()
        }
        self.pool = descriptor_pool.DescriptorPool()
        self.pool.Add(self._file(version))

    def _file(self, version: str) -> descriptor_pb2.FileDescriptorProto:
        file = descriptor_pb2.FileDescriptorProto(name=f"openapi{version}.proto", package=self.package, syntax="proto3")
        for name, fields in self.fields.items():
            message = file.message_type.add(name=name)
            if name in self.unions:
                message.oneof_decl.add(name="oneof")
            for field, (number, kind) in fields.items():
                if kind.endswith("google.protobuf.Any"):
                    continue
                entry = message.field.add(name=field, number=number)
                entry.label = entry.LABEL_REPEATED if kind.startswith("*") else entry.LABEL_OPTIONAL
                bare = kind.lstrip("*")
                if bare in SCALARS:
                    entry.type = SCALARS[bare]
                else:
                    entry.type, entry.type_name = entry.TYPE_MESSAGE, f".{self.package}.{bare}"
                if name in self.unions:
                    entry.oneof_index = 0
        return file

    def message(self, name: str) -> Message:
        return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(f"{self.package}.{name}"))()

    def fill(self, message: Any, name: str, value: Any) -> None:
        """Set the fields of `message`, of type `name`, from a JSON value."""
        if name == "Any":
            message.yaml = json.dumps(value, ensure_ascii=False)
        elif name in self.unions:
            self._fill_union(message, name, value)
        elif name in ("TypeItem", "StringArray"):
            message.value.extend(value if isinstance(value, list) else [value])
        elif name == "ItemsItem":
            (field,) = self.fields[name]
            self.fill(getattr(message, field).add(), self.fields[name][field][1].lstrip("*"), value)
        else:
            self._fill_object(message, name, value)

    def _fill_union(self, message: Any, name: str, value: Any) -> None:
        arms = self.fields[name]
        arm = union_arm(name, arms, value)
        kind = arms[arm][1]
        if kind in SCALARS:
            setattr(message, arm, value)
        else:
            part = getattr(message, arm)
            part.SetInParent()
            self.fill(part, kind, value)

    def _fill_object(self, message: Any, name: str, value: Mapping[str, Any]) -> None:
        fields = self.fields[name]
        maps = [field for field, (_, kind) in fields.items() if field in NAMED and kind.startswith("*Named")]
        known = {json_name(field): field for field in fields if field not in maps and field not in EXTENSIONS}
        for key, item in value.items():
            if key in known:
                self._set(message, known[key], fields[known[key]][1], item)
            elif key.startswith("x-"):
                for field in EXTENSIONS:
                    if field in fields:
                        self._add_named(message, field, fields[field][1], key, item)
            else:
                for field in maps:
                    self._add_named(message, field, fields[field][1], key, item)

    def _set(self, message: Any, field: str, kind: str, value: Any) -> None:
        bare, repeated = kind.lstrip("*"), kind.startswith("*")
        if bare == "DefaultType" and not isinstance(value, str | bool | int | float):
            return  # the message has no place for it
        if repeated and bare in SCALARS:
            getattr(message, field).extend(value)
        elif repeated:
            for item in value:
                self.fill(getattr(message, field).add(), bare, item)
        elif bare in SCALARS:
            setattr(message, field, value)
        else:
            part = getattr(message, field)
            part.SetInParent()
            self.fill(part, bare, value)

    def _add_named(self, message: Any, field: str, kind: str, name: str, value: Any) -> None:
        entry = getattr(message, field).add()
        entry.name = name
        self._set(entry, "value", self.fields[kind.lstrip("*")]["value"][1], value)


def json_name(field: str) -> str:
    """The JSON key of a field: `_ref` is `$ref`, `external_docs` is `externalDocs`."""
    if field == "_ref":
        return "$ref"
    return re.sub(r"_(\w)", lambda match: match[1].upper(), field)


def union_arm(name: str, arms: Mapping[str, Any], value: Any) -> str:
    """Which field of a `oneof` message holds this value."""
    reference = next((arm for arm in ("json_reference", "reference") if arm in arms), None)
    if reference and isinstance(value, Mapping) and "$ref" in value:
        return reference
    if isinstance(value, bool) and "boolean" in arms:
        return "boolean"
    if isinstance(value, str) and "string" in arms:
        return "string"
    if name == "Parameter":
        return "body_parameter" if value["in"] == "body" else "non_body_parameter"
    if name == "NonBodyParameter":
        return BY_PLACE[value["in"]]
    if name == "SecurityDefinitionsItem":
        return BY_SECURITY.get(value["type"], "oauth2_implicit_security")
    return next(iter(arms))


@functools.cache
def _codec(version: str) -> Codec:
    text = importlib.resources.files("kroute.openapi").joinpath("data/gnostic.json").read_text()
    return Codec(version, json.loads(text)[version])
