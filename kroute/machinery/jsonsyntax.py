"""Finds what is wrong with a JSON text, in the words of Go's encoding/json.

Only texts that the fast decoder has refused come here.  The scanner takes whole runs of simple members with one regular
expression, so that a large broken body costs little; nothing in it recurses or backtracks.
"""

from __future__ import annotations

import re
from typing import Final

from kroute.machinery import goformat

MAX_DEPTH: Final = 200
"""How deep arrays and objects may nest; Go's own limit is 10,000, far beyond what any API object needs."""

END: Final = "unexpected end of JSON input"
STEPS_LIMIT: Final = 100_000
TOO_COMPLEX: Final = "invalid JSON, too complex to say where"
"""The answer for a text of which so many nested pieces were read: a broken body may not hold up the server."""

STRING = rb'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+'
NUMBER = rb"-?+(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?+[0-9]++)?+"
SCALAR = rb"(?:" + STRING + rb'"|' + NUMBER + rb"|true|false|null)"
BLANK = rb"[ \t\r\n]*+"

SPACE = re.compile(BLANK)
ONE_STRING = re.compile(STRING + rb'"')
ONE_SCALAR = re.compile(SCALAR)
BROKEN_STRING = re.compile(STRING)
KEY = STRING + rb'"' + BLANK + rb":" + BLANK
FLAT_ARRAY = rb"\[" + BLANK + rb"(?:" + SCALAR + BLANK + rb"(?:," + BLANK + SCALAR + BLANK + rb")*+)?+\]"
FLAT_OBJECT = rb"\{" + BLANK + rb"(?:" + KEY + SCALAR + BLANK + rb"(?:," + BLANK + KEY + SCALAR + BLANK + rb")*+)?+\}"
SIMPLE = rb"(?:" + SCALAR + rb"|" + FLAT_ARRAY + rb"|" + FLAT_OBJECT + rb")" + BLANK + rb","
ITEMS = re.compile(rb"(?:" + BLANK + SIMPLE + rb")*+")
MEMBERS = re.compile(rb"(?:" + BLANK + KEY + SIMPLE + rb")*+")
HEX = re.compile(rb"[0-9a-fA-F]{0,3}+")

# The states of a number, each with what may follow and what it is called when something else does.
NUMBER_STEPS = (
    (re.compile(rb"-(?![0-9])"), "in numeric literal"),
    (re.compile(rb"-?+(?:0|[1-9][0-9]*+)\.(?![0-9])"), "after decimal point in numeric literal"),
    (
        re.compile(rb"-?+(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+[eE][+-]?+(?![0-9])"),
        "in exponent of numeric literal",
    ),
)
LITERALS = (b"true", b"false", b"null")


def problem(data: bytes) -> str | None:
    """What Go says of this text, or None when it is JSON (also when it is nested no deeper than MAX_DEPTH)."""
    return Scanner(data).scan()


class Scanner:
    """Goes through one text; `stack` holds the brackets that are open."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0
        self.stack = bytearray()

    def scan(self) -> str | None:
        found, steps = self.value(), 0
        while found is None and self.stack:
            found = self.item() if self.stack[-1] == 0x5B else self.member()
            steps += 1
            if steps == STEPS_LIMIT:
                return TOO_COMPLEX
        if found is not None:
            return found
        self.skip(SPACE)
        return None if self.position == len(self.data) else self.invalid("after top-level value")

    def skip(self, pattern: re.Pattern[bytes]) -> int:
        """Go past what matches, and say how much that was."""
        match = pattern.match(self.data, self.position)
        if match is None:
            return 0
        self.position = match.end()
        return match.end() - match.start()

    def peek(self) -> bytes:
        """The next byte after spaces; empty at the end."""
        self.skip(SPACE)
        return self.data[self.position : self.position + 1]

    def invalid(self, where: str) -> str:
        """The complaint about the byte here; in the middle of a literal the end counts as a space."""
        byte = self.data[self.position] if self.position < len(self.data) else 0x20
        return f"invalid character {goformat.quote_byte(byte)} {where}"

    def unexpected(self, where: str) -> str:
        """The complaint between tokens, where the end is just too early."""
        return self.invalid(where) if self.position < len(self.data) else END

    def value(self) -> str | None:
        """A value, or the opening bracket of one.  After a scalar or a bracket that closes, `after` is next."""
        char = self.peek()
        if char in (b"{", b"["):
            if len(self.stack) == MAX_DEPTH:
                return self.invalid("exceeded max depth")
            self.stack += char
            self.position += 1
            if self.peek() == (b"}" if char == b"{" else b"]"):
                return self.close()
            return None
        if not char:
            return END
        start = self.position
        if self.skip(ONE_SCALAR):
            return self.number_problem(start) if char in b"-0123456789" else self.after()
        return self.broken(start, char)

    def broken(self, start: int, char: bytes) -> str:
        """What is wrong with a scalar that is none."""
        if char == b'"':
            return self.string_problem()
        if char in b"-0123456789":
            return self.number_problem(start) or END
        for literal in LITERALS:
            if literal.startswith(char):
                return self.literal_problem(literal)
        return self.invalid("looking for beginning of value")

    def literal_problem(self, literal: bytes) -> str:
        length = 1
        while self.data[self.position + length : self.position + length + 1] == literal[length : length + 1]:
            length += 1
        self.position += length
        return self.invalid(f"in literal {literal.decode()} (expecting '{chr(literal[length])}')")

    def string_problem(self) -> str:
        self.skip(BROKEN_STRING)
        if self.position == len(self.data):
            return END
        if self.data[self.position] != 0x5C:
            return self.invalid("in string literal")
        self.position += 1
        if self.data[self.position : self.position + 1] != b"u":
            return self.invalid("in string escape code")
        self.position += 1
        self.skip(HEX)
        return self.invalid("in \\u hexadecimal character escape")

    def number_problem(self, start: int) -> str | None:
        """What is wrong with a number, or with what follows it."""
        for pattern, where in NUMBER_STEPS:
            match = pattern.match(self.data, start)
            if match is not None:
                self.position = match.end()
                return self.invalid(where)
        return self.after()

    def after(self) -> str | None:
        """What follows a value: a comma, or the bracket that closes."""
        if not self.stack:
            return None
        inside = self.stack[-1]
        char = self.peek()
        if char == b",":
            self.position += 1
            return self.next_key() if inside == 0x7B else None
        if char == (b"}" if inside == 0x7B else b"]"):
            return self.close()
        return self.unexpected("after object key:value pair" if inside == 0x7B else "after array element")

    def next_key(self) -> str | None:
        return None if self.peek() == b'"' else self.unexpected("looking for beginning of object key string")

    def close(self) -> str | None:
        """The bracket that closes, and as many more as follow at once."""
        while True:
            self.position += 1
            self.stack.pop()
            if not self.stack:
                return None
            if self.peek() != (b"}" if self.stack[-1] == 0x7B else b"]"):
                return self.after()

    def item(self) -> str | None:
        """Items of an array, up to one that is more than a scalar or a flat list or object with its comma."""
        self.skip(ITEMS)
        return self.value()

    def member(self) -> str | None:
        """Members of an object, up to one whose value is more than that."""
        self.skip(MEMBERS)
        if self.peek() != b'"':
            return self.unexpected("looking for beginning of object key string")
        if not self.skip(ONE_STRING):
            return self.string_problem()
        if self.peek() != b":":
            return self.unexpected("after object key")
        self.position += 1
        return self.value()
