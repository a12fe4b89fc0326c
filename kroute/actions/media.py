"""Codecs: how objects are written and read in one media type, and the registry of those a server has.

JSON and YAML are here; the core API adds protobuf.  A codec knows no kinds: it gives and takes plain objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from kroute.machinery import gvk, objects


class DecodeError(ValueError):
    """A body that is not in the codec's format; the text is kube-apiserver's."""


class Document(NamedTuple):
    """A body as it was read.

    `value` is any JSON value.  `duplicates` are the paths of fields that were there twice (`spec.size`), in order;
    `strict` what else strict decoding complains about, in whole texts.
    """

    value: objects.JSON
    duplicates: Sequence[str] = ()
    strict: Sequence[str] = ()


class Codec(Protocol):
    """One media type.

    `streams`: it can be the format of a watch.  `text`: its watch frames are text.  `custom`: it has a form for objects
    of any kind, not only for built-in ones; `tables`: it has one for Tables.
    """

    media_type: str
    streams: bool
    text: bool
    custom: bool
    tables: bool

    def encode(self, obj: objects.Object, *, pretty: bool = False) -> bytes:
        """The object as a whole body."""
        ...

    def frame(self, kind: str, obj: objects.Object) -> bytes:
        """A watch event of type `kind` as a frame of the stream."""
        ...

    def decode(self, body: bytes, default: gvk.GroupVersionKind) -> Document:
        """Read a body; `default` is what it is expected to be.  Raises DecodeError."""
        ...


class Codecs:
    """The codecs of a server in order of preference; the first one is used where a client doesn't care."""

    def __init__(self, codecs: Sequence[Codec]) -> None:
        if not codecs:
            raise ValueError("a server needs at least one codec")
        self._codecs = tuple(codecs)
        self._by_type = {codec.media_type: codec for codec in codecs}
        self.media_types = tuple(codec.media_type for codec in codecs)
        self.stream_types = tuple(f"{codec.media_type};stream=watch" for codec in codecs if codec.streams)

    def __iter__(self) -> Iterator[Codec]:
        return iter(self._codecs)

    @property
    def first(self) -> Codec:
        return self._codecs[0]

    def find(self, media_type: str) -> Codec | None:
        return self._by_type.get(media_type)

    def with_codec(self, codec: Codec) -> Codecs:
        """These codecs and one more."""
        return Codecs((*self._codecs, codec))
