"""Regular expressions of schemas, with the meaning that Go gives them.

RE2 is used where it is installed (extra `kroute[server]`): it is Go's own syntax and its time is linear, so a pattern
from somebody else's CRD can't stall the server.  Without it Python's `re` does, with the few differences translated.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

try:
    re2: Any = importlib.import_module("re2")
except ImportError:
    re2 = None

ATOM = re.compile(r"\\.|\[(?:\^?\]|\^)?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|.", re.DOTALL)
POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "digit": "0-9",
    "lower": "a-z",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": r"0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
PYTHON_ONLY = re.compile(r"\(\?(?:=|!|<=|<!|\(|>|P=)|\\[1-9]|[*+?}]\+")

# what RE2 says, in Go's words
OF_THE_WHOLE = {"missing )": "missing closing )", "unexpected )": "unexpected )"}
GO_WORDS = {
    "missing ]": "missing closing ]",
    "bad repetition operator": "invalid nested repetition operator",
    "no argument for repetition operator": "missing argument to repetition operator",
    "invalid named capture group": "invalid named capture",
    "invalid repetition size": "invalid repeat count",
    "invalid perl operator": "invalid or unsupported Perl syntax",
}


class Pattern(Protocol):
    """A compiled pattern.

    `search` says whether it is found anywhere in the text; `found` are the pieces of text that it is found in, as Go's
    FindAllString has them, at most `limit` of them (-1: all)."""

    @property
    def pattern(self) -> str: ...

    def search(self, text: str, /) -> object: ...

    def found(self, text: str, limit: int = -1, /) -> list[str]: ...


class Exact:
    """A Go pattern run by RE2, on bytes: that saves it the counting of characters."""

    __slots__ = ("find", "iterate", "pattern")

    def __init__(self, pattern: str, compiled: Any) -> None:
        self.pattern = pattern
        self.find, self.iterate = compiled.search, compiled.finditer

    def search(self, text: str, /) -> object:
        return self.find(text.encode("utf-8", "surrogatepass"))

    def found(self, text: str, limit: int = -1, /) -> list[str]:
        pieces = apart(self.iterate(text.encode("utf-8", "surrogatepass")), limit)
        return [piece.decode("utf-8", "surrogatepass") for piece in pieces]


class Translated:
    """A Go pattern run by Python's `re`."""

    __slots__ = ("iterate", "pattern", "search")

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        compiled = re.compile(to_python(pattern), re.ASCII)
        self.search, self.iterate = compiled.search, compiled.finditer

    def found(self, text: str, limit: int = -1, /) -> list[str]:
        return list(apart(self.iterate(text), limit))


def apart(found: Iterable[Any], limit: int) -> Iterator[Any]:
    """What was found, without empty pieces right after others."""
    end = -1
    for each in found:
        if limit == 0:
            return
        if each.start() == each.end() == end:
            continue
        end, limit = each.end(), limit - 1
        yield each.group(0)


def compiled(pattern: str) -> Pattern:
    """Compile a pattern in Go's syntax; raises ValueError with the reason when it is none."""
    if re2 is not None:
        options = re2.Options()
        options.log_errors = False
        try:
            return Exact(pattern, re2.compile(pattern.encode("utf-8", "surrogatepass"), options))
        except re2.error as error:
            raise ValueError(reason(error, pattern)) from error
    if PYTHON_ONLY.search(pattern):
        raise ValueError("invalid or unsupported Perl syntax")
    try:
        return Translated(pattern)
    except re.error as error:
        raise ValueError(str(error)) from error


def reason(error: Any, pattern: str) -> str:
    text = error.args[0] if error.args else ""
    said = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    what, _, where = said.partition(": ")
    if what in OF_THE_WHOLE:
        return f"{OF_THE_WHOLE[what]}: `{pattern}`"
    if said.startswith("trailing \\"):
        what, where = "trailing backslash at end of expression", ""
    return f"{GO_WORDS.get(what, what)}: `{where}`"


def to_python(pattern: str) -> str:
    """The same pattern for `re`: `$` and `\\z` mean the very end, POSIX classes are spelled out."""
    return "".join(translate(atom) for atom in ATOM.findall(pattern))


def translate(atom: str) -> str:
    if atom in ("$", r"\z"):
        return r"\Z"
    if atom.startswith("[") and len(atom) > 1:
        return re.sub(r"\[:(\w+):\]", lambda found: POSIX.get(found[1], found[0]), atom)
    return atom
