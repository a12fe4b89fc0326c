"""Continue tokens: where the next page of a list begins, and of which revision the pages are.

The form is kube-apiserver's, base64 of `{"v":"meta.k8s.io/v1","rv":5,"start":"b\\u0000"}`, because clients have been
seen to look inside.  `start` is relative to the namespace listed.  A revision of -1 stands for the present: such
tokens are given out with the answer that the real one is too old.
Mirrors `k8s.io/apiserver/pkg/storage/continue.go`.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any, NamedTuple

import orjson

from kroute.machinery import errors, goformat

VERSION = "meta.k8s.io/v1"
PRESENT = -1
ALPHABET = re.compile(r"[A-Za-z0-9_-]*")
INVALID = "invalid continue token: continue key is not valid"

TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)


class Token(NamedTuple):
    """`start` is the first key that may follow, below the prefix listed."""

    start: str
    revision: int


class TooOld(errors.Expired):
    """410 for a token whose revision is forgotten; it has a token with which the client can go on in the present."""

    def __init__(self, again: str) -> None:
        super().__init__(TOO_OLD)
        self.again = again

    def status(self) -> dict[str, Any]:
        return super().status() | {"metadata": {"continue": self.again}}


def encode(last_key: str, revision: int) -> str:
    """The token for what follows `last_key` (below the prefix)."""
    return _encode(f"{last_key}\0", revision)


def too_old(token: Token) -> TooOld:
    """The answer to a token whose revision is forgotten."""
    return TooOld(_encode(token.start, PRESENT))


def _encode(start: str, revision: int) -> str:
    body = json.dumps({"v": VERSION, "rv": revision, "start": start}, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(body.encode()).rstrip(b"=").decode()


def decode(text: str) -> Token:
    """Read a token.  Raises BadRequest."""
    content = _read(text)
    version, revision, start = content.get("v") or "", content.get("rv") or 0, content.get("start") or ""
    for name, value, kind in (("v", version, "string"), ("rv", revision, "int64"), ("start", start, "string")):
        if not isinstance(value, str if kind == "string" else int) or isinstance(value, bool):
            problem = goformat.cannot_unmarshal(value, kind).replace(
                "Go value", f"Go struct field continueToken.{name}"
            )
            raise errors.BadRequest(f"{INVALID}: {problem}")
    if version != VERSION:
        raise errors.BadRequest(f"{INVALID}: server does not recognize this encoded version {version}")
    if revision == 0:
        raise errors.BadRequest(f"{INVALID}: incorrect encoded start resourceVersion (version {VERSION})")
    if not start:
        raise errors.BadRequest(f"{INVALID}: encoded start key empty (version {VERSION})")
    if not _is_clean(start.removeprefix("/")):
        raise errors.BadRequest(f"{INVALID}: {start}")
    return Token(start.removeprefix("/"), max(revision, PRESENT))


def _read(text: str) -> dict[str, Any]:
    compact = text.replace("\r", "").replace("\n", "")
    valid = ALPHABET.match(compact)
    good = valid.end() if valid else 0
    if good < len(compact) or len(compact) % 4 == 1:
        wrong = good if good < len(compact) else len(compact) - 1
        raise errors.BadRequest(f"{INVALID}: illegal base64 data at input byte {wrong}")
    data = base64.urlsafe_b64decode(compact + "=" * (-len(compact) % 4))
    try:
        content = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise errors.BadRequest(f"{INVALID}: {_json_problem(data)}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise errors.BadRequest(f"{INVALID}: {goformat.cannot_unmarshal(content, 'storage.continueToken')}")
    return content


def _json_problem(data: bytes) -> str:
    """What Go's JSON reader says against the first byte, where most broken tokens are broken."""
    rest = data.lstrip(b" \t\r\n")
    if not rest or rest[:1] in b'{["tfn-0123456789':
        return "unexpected end of JSON input"
    return f"invalid character {goformat.quote_byte(rest[0])} looking for beginning of value"


def _is_clean(path: str) -> bool:
    """Whether a key names nothing outside of the prefix it is below."""
    return path == "" or not any(segment in ("", ".", "..") for segment in path.split("/"))
