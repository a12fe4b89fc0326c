"""Codecs: how objects are written and read in one media type, and the registry of those a server has.

JSON and YAML are here; the core API adds protobuf.  A codec knows no kinds: it gives and takes plain objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from kroute.machinery import codecs, gvk, objects, strictjson, yamldecode, yamlencode


class Document(NamedTuple):
    """A body as it was read: any JSON value, and the type that it says it is (parts that it leaves out are empty)."""

    value: objects.JSON
    kind: gvk.GroupVersionKind
    body: bytes


class Strictness(NamedTuple):
    """What strict decoding complains about beside unknown fields.

    `duplicates` are the paths of fields that are in the body twice; `texts` are whole complaints."""

    duplicates: Sequence[str] = ()
    texts: Sequence[str] = ()


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

    def decode(self, body: bytes, expected: gvk.GroupVersionKind) -> Document:
        """Read a body that is expected to be of a kind but may say otherwise.

        Raises `codecs.DecodeError` when it can't be told what the body is, `codecs.NumberError` when only that can."""
        ...

    def inspect(self, document: Document) -> Strictness:
        """Look at a body strictly, once it has been read."""
        ...


class JSONCodec:
    """JSON; kube-apiserver ends its documents with a line feed, and so do we."""

    media_type = "application/json"
    streams = text = custom = tables = True

    def encode(self, obj: objects.Object, *, pretty: bool = False) -> bytes:
        return (codecs.encode_pretty(obj) if pretty else codecs.encode(obj)) + b"\n"

    def frame(self, kind: str, obj: objects.Object) -> bytes:
        return b'{"type":"%b","object":%b}\n' % (kind.encode(), codecs.encode(obj))

    def decode(self, body: bytes, expected: gvk.GroupVersionKind) -> Document:
        value, kind = codecs.decode_object(body)
        return Document(value, kind, body)

    def inspect(self, document: Document) -> Strictness:
        return Strictness(strictjson.duplicates(document.body, document.value))


class YAMLCodec:
    """YAML, laid out as Go's library does."""

    media_type = "application/yaml"
    streams = False
    text = custom = tables = True

    def encode(self, obj: objects.Object, *, pretty: bool = False) -> bytes:
        return yamlencode.encode(obj)

    def frame(self, kind: str, obj: objects.Object) -> bytes:
        raise NotImplementedError("YAML is no format of a watch")

    def decode(self, body: bytes, expected: gvk.GroupVersionKind) -> Document:
        try:
            value = yamldecode.decode(body)
        except yamldecode.YAMLError as error:
            raise codecs.DecodeError(str(error)) from error
        return Document(value, codecs.interpret(value), body)

    def inspect(self, document: Document) -> Strictness:
        repeated = yamldecode.duplicates(document.body)
        return Strictness(texts=[yamldecode.strict_error(repeated)] if repeated else ())


class Codecs:
    """The codecs of a server in order of preference; the first one is used where a client doesn't care."""

    def __init__(self, known: Sequence[Codec]) -> None:
        if not known:
            raise ValueError("a server needs at least one codec")
        self._codecs = tuple(known)
        self._by_type = {codec.media_type: codec for codec in known}
        self.media_types = tuple(codec.media_type for codec in known)
        self.stream_types = tuple(f"{codec.media_type};stream=watch" for codec in known if codec.streams)

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
