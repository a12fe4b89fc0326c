"""The few pieces of the wire format that are put together by hand: envelopes, lists and watch frames around messages.

What is inside is already encoded, so that a list or a frame of known objects costs no more than joining bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

MAGIC: Final = b"k8s\x00"
NO_CONTENT_TYPE: Final = b"\x1a\x00\x22\x00"  # contentEncoding and contentType, both empty


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, content: bytes) -> bytes:
    """A field that holds text, bytes or a message.  `number` is below 16."""
    return b"%c%b%b" % (number << 3 | 2, varint(len(content)), content)


def envelope_head(api_version: str, kind: str) -> bytes:
    """The beginning of an enveloped object, up to the length of its message."""
    type_meta = field(1, api_version.encode()) + field(2, kind.encode())
    return MAGIC + field(1, type_meta) + b"\x12"


def envelope(head: bytes, message: bytes) -> bytes:
    """A message behind its head: the `Unknown` of apimachinery's runtime package."""
    return b"%b%b%b%b" % (head, varint(len(message)), message, NO_CONTENT_TYPE)


def object_list(metadata: bytes, items: Iterable[bytes]) -> bytes:
    """The message of a list from those of its metadata and items."""
    parts = [field(1, metadata)]
    for item in items:
        parts += (b"\x12", varint(len(item)), item)
    return b"".join(parts)


def frame(event: str, enveloped: bytes) -> bytes:
    """A `WatchEvent` behind its length."""
    message = field(1, event.encode()) + field(2, field(1, enveloped))
    return len(message).to_bytes(4, "big") + message
