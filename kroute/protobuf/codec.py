"""The codec of `application/vnd.kubernetes.protobuf`: enveloped objects to and from the dicts that JSON gives.

An envelope is four bytes and an `Unknown` message with apiVersion, kind and the object's own message.  Errors are those
of `kroute.machinery.codecs`, with Go's texts.  Mirrors `k8s.io/apimachinery/pkg/runtime/serializer/protobuf`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from kroute.machinery import codecs, errors, gvk, objects
from kroute.protobuf import descriptors, explaining, reading, table, wire, writing
from kroute.schema import gotypes

MEDIA_TYPE: Final = "application/vnd.kubernetes.protobuf"
UNKNOWN: Final = "runtime.Unknown"
LIST_META: Final = "meta.v1.ListMeta"
NO_MAGIC: Final = "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"


class Decoded(NamedTuple):
    """An object and what its envelope says it is, with unsaid parts filled in from what was expected.

    The object is empty but for kind and apiVersion when it is of a kind that has no message."""

    obj: objects.Object
    kind: gvk.GroupVersionKind


class Codec:
    """Reads and writes objects of the built-in kinds.  Making one is cheap; the first body brings in the library."""

    def __init__(self, types: gotypes.Types) -> None:
        """Raises descriptors.MissingProtobuf when the optional package is not installed."""
        descriptors.check()
        self._table = table.Table.load()
        self._types = types
        self._loaded: _Messages | None = None
        self._heads: dict[tuple[str, str], bytes] = {}

    @property
    def _messages(self) -> _Messages:
        if self._loaded is None:
            self._loaded = _Messages(self._table, self._types)
        return self._loaded

    def knows(self, kind: gvk.GroupVersionKind) -> bool:
        """Whether objects of the kind have a form in protobuf."""
        return self._table.find(kind) is not None

    def decode(self, body: bytes, expected: gvk.GroupVersionKind) -> Decoded:
        """The object in a body; `expected` fills in the kind and version that it doesn't say.

        Raises codecs.DecodeError when it can't be told what the body is, codecs.NumberError (whose document has kind
        and apiVersion) when its message is malformed.
        """
        head = self._open(body)
        kind = complete(head, expected)
        obj: objects.Object = {"kind": kind.kind, "apiVersion": kind.api_version}
        name = self._table.find(kind)
        if name is not None:
            try:
                found = self._messages.read(name, head.raw)
            except codecs.DecodeError as error:
                raise codecs.NumberError(str(error), obj) from error
            found.pop("kind", None)
            found.pop("apiVersion", None)
            obj |= found
        return Decoded(obj, kind)

    def read(self, body: bytes, expected: gvk.GroupVersionKind) -> Decoded:
        """As `decode`, for callers without texts of their own.  Raises errors.BadRequest."""
        try:
            return self.decode(body, expected)
        except codecs.NumberError as error:
            raise codecs.cannot_handle(codecs.interpret(error.document), expected.kind, error) from error
        except codecs.DecodeError as error:
            raise codecs.unrecognized(expected.kind, error, body) from error

    def _open(self, body: bytes) -> Any:
        """The envelope of a body.  Raises DecodeError."""
        if not body:
            raise codecs.DecodeError("empty data")
        if not body.startswith(wire.MAGIC):
            raise codecs.DecodeError(NO_MAGIC)
        if len(body) == len(wire.MAGIC):
            raise codecs.DecodeError("empty body")
        return self._messages.parse(UNKNOWN, body[len(wire.MAGIC) :])

    def message(self, kind: gvk.GroupVersionKind, obj: objects.Object) -> bytes:
        """The object's own message, which lists hold.  Raises NotAcceptable for a kind without one."""
        return self._messages.write(self._name(kind), obj)

    def envelope(self, kind: gvk.GroupVersionKind, message: bytes) -> bytes:
        """A body from an object's message."""
        key = kind.api_version, kind.kind
        head = self._heads.get(key)
        if head is None:
            head = self._heads[key] = wire.envelope_head(*key)
        return wire.envelope(head, message)

    def encode(self, obj: objects.Object) -> bytes:
        """The object as a body.  Raises NotAcceptable for a kind that has no form in protobuf."""
        kind = codecs.interpret(obj)
        return self.envelope(kind, self.message(kind, obj))

    def encode_list(
        self, kind: gvk.GroupVersionKind, metadata: Mapping[str, Any], items: Iterable[objects.Object]
    ) -> bytes:
        """A body with a list; `kind` is the list's, `metadata` its ListMeta.  Raises NotAcceptable."""
        item = self._table.fields(self._name(kind))[1].type
        content = [self._messages.write(item, obj) for obj in items]
        return self.envelope(kind, wire.object_list(self._messages.write(LIST_META, dict(metadata)), content))

    def encode_watch_frame(self, event: str, obj: objects.Object) -> bytes:
        """An event (`ADDED`, ...) as a frame of a watch.  Raises NotAcceptable."""
        return wire.frame(event, self.encode(obj))

    def _name(self, kind: gvk.GroupVersionKind) -> str:
        name = self._table.find(kind)
        if name is None:
            raise errors.NotAcceptable(
                f"object {kind.api_version}, Kind={kind.kind} does not implement the protobuf marshalling interface "
                "and cannot be encoded to a protobuf message"
            )
        return name


class _Messages:
    """Everything that is compiled from the table."""

    def __init__(self, messages: table.Table, types: gotypes.Types) -> None:
        self._table = messages
        self._classes = descriptors.Classes(messages)
        self._reader = reading.Reader(messages, types)
        self._writer = writing.Writer(messages)

    def parse(self, name: str, data: bytes) -> Any:
        """A message.  Unknown fields are skipped; raises DecodeError for what Go refuses."""
        from google.protobuf import message

        try:
            found = self._classes.get(name).FromString(data)
        except message.DecodeError:
            problem = explaining.problem(self._table, name, data)
            raise codecs.DecodeError(problem or "proto: cannot parse invalid wire-format data") from None
        size = found.ByteSize()
        found.DiscardUnknownFields()
        if found.ByteSize() != size:  # a known field of the wrong wire type is unknown to the library
            problem = explaining.problem(self._table, name, data)
            if problem is not None:
                raise codecs.DecodeError(problem)
        return found

    def read(self, name: str, data: bytes) -> objects.Object:
        """The JSON value of a message.  Raises DecodeError."""
        found = self.parse(name, data)
        try:
            obj: objects.Object = self._reader.get(name)(found)
        except UnicodeDecodeError:
            raise codecs.DecodeError("proto: string field contains invalid UTF-8") from None
        return obj

    def write(self, name: str, obj: objects.Object) -> bytes:
        fields = self._writer.get(name)(obj)
        return self._classes.get(name)(**fields).SerializeToString(deterministic=True)


def complete(head: Any, expected: gvk.GroupVersionKind) -> gvk.GroupVersionKind:
    """What an envelope says its object is, unsaid parts filled in; an apiVersion that is none counts as unsaid."""
    try:
        found = gvk.GroupVersion.parse(head.typeMeta.apiVersion)
    except ValueError:
        found = gvk.GroupVersion("", "")
    if not found.version:
        found = expected.group_version
    return gvk.GroupVersionKind(found.group, found.version, head.typeMeta.kind or expected.kind)
