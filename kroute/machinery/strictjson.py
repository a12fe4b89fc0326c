"""Strict field validation of a JSON body: fields that stand there twice, in the order in which the body has them.

`has_duplicates` is the cheap question asked of every write; the paths are only looked for when the answer is yes.
Unknown fields are found by the schema; `messages` puts both sorts into one list as kube-apiserver does.
Mirrors the strict mode of `sigs.k8s.io/json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from kroute.machinery import codecs, goformat

LIMIT: Final = 100
TOKEN = re.compile(rb'[ \t\r\n,:]*+(?:([\[\]{}])|("(?:[^"\\]++|\\.)*+")|[^\[\]{}", \t\r\n:]++)', re.DOTALL)
MEMBER = re.compile(rb'"[ \t\r\n]*+:')
COLON = re.compile(rb"[ \t\r\n]*+:")


def has_duplicates(data: bytes, document: Any) -> bool:
    """Whether a body, whose document this is, says a field twice.

    A body with as many members as its document has no field twice; where that can't be told by counting what looks
    like one, in strings too, it is parsed once more.
    """
    try:
        written = orjson.dumps(document)
        if written == data.rstrip():
            return False
        if b"\\u" not in data and len(MEMBER.findall(data)) == len(MEMBER.findall(written)):
            return False
        found = False

        def pairs(members: list[tuple[str, Any]]) -> None:
            nonlocal found
            found = found or len({name for name, _ in members}) != len(members)

        json.loads(data.decode("utf-8", "replace"), object_pairs_hook=pairs, parse_int=len, parse_float=len)
    except (TypeError, ValueError):  # what only the lenient way reads is looked at in full
        return True
    return found


def duplicates(data: bytes, document: Any) -> list[str]:
    """The paths of fields that stand in the body more than once."""
    if not has_duplicates(data, document):
        return []
    return list(dict.fromkeys(path for path, again in fields(data) if again))[:LIMIT]


def messages(data: bytes, document: Any, unknown: Collection[str] = ()) -> list[str]:
    """`duplicate field "..."` and `unknown field "..."`, in the body's order, each once, at most a hundred.

    `unknown` holds the paths of unknown fields; what is below them is not looked at, and they may stand there twice.
    """
    if not has_duplicates(data, document):
        return [f"unknown field {goformat.quote(path)}" for path in unknown][:LIMIT]
    found: dict[str, None] = {}
    left = dict.fromkeys(unknown)
    skipped: str | None = None
    for path, again in fields(data):
        if skipped is not None and path.startswith(skipped) and path[len(skipped) : len(skipped) + 1] in (".", "["):
            continue
        skipped = None
        if path in left:
            skipped = path
            found[f"unknown field {goformat.quote(path)}"] = None
        elif again:
            found[f"duplicate field {goformat.quote(path)}"] = None
    found |= dict.fromkeys(f"unknown field {goformat.quote(path)}" for path in left)
    return list(found)[:LIMIT]


@dataclass(slots=True)
class Level:
    """An array or object that is open: its path, the names it has had, the index of the next item."""

    path: str
    array: bool
    seen: set[str] = field(default_factory=set)
    name: str = ""
    index: int = 0

    def child(self) -> str:
        """The path of the value that comes next."""
        if not self.array:
            return self.name
        self.index += 1
        return f"{self.path}[{self.index - 1}]"

    def key(self, name: str) -> tuple[str, bool]:
        """Take the name of the next member; says its path, and whether it was there before."""
        again = name in self.seen
        self.seen.add(name)
        self.name = f"{self.path}.{name}" if self.path else name
        return self.name, again


def fields(data: bytes) -> Iterator[tuple[str, bool]]:
    """Every field of a valid JSON text in order: its path, and whether its object had that name before."""
    levels: list[Level] = []
    for token in TOKEN.finditer(data):
        bracket = token[1]
        if bracket in (b"{", b"["):
            levels.append(Level(levels[-1].child() if levels else "", bracket == b"["))
        elif bracket:
            levels.pop()
        elif levels and token[2] and not levels[-1].array and COLON.match(data, token.end()):
            yield levels[-1].key(text_of(token[2]))
        elif levels and levels[-1].array:
            levels[-1].index += 1


def text_of(literal: bytes) -> str:
    """The text that a JSON string means."""
    if b"\\" not in literal and literal.isascii():
        return literal[1:-1].decode("ascii")
    return str(codecs.decode(literal))
