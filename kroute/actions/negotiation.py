"""Which media type an answer has, and which one a body has: Accept and Content-Type.

There are two readings of Accept, one after the other: the one of go-restful, kube-apiserver's router, which compares
names only (built-in kinds alone pass through it), and that of the handlers, with parameters, wildcards and q-values.
Both have their own words.  Headers repeat all the time, so each endpoint remembers what it made of them.
Mirrors `k8s.io/apiserver/pkg/endpoints/handlers/negotiation`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from kroute.actions import media
from kroute.machinery import errors

META_VERSIONS = ("v1", "v1beta1")
CONVERSIONS = ("Table", "PartialObjectMetadata", "PartialObjectMetadataList")
REMEMBERED = 256
"""How many different Accept headers an endpoint remembers."""

HUMANS = ("curl", "Wget", "Mozilla/5.0")
"""How the User-Agent of clients begins whose users read the answer themselves."""


class Clause(NamedTuple):
    """One media range of an Accept header."""

    type: str
    subtype: str
    params: Mapping[str, str]
    q: float = 1.0


class Output(NamedTuple):
    """What a client wants.  `convert` is a kind of meta.k8s.io to show the object as, with its version; "" for none."""

    codec: media.Codec
    convert: str = ""
    version: str = ""
    pretty: bool = False


def parse_accept(header: str) -> list[Clause]:
    """The media ranges of an Accept header, the preferred ones first; what can't be read is left out."""
    found = []
    for part in header.split(","):
        media_range, *parameters = part.strip().split(";")
        kind, *rest = media_range.split("/")
        subtype = rest[0].strip() if len(rest) == 1 else "*" if not rest and kind.strip() == "*" else None
        if subtype is None:
            continue
        params, q = {}, 1.0
        for parameter in parameters:
            key, *values = parameter.split("=")
            if len(values) != 1:
                continue
            if key.strip() == "q":
                q = _quality(values[0])
            else:
                params[key.strip()] = values[0].strip()
        found.append(Clause(kind.strip(), subtype, params, q))
    found.sort(key=lambda clause: (-clause.q, clause.type == "*", clause.subtype == "*"))
    return found


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


class Negotiator:
    """Negotiates for one endpoint.

    `produces`: the media types that go-restful looks for, None where it isn't in the way (custom resources).
    `tables`: the endpoint can make tables.  `custom`: its objects are of no built-in kind, so that some codecs can't
    write them."""

    def __init__(
        self, codecs: media.Codecs, *, produces: Sequence[str] | None = None, tables: bool = True, custom: bool = True
    ) -> None:
        self._codecs = codecs
        self._produces = produces
        self._tables = tables
        self._custom = custom
        self._outputs: dict[str, Output | errors.APIError] = {"": Output(codecs.first)}
        self._streams: dict[str, Output | errors.APIError] = {}
        self._errors: dict[str, Output | None] = {}
        self._types = [(*_halves(codec.media_type), codec) for codec in codecs]

    def output(self, accept: str) -> Output:
        """The output for an Accept header ("" for none).  Raises NotAcceptable."""
        found = self._outputs.get(accept)
        if found is None:
            found = _remember(self._outputs, accept, self._output(accept))
        if isinstance(found, errors.APIError):
            raise errors.NotAcceptable(found.message, details=found.details)
        return found

    def stream(self, accept: str) -> Output:
        """The output for the events of a watch, once `output` has found one.  Raises NotAcceptable."""
        found = self._streams.get(accept)
        if found is None:
            found = _remember(self._streams, accept, self._stream(accept))
        if isinstance(found, errors.APIError):
            raise errors.NotAcceptable(found.message)
        return found

    def error(self, accept: str) -> Output | None:
        """The output for a Status; see `error_output`."""
        if accept not in self._errors:
            if len(self._errors) >= REMEMBERED:
                self._errors.clear()
            self._errors[accept] = error_output(self._codecs, accept)
        return self._errors[accept]

    def _output(self, accept: str) -> Output | errors.APIError:
        if self._produces is not None and not _named(accept, self._produces):
            available = ", ".join(self._produces)
            return errors.NotAcceptable(f"406: Not Acceptable\n\nAvailable representations: {available}", details={})
        return self._match(accept, self._allows) or not_acceptable(self._codecs.media_types)

    def _stream(self, accept: str) -> Output | errors.APIError:
        found = self._match(accept, self._allows) if accept else Output(self._codecs.first)
        if found is None or not found.codec.streams:
            return not_acceptable(self._codecs.stream_types)
        return found

    def _match(self, accept: str, allows: Callable[[media.Codec, str, str, str], bool]) -> Output | None:
        for clause in parse_accept(accept):
            for kind, subtype, codec in self._types:
                if clause.type not in (kind, "*") or clause.subtype not in (subtype, "*"):
                    continue
                if clause.type == "*" and clause.subtype != "*":
                    continue
                found = _with_parameters(codec, clause.params, allows)
                if found is not None:
                    return found
        return None

    def _allows(self, codec: media.Codec, convert: str, group: str, version: str) -> bool:
        if not (convert or group or version):
            return codec.custom or not self._custom
        if group != "meta.k8s.io" or version not in META_VERSIONS or convert not in CONVERSIONS:
            return False
        return convert != "Table" or (self._tables and codec.tables)


