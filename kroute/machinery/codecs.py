"""JSON bodies: decoded fast, refused in Go's words, encoded.

orjson does the work; what it refuses is looked at once more, because Go's decoder takes some of it (broken UTF-8, lone
surrogates) and says precisely what is wrong with the rest.  Numbers outside 64 bits become floats, as there.
YAML is in `yamldecode` and `yamlencode`; which media type a body has is not known here.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

import orjson

from kroute.machinery import errors, goformat, gvk, jsonsyntax

MAX_DEPTH: Final = jsonsyntax.MAX_DEPTH
SUMMARY_LENGTH: Final = 30
HEAD_TYPE: Final = (
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
)
ESCAPED_BYTES = re.compile("[\udc80-\udcff]")
SURROGATES = re.compile("[\ud800-\udfff]")


class DecodeError(ValueError):
    """A body that cannot be read; the text is Go's, without saying which body it was."""


class NumberError(DecodeError):
    """The body is JSON, but one of its numbers is too large.  `document` is the rest of it, with 0 in that place."""

    def __init__(self, message: str, document: Any) -> None:
        super().__init__(message)
        self.document = document


def decode(data: bytes) -> Any:
    """The JSON document in a body.  Raises DecodeError."""
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError:
        return decode_odd(bytes(data))
    if data.count(b"{") + data.count(b"[") > MAX_DEPTH and too_deep(document):
        raise DecodeError(jsonsyntax.problem(bytes(data)) or jsonsyntax.END)
    return document


def decode_odd(data: bytes) -> Any:
    """A document that orjson refuses: say why, or read it as Go does."""
    problem = jsonsyntax.problem(data)
    if problem is not None:
        raise DecodeError(problem)
    text = ESCAPED_BYTES.sub("\ufffd", data.decode("utf-8", "surrogateescape"))
    large: list[str] = []

    def number(literal: str) -> float:
        value = float(literal)
        if not math.isinf(value):
            return value
        large.append(literal)
        return 0.0

    def integer(literal: str) -> int | float:
        return int(literal) if len(literal) < 19 else number(literal) if len(literal) > 20 else whole(literal)

    document = mended(json.loads(text, parse_float=number, parse_int=integer))
    if large:
        raise NumberError(f"json: cannot unmarshal number {large[0]} into Go value of type float64", document)
    return document


def whole(literal: str) -> int | float:
    value = int(literal)
    return value if -(2**63) <= value < 2**63 else float(value)


def mended(value: Any) -> Any:
    """The value with each lone surrogate replaced, since it has no UTF-8 form."""
    if isinstance(value, str):
        return SURROGATES.sub("\ufffd", value)
    if isinstance(value, list):
        return [mended(item) for item in value]
    if isinstance(value, dict):
        return {mended(key): mended(item) for key, item in value.items()}
    return value


def too_deep(document: Any) -> bool:
    """Whether arrays and objects nest deeper than MAX_DEPTH."""
    level = [document] if isinstance(document, dict | list) else []
    for _ in range(MAX_DEPTH):
        if not level:
            return False
        level = [
            item
            for value in level
            for item in (value.values() if type(value) is dict else value)
            if type(item) is dict or type(item) is list
        ]
    return bool(level)


def encode(document: Any) -> bytes:
    """A document as compact JSON."""
    try:
        return orjson.dumps(document)
    except orjson.JSONEncodeError:
        return encode_odd(document)


def encode_pretty(document: Any) -> bytes:
    """A document as JSON indented by two spaces."""
    try:
        return orjson.dumps(document, option=orjson.OPT_INDENT_2)
    except orjson.JSONEncodeError:
        return encode_odd(document, indent=2)


def encode_odd(document: Any, indent: int | None = None) -> bytes:
    """What orjson does not write: integers beyond 64 bits, lone surrogates, deeper nesting."""
    separators = (",", ": ") if indent else (",", ":")
    text = json.dumps(mended(document), ensure_ascii=False, separators=separators, indent=indent)
    return text.encode("utf-8")


def interpret(document: Any) -> gvk.GroupVersionKind:
    """What a document says it is; unsaid parts are empty.  Raises DecodeError."""
    api_version, kind = "", ""
    if type(document) is dict:
        api_version, kind = document.get("apiVersion", ""), document.get("kind", "")
        if type(api_version) is not str or type(kind) is not str:
            api_version, kind = head_strings(document)
    elif document is not None:
        text = goformat.cannot_unmarshal(document, HEAD_TYPE)
        raise DecodeError(f"couldn't get version/kind; json parse error: {text}")
    try:
        return gvk.GroupVersionKind(*gvk.GroupVersion.parse(api_version), kind)
    except ValueError as error:
        raise DecodeError(str(error)) from None


def head_strings(document: dict[str, Any]) -> tuple[str, str]:
    """apiVersion and kind of a document where one of them is no string; null counts as unsaid."""
    for key, value in document.items():
        if key in ("apiVersion", "kind") and not isinstance(value, str | None):
            text = f"json: cannot unmarshal {goformat.kind(value)} into Go struct field .{key} of type string"
            raise DecodeError(f"couldn't get version/kind; json parse error: {text}")
    return document.get("apiVersion") or "", document.get("kind") or ""


def decode_object(data: bytes) -> tuple[Any, gvk.GroupVersionKind]:
    """A JSON body and what it says it is.

    Raises DecodeError for bodies whose kind cannot be told, NumberError for those whose kind can.
    """
    try:
        document = decode(data)
    except NumberError as error:
        interpret(error.document)
        raise
    except DecodeError as error:
        raise DecodeError(f"couldn't get version/kind; json parse error: {error}") from None
    return document, interpret(document)


def summary(data: bytes) -> str:
    """The beginning of a body, as errors show it: text of a JSON object, else bytes in hexadecimal."""
    if not data:
        return "<empty>"
    head, dots = data[:SUMMARY_LENGTH], " ..." if len(data) > SUMMARY_LENGTH else ""
    return (head.decode("utf-8", "replace") if data[:1] == b"{" else head.hex()) + dots


def unrecognized(kind: str, why: object, data: bytes) -> errors.BadRequest:
    """The error for a body whose kind cannot be told."""
    return errors.BadRequest(f"the object provided is unrecognized (must be of type {kind}): {why} ({summary(data)})")


def cannot_handle(found: gvk.GroupVersionKind, kind: str, why: object) -> errors.BadRequest:
    """The error for a body of a known kind that does not have its form; `kind` is the one wanted."""
    version = goformat.quote(found.version)
    return errors.BadRequest(f"{found.kind} in version {version} cannot be handled as a {kind}: {why}")
