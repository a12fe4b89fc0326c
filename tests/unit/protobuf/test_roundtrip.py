"""Random objects of every kind come back from protobuf as decoding JSON leaves them."""

from __future__ import annotations

import base64
import contextlib
import random
from typing import Any

import hypothesis
from hypothesis import strategies as st

from kroute.machinery import codecs, gvk, objects
from kroute.protobuf import codec, table
from kroute.schema import godecoding, gotypes

MESSAGES = table.Table.load()
TYPES = gotypes.Types.load()
KINDS = sorted(
    gvk.GroupVersionKind(group, *name.split(".")[1:])
    for group, package in table.GROUPS.items()
    for name in MESSAGES.names()
    if name.startswith(f"{package}.v") and MESSAGES.is_kind(name) and name in TYPES
)
WORDS = ["", "a", "b-1", "ä€𝄞", "a\x00b", "true", "0"]
QUANTITIES = ["0", "500m", "1Gi", "1.5", "1e3", "-2", "128Mi", "0.1", "1500m"]
TIMES = ["1970-01-01T00:00:00Z", "2024-02-29T12:00:00Z", "9999-12-31T23:59:59Z"]
MICRO_TIMES = ["1970-01-01T00:00:00.000000Z", "1969-12-31T23:59:59.000001Z", "2024-02-29T12:00:00.999999Z"]
JSON: list[Any] = [None, 1, -1.5, "x", [], {}, {"a": [True, {"b": None}]}]


class Maker:
    """Makes a JSON value of a Go type; what the protobuf message doesn't have is left out."""

    def __init__(self, choose: random.Random) -> None:
        self.choose = choose

    def struct(self, kind: gotypes.Type, message: str, depth: int) -> objects.Object:
        known = names_of(message)
        density = self.choose.choice([0.05, 0.3, 0.6]) if depth < 3 else 0.15
        return {
            name: self.value(field.type, known[name], depth + 1)
            for name, field in kind.fields.items()
            if name in known and (self.choose.random() < density and depth < 12)
        }

    def value(self, kind: gotypes.Type, message: str, depth: int) -> Any:
        pick = self.choose.choice
        few = self.choose.randrange(3)
        if kind.kind == "struct":
            return self.struct(kind, message, depth)
        if kind.kind == "slice" and kind.element is not None:
            return [self.value(kind.element, message, depth) for _ in range(few)]
        if kind.kind == "map" and kind.element is not None:
            return {pick(WORDS): self.value(kind.element, message, depth) for _ in range(few)}
        if kind.kind == "int":
            return pick([0, 1, -1, 2 ** (kind.bits - 1) - 1, -(2 ** (kind.bits - 1))])
        if kind.kind == "bytes":
            return base64.b64encode(self.choose.randbytes(few)).decode()
        if kind.kind == "schema-or-bool" and few:
            return few == 1
        if kind.kind == "schema-or-array" and few:
            return [self.struct(TYPES.get(gotypes.SCHEMA), gotypes.SCHEMA, depth) for _ in range(few)]
        if kind.kind == "schema-or-strings" and few:
            return [pick(WORDS) for _ in range(few)]
        if kind.kind.startswith("schema-or"):
            return self.struct(TYPES.get(gotypes.SCHEMA), gotypes.SCHEMA, depth)
        return pick(VALUES[kind.kind])


VALUES: dict[str, list[Any]] = {
    "string": WORDS,
    "bool": [True, False],
    "float": [0, 0.5, -1e300, 3],
    "raw": JSON,
    "any": JSON,
    "time": TIMES,
    "microtime": MICRO_TIMES,
    "quantity": QUANTITIES,
    "int-or-string": [0, -5, 2**31 - 1, "", "25%"],
}


def names_of(message: str) -> dict[str, str]:
    """The fields that a message has in JSON, with the names of their own messages."""
    found = {}
    for field in MESSAGES.fields(message):
        if field.inline:
            found.update(names_of(field.type))
        else:
            found[field.name] = field.type
    return found


@hypothesis.settings(max_examples=300)
@hypothesis.given(kind=st.sampled_from(KINDS), choose=st.randoms(use_true_random=False))
def test_objects_come_back_as_json_decoding_leaves_them(
    protobuf: codec.Codec, decoder: godecoding.Decoder, kind: gvk.GroupVersionKind, choose: random.Random
) -> None:
    name = MESSAGES.find(kind)
    assert name is not None
    made = Maker(choose).struct(TYPES.get(name), name, 0)
    decoded = decoder.decode(name, made).obj
    known = names_of(name)  # the Go types may be of a later version than the messages
    obj = {"kind": kind.kind, "apiVersion": kind.api_version} | {key: decoded[key] for key in decoded if key in known}
    found = protobuf.decode(protobuf.encode(obj), kind)
    assert found.kind == kind
    assert without_empty(found.obj) == without_empty(obj)
    assert protobuf.encode(found.obj) == protobuf.encode(obj)


def without_empty(value: Any) -> Any:
    """A value without what protobuf can't tell apart: an empty list, an empty map, nothing at all."""
    if isinstance(value, dict):
        kept = {key: without_empty(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, [], {})}
    return [without_empty(item) for item in value] if isinstance(value, list) else value


@hypothesis.settings(max_examples=300)
@hypothesis.given(kind=st.sampled_from(KINDS), choose=st.randoms(use_true_random=False), data=st.data())
def test_damaged_bodies_are_refused_or_read_but_never_break(
    protobuf: codec.Codec, kind: gvk.GroupVersionKind, choose: random.Random, data: st.DataObject
) -> None:
    name = MESSAGES.find(kind)
    assert name is not None
    message = bytearray(protobuf.message(kind, Maker(choose).struct(TYPES.get(name), name, 0)))
    for _ in range(data.draw(st.integers(1, 3))):
        if message:
            message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(message)))
    body = protobuf.envelope(kind, bytes(message[:cut]))
    with contextlib.suppress(codecs.DecodeError):
        assert protobuf.decode(body, kind).kind == kind
