"""The checked syntax tree that the CEL library gives, as protobuf messages.

The library writes a compiled expression as `cel.expr.CheckedExpr`, or as `ParsedExpr` before it was checked, in an Any;
the parts of these messages which are read here are declared below, with the numbers that they have in
`cel/expr/checked.proto` and `cel/expr/syntax.proto`.
"""

from __future__ import annotations

import functools
from typing import Any, Final

from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory

PACKAGE: Final = "kroute.cel.syntax"
MESSAGES: Final = """
CheckedExpr: reference_map=2 <int64 Reference>, type_map=3 <int64 Type>, source_info=5 SourceInfo, expr=4 Expr
ParsedExpr: expr=2 Expr, source_info=3 SourceInfo
Reference: name=1 string, overload_id=3 *string
Type: dyn=1 Nothing, null=2 int32, primitive=3 int32, wrapper=4 int32, well_known=5 int32, list_type=6 ListType,
 map_type=7 MapType, message_type=9 string, type_param=10 string, type=11 Type, abstract_type=14 AbstractType
ListType: elem_type=1 Type
MapType: key_type=1 Type, value_type=2 Type
AbstractType: name=1 string, parameter_types=2 *Type
Nothing:
SourceInfo: line_offsets=3 *int32, positions=4 <int64 int32>
Expr: id=2 int64, const_expr=3 Constant, ident_expr=4 Ident, select_expr=5 Select, call_expr=6 Call,
 list_expr=7 CreateList, struct_expr=8 CreateStruct, comprehension_expr=9 Comprehension
Constant: null_value=1 int32, bool_value=2 bool, int64_value=3 int64, uint64_value=4 uint64, double_value=5 double,
 string_value=6 string, bytes_value=7 bytes
Ident: name=1 string
Select: operand=1 Expr, field=2 string, test_only=3 bool
Call: target=1 Expr, function=2 string, args=3 *Expr
CreateList: elements=1 *Expr, optional_indices=2 *int32
CreateStruct: message_name=1 string, entries=2 *Entry
Entry: id=1 int64, field_key=2 string, map_key=3 Expr, value=4 Expr, optional_entry=5 bool
Comprehension: iter_var=1 string, iter_var2=8 string, iter_range=2 Expr, accu_var=3 string, accu_init=4 Expr,
 loop_condition=5 Expr, loop_step=6 Expr, result=7 Expr
"""
ALTERNATIVES: Final = {  # the messages whose fields (all but those named) stand for each other
    "Type": frozenset[str](),
    "Expr": frozenset(("id",)),
    "Constant": frozenset[str](),
}
OPTIONAL: Final[Any] = 1
REPEATED: Final[Any] = 3
MESSAGE: Final[Any] = 11
SCALARS: Final[dict[str, Any]] = {"double": 1, "int64": 3, "uint64": 4, "int32": 5, "bool": 8, "string": 9, "bytes": 12}


def parse(serialized: bytes) -> Any:
    """The tree in a compiled expression that the library wrote, checked or only parsed."""
    wrapped = any_pb2.Any.FromString(serialized)
    return message(wrapped.type_url.rpartition(".")[2]).FromString(wrapped.value)


@functools.cache
def message(name: str) -> Any:
    """The class of a message."""
    return message_factory.GetMessageClass(messages().FindMessageTypeByName(f"{PACKAGE}.{name}"))


@functools.cache
def messages() -> descriptor_pool.DescriptorPool:
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(described().SerializeToString())
    return pool


def described() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="kroute/cel/syntax.proto", package=PACKAGE, syntax="proto3")
    for line in MESSAGES.replace(",\n", ",").strip().splitlines():
        name, _, fields = line.partition(":")
        message = file.message_type.add(name=name)
        beside = ALTERNATIVES.get(name)
        if beside is not None:
            message.oneof_decl.add(name="kind")
        for each in filter(None, map(str.strip, fields.split(","))):
            left, _, kind = each.partition(" ")
            label, _, number = left.partition("=")
            field = message.field.add(name=label, number=int(number), label=OPTIONAL)
            if kind.startswith("<"):
                entry = add_entry(message, label, *kind.strip("<>").split(" "))
                field.label, field.type, field.type_name = REPEATED, MESSAGE, f".{PACKAGE}.{name}.{entry}"
                continue
            if kind.startswith("*"):
                field.label, kind = REPEATED, kind[1:]
            set_type(field, kind)
            if beside is not None and label not in beside:
                field.oneof_index = 0
    return file


def add_entry(message: descriptor_pb2.DescriptorProto, label: str, key: str, value: str) -> str:
    """Declares the entries of a map field; returns the name of their message."""
    name = "".join(part.capitalize() for part in label.split("_")) + "Entry"
    entry = message.nested_type.add(name=name)
    entry.options.map_entry = True
    for number, (part, kind) in enumerate((("key", key), ("value", value)), 1):
        set_type(entry.field.add(name=part, number=number, label=OPTIONAL), kind)
    return name


def set_type(field: descriptor_pb2.FieldDescriptorProto, kind: str) -> None:
    if kind in SCALARS:
        field.type = SCALARS[kind]
    else:
        field.type, field.type_name = MESSAGE, f".{PACKAGE}.{kind}"
