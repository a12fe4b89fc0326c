"""Why a text is no IP address, in the words of Go's netip.ParseAddr."""

from __future__ import annotations

from typing import Final

from kroute.machinery import goformat

HEX: Final = frozenset("0123456789abcdefABCDEF")
DIGITS: Final = frozenset("0123456789")


class Wrong(Exception):
    """What is wrong, and the rest of the text at that place."""

    def __init__(self, text: str, rest: str = "") -> None:
        super().__init__(text)
        self.text, self.rest = text, rest


def problem(text: str) -> str:
    """`ParseAddr("1.2"): IPv4 address too short`; for texts that are no addresses."""
    try:
        check(text)
    except Wrong as wrong:
        at = f" (at {goformat.quote(wrong.rest)})" if wrong.rest else ""
        return f"ParseAddr({goformat.quote(text)}): {wrong.text}{at}"
    return f"ParseAddr({goformat.quote(text)}): unable to parse IP"


def check(text: str) -> None:
    for char in text:
        if char == ".":
            check_v4(text)
            return
        if char == ":":
            check_v6(text)
            return
        if char == "%":
            raise Wrong("missing IPv6 address")


def check_v4(text: str) -> None:
    value, digits, fields = 0, 0, 0
    for place, char in enumerate(text):
        if char in DIGITS:
            if digits == 1 and value == 0:
                raise Wrong("IPv4 field has octet with leading zero")
            value, digits = value * 10 + int(char), digits + 1
            if value > 255:
                raise Wrong("IPv4 field has value >255")
        elif char == ".":
            if place == 0 or place == len(text) - 1 or text[place - 1] == ".":
                raise Wrong("IPv4 field must have at least one digit", text[place:])
            if fields == 3:
                raise Wrong("IPv4 address too long")
            value, digits, fields = 0, 0, fields + 1
        else:
            raise Wrong("unexpected character", text[place:])
    if fields < 3:
        raise Wrong("IPv4 address too short")


def check_v6(text: str) -> None:
    rest, percent, zone = text.partition("%")
    if percent and not zone:
        raise Wrong("zone must be a non-empty string")
    read, gap = 0, -1
    if rest.startswith("::"):
        gap, rest = 0, rest[2:]
        if not rest:
            return
    while read < 16:
        size = field_of(rest)
        if rest[size : size + 1] == ".":
            check_embedded(rest, read, gap)
            read, rest = read + 4, ""
            break
        read, rest = read + 2, rest[size:]
        if not rest:
            break
        if rest[0] != ":":
            raise Wrong("unexpected character, want colon", rest)
        if len(rest) == 1:
            raise Wrong("colon must be followed by more characters", rest)
        rest = rest[1:]
        if rest[0] == ":":
            if gap >= 0:
                raise Wrong("multiple :: in address", rest)
            gap, rest = read, rest[1:]
            if not rest:
                break
    if rest:
        raise Wrong("trailing garbage after address", rest)
    if read < 16 and gap < 0:
        raise Wrong("address string too short")
    if read >= 16 and gap >= 0:
        raise Wrong("the :: must expand to at least one field of zeros")


def field_of(rest: str) -> int:
    """The length of the hexadecimal number that a text begins with."""
    size = 0
    while size < len(rest) and rest[size] in HEX:
        if size > 3:
            raise Wrong("each group must have 4 or less digits", rest)
        size += 1
    if size == 0:
        raise Wrong("each colon-separated field must have at least one digit", rest)
    return size


def check_embedded(rest: str, read: int, gap: int) -> None:
    if gap < 0 and read != 12:
        raise Wrong("embedded IPv4 address must replace the final 2 fields of the address", rest)
    if read + 4 > 16:
        raise Wrong("too many hex fields to fit an embedded IPv4 at the end of the address", rest)
    check_v4(rest)