def _halves(media_type: str) -> tuple[str, str]:
    kind, _, subtype = media_type.partition("/")
    return kind, subtype


def error_output(codecs: media.Codecs, accept: str) -> Output | None:
    """The output for a Status; None when the client takes none of the codecs, and is answered in JSON all the same."""
    if not accept:
        return Output(codecs.first)
    for clause in parse_accept(accept):
        if "as" in clause.params or "g" in clause.params or "v" in clause.params:
            continue
        for codec in codecs:
            kind, _, subtype = codec.media_type.partition("/")
            fits = (clause.type, clause.subtype) in ((kind, subtype), (kind, "*"), ("*", "*"))
            if fits and not clause.params.get("sv") and clause.params.get("stream", "watch") in ("", "watch"):
                return Output(codec, pretty=clause.params.get("pretty") == "1")
    return None


def _with_parameters(
    codec: media.Codec, params: Mapping[str, str], allows: Callable[[media.Codec, str, str, str], bool]
) -> Output | None:
    stream, server_version = params.get("stream"), params.get("sv")
    if stream and (stream != "watch" or not codec.streams):
        return None
    if server_version and server_version != "v1":
        return None
    convert, group, version = params.get("as", ""), params.get("g", ""), params.get("v", "")
    if "as" in params or "g" in params or "v" in params:
        if not convert or not allows(codec, convert, group, version):
            return None
    elif not allows(codec, "", "", ""):
        return None
    return Output(codec, convert, version, params.get("pretty") == "1")


def _remember(
    memory: dict[str, Output | errors.APIError], accept: str, found: Output | errors.APIError
) -> Output | errors.APIError:
    if len(memory) >= REMEMBERED:
        memory.clear()
    memory[accept] = found
    return found


def _named(accept: str, names: Collection[str]) -> bool:
    """Whether any media range of the header is `*/*` or one of the names, parameters aside: go-restful's reading."""
    for part in accept.split(","):
        name = part.partition(";")[0].strip()
        if name == "*/*" or name in names:
            return True
    return False


def not_acceptable(accepted: Sequence[str]) -> errors.NotAcceptable:
    return errors.NotAcceptable(f"only the following media types are accepted: {', '.join(accepted)}")


def unsupported(accepted: Sequence[str]) -> errors.UnsupportedMediaType:
    return errors.UnsupportedMediaType(
        "the body of the request was in an unknown format - accepted media types include: " + ", ".join(accepted)
    )


def body_codec(codecs: media.Codecs, content_type: str | None) -> media.Codec:
    """The codec for a body.  Raises UnsupportedMediaType."""
    if not content_type:
        return codecs.first
    codec = codecs.find(content_type)
    if codec is None:
        codec = codecs.find(_media_type(content_type))
    if codec is None:
        raise unsupported(codecs.media_types)
    return codec


def _media_type(content_type: str) -> str:
    """The media type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def is_pretty(pretty: Sequence[str] | None, user_agent: str) -> bool:
    """Whether the answer is to be laid out for humans: `pretty=` says so, else the client is known to be one's tool."""
    if pretty and pretty[0]:
        return pretty[0] in ("1", "t", "T", "TRUE", "true", "True")
    return user_agent.startswith(HUMANS)
