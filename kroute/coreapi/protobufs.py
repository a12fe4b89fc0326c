"""Protobuf as a media type of the server: the codec of `kroute.protobuf` in the form that actions take.

Only built-in kinds have it, and Tables don't: negotiation passes it over for those.
"""

from __future__ import annotations

from kroute.actions import media
from kroute.machinery import gvk, objects
from kroute.protobuf import codec


class ProtobufCodec:
    """A media.Codec."""

    media_type = codec.MEDIA_TYPE
    streams = True
    text = custom = tables = False

    def __init__(self, messages: codec.Codec) -> None:
        self._messages = messages

    def encode(self, obj: objects.Object, *, pretty: bool = False) -> bytes:
        """The object as a whole body; there is no prettier one.  Raises NotAcceptable."""
        return self._messages.encode(obj)

    def frame(self, kind: str, obj: objects.Object) -> bytes:
        return self._messages.encode_watch_frame(kind, obj)

    def decode(self, body: bytes, expected: gvk.GroupVersionKind) -> media.Document:
        obj, kind = self._messages.decode(body, expected)
        return media.Document(obj, kind, body)

    def inspect(self, document: media.Document) -> media.Strictness:
        """Nothing: unknown fields have no names here, and repeated ones are allowed."""
        return media.Strictness()
