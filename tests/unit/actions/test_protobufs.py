"""Bodies in protobuf where the actions read and write them."""

from __future__ import annotations

import pytest

from kroute.actions import decoding, media, protobufs
from kroute.kinds import mounting
from kroute.machinery import errors, gvk
from kroute.schema import godecoding, gotypes, structural

CONFIG_MAP = gvk.GroupVersionKind("", "v1", "ConfigMap")
TYPES = gotypes.Types.load()
OBJ = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "a"}, "data": {"k": "v"}}


@pytest.fixture(scope="module")
def protobuf() -> media.Codec:
    return protobufs.ProtobufCodec(TYPES)


@pytest.fixture(scope="module")
def reader() -> decoding.ObjectReader:
    representation = mounting.Representation(
        kind=CONFIG_MAP,
        storage_kind=CONFIG_MAP,
        list_kind="ConfigMapList",
        schema=structural.Structural(type="object"),
        typed=True,
    )
    return decoding.ObjectReader(representation, godecoding.Decoder(TYPES))


def test_an_object_is_read_from_a_body(protobuf: media.Codec, reader: decoding.ObjectReader) -> None:
    read = reader.read(protobuf, protobuf.encode(OBJ), strictly=True)
    assert read.obj == OBJ
    assert read.kind == CONFIG_MAP
    assert not read.strict


@pytest.mark.parametrize(
    "body, text",
    [
        (b"", "the object provided is unrecognized (must be of type ConfigMap): empty data (<empty>)"),
        (
            b"k8s\x00\n\x0f\n\x02v1\x12\tConfigMap\x12\x02\n\x05",
            'ConfigMap in version "v1" cannot be handled as a ConfigMap: unexpected EOF',
        ),
        (
            b"k8s\x00\n\x0b\n\x02v1\x12\x05Gizmo\x12\x00",
            'Gizmo in version "v1" cannot be handled as a ConfigMap: no kind "Gizmo" is registered for version "v1"',
        ),
    ],
)
def test_bodies_that_are_no_such_object_are_refused(
    protobuf: media.Codec, reader: decoding.ObjectReader, body: bytes, text: str
) -> None:
    with pytest.raises(errors.BadRequest) as caught:
        reader.read(protobuf, body, strictly=False)
    assert caught.value.message.startswith(text)


def test_a_frame_of_a_watch_begins_with_its_length(protobuf: media.Codec) -> None:
    frame = protobuf.frame("DELETED", OBJ)
    assert int.from_bytes(frame[:4], "big") == len(frame) - 4
    assert protobuf.encode(OBJ) in frame
