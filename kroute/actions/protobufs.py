"""The protobuf codec: built-in kinds in `application/vnd.kubernetes.protobuf`.

It has no form for custom resources, nor for Tables; clients that can do without say so in their Accept header.
"""

from __future__ import annotations

from kroute.actions import media
from kroute.machinery import gvk, objects
from kroute.protobuf import codec
from kroute.schema import gotypes


class ProtobufCodec:
    """Raises descriptors.MissingProtobuf when the optional package is not installed."""

    media_type = codec.MEDIA_TYPE
    streams = True
    text = custom = tables = False

    def __init__(self, types: gotypes.Types) -> None:
        self._codec = codec.Codec(types)

    def encode(self, obj: objects.Object, *, pretty: bool = False) -> bytes:
        return self._codec.encode(obj)

    def frame(self, kind: str, obj: objects.Object) -> bytes:
        return self._codec.encode_watch_frame(kind, obj)

    def decode(self, body: bytes, expected: gvk.GroupVersionKind) -> media.Document:
        found = self._codec.decode(body, expected)
        return media.Document(found.obj, found.kind, body)

    def inspect(self, document: media.Document) -> media.Strictness:
        """Unknown fields of protobuf are no mistake."""
        return media.Strictness()
