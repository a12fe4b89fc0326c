"""Reads the JSONPath of `jsonpath` into nodes; errors are client-go's.  Used by `jsonpath` only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from kroute.machinery import goformat

FIELD = re.compile(r"(?:\\.|[^ \t\r\n.,\[\]$@{}\\])*\\?", re.DOTALL)
WORD = re.compile(r"[^ \t\r\n.,\[\]$@{}]+")
NUMBER = re.compile(r"[+-]?[\d.]*")
INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
DICT_KEY = re.compile(r"'([^']*)'")
INDEX = re.compile(r"(-?[0-9]*)(:-?[0-9]*)?(:-?[0-9]*)?")
COMPARISON = re.compile(r"([^!<>=]+)([!<>=]+)(.+)")
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[abfnrtv\\'\"])")
ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class JSONPathError(ValueError):
    """A path that cannot be read, or an object that does not fit it."""


@dataclass(frozen=True, slots=True)
class Field:
    """A key of an object."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A quoted text, a number or a boolean."""

    value: Any


@dataclass(frozen=True, slots=True)
class Slice:
    """Items of a list; `single` when only an index was written."""

    first: int | None
    last: int | None
    step: int | None
    single: bool


@dataclass(frozen=True, slots=True)
class Wildcard:
    """All that is in an object or list."""


@dataclass(frozen=True, slots=True)
class Recursive:
    """All that is below."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A bare word; none has a meaning in a path."""

    name: str


@dataclass(frozen=True, slots=True)
class Union:
    """Several paths from the same place."""

    branches: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """Items of a list for which `left operator right` holds, or `left` finds something (operator `exists`)."""

    left: tuple[Node, ...]
    operator: str
    right: tuple[Node, ...]


Node: TypeAlias = Field | Constant | Slice | Wildcard | Recursive | Identifier | Union | Filter


def parse(path: str) -> tuple[Node, ...]:
    """The nodes of a path without braces.  Raises JSONPathError."""
    return tuple(Parser(path).parse())


class Parser:
    """Reads one path from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.nodes: list[Node] = []

    def parse(self) -> Sequence[Node]:
        while self.position < len(self.text) and self.text[self.position] != "}":
            self.next_node()
        return self.nodes

    def next_node(self) -> None:
        rest, char = self.text[self.position : self.position + 3], self.text[self.position]
        if rest == "[?(":
            self.filter()
        elif rest.startswith(".."):
            self.recursive()
        elif char in "\r\n":
            raise JSONPathError("unclosed action")
        elif char in " @$":
            self.position += 1
        elif char == "[":
            self.array()
        elif char in "\"'":
            self.quoted(char)
        elif char == ".":
            self.position += 1
            self.field()
        elif char in "+-" or char.isdigit():
            self.number()
        elif char == "_" or char.isalpha():
            self.word()
        else:
            raise JSONPathError(f"unrecognized character in action: {goformat.code_point(char)}")

    def take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.position)
        taken = found[0] if found else ""
        self.position += len(taken)
        return taken

    def until(self, end: str, problem: str) -> str:
        """The text up to `end` on the same line, and past it."""
        at, line = self.text.find(end, self.position), self.text.find("\n", self.position)
        if at < 0 or 0 <= line < at:
            raise JSONPathError(problem)
        taken = self.text[self.position : at]
        self.position = at + len(end)
        return taken

    def field(self) -> None:
        name = self.take(FIELD)
        self.nodes.append(Wildcard() if name == "*" else Field(name.replace("\\", "")))

    def word(self) -> None:
        word = self.take(WORD)
        self.nodes.append(Constant(word == "true") if word in ("true", "false") else Identifier(word))

    def recursive(self) -> None:
        if self.nodes and isinstance(self.nodes[-1], Recursive):
            raise JSONPathError("invalid multiple recursive descent")
        self.position += 2
        self.nodes.append(Recursive())
        following = self.text[self.position : self.position + 1]
        if following == "_" or following.isalnum():
            self.field()

    def number(self) -> None:
        text = self.take(NUMBER)
        try:
            self.nodes.append(Constant(int(text) if INTEGER.fullmatch(text) else float(text)))
        except ValueError:
            raise JSONPathError(f"cannot parse number {text}") from None

    def quoted(self, end: str) -> None:
        start = self.position
        self.position += 1
        self.until(end, "unterminated quoted string")
        while self.text[self.position - 2] == "\\":
            self.until(end, "unterminated quoted string")
        self.nodes.append(Constant(unquoted(self.text[start + 1 : self.position - 1])))

    def array(self) -> None:
        self.position += 1
        text = self.until("]", "unterminated array")
        if "," in text:
            branches = [parse(f"[{part.strip(' ')}]") for part in text.split(",")]
            self.nodes.append(Union(tuple(branches)))
            return
        key = DICT_KEY.fullmatch(text)
        if key:
            self.nodes += parse(f".{key[1]}")
        else:
            self.nodes.append(slice_of(":" if text == "*" else text))

    def filter(self) -> None:
        text = self.condition()
        parts = COMPARISON.fullmatch(text)
        if parts is None:
            self.nodes.append(Filter(parse(text), "exists", ()))
        else:
            self.nodes.append(Filter(parse(parts[1]), parts[2], parse(parts[3])))

    def condition(self) -> str:
        """The text in `[?(...)]`; a parenthesis in quotes does not end it."""
        self.position += 3
        start, pair, closed = self.position, "", False
        while True:
            char = self.text[self.position : self.position + 1]
            if char in ("", "\n"):
                raise JSONPathError("unterminated filter")
            self.position += 1
            if char in "\"'":
                if not pair:
                    pair = char
                elif char == pair and self.text[self.position - 2] != "\\":
                    closed = True
            elif char == ")" and bool(pair) == closed:
                break
        if self.text[self.position : self.position + 1] != "]":
            raise JSONPathError("unclosed array expect ]")
        self.position += 1
        return self.text[start : self.position - 2]


def slice_of(text: str) -> Slice:
    """An index (`2`, `-1`) or a range (`1:`, `:3`, `::2`)."""
    parts = INDEX.fullmatch(text)
    if parts is None:
        raise JSONPathError(f"invalid array index {text}")
    single = parts[2] is None
    first = index(parts[1])
    last = (first or 0) + 1 if single else index(parts[2][1:])
    return Slice(first, last, index((parts[3] or ":")[1:]), single)


def index(text: str) -> int | None:
    if not text:
        return None
    if not INTEGER.fullmatch(text):
        raise JSONPathError(f"array index {text} is not a number")
    return int(text)


def unquoted(text: str) -> str:
    """A quoted text's meaning, with Go's escapes."""
    return ESCAPE.sub(unescaped, text)


def unescaped(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] == "u" and 0xD800 <= int(code[1:], 16) <= 0xDFFF:
        raise JSONPathError(f"unquote string {found[0]} error invalid syntax")
    return chr(int(code[1:], 16)) if code[0] in "ux" else ESCAPED.get(code, code)
