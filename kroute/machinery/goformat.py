"""Values printed the way Go prints them, for messages that must read the same."""

from __future__ import annotations

import json
import math
import re
from typing import Any

ESCAPES = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    "\\": "\\\\",
    '"': '\\"',
}
PLAIN = re.compile(r"[A-Za-z0-9_./: -]*")
HTML = re.compile("[<>&\u2028\u2029]")
KINDS = {dict: "object", list: "array", str: "string", bool: "bool", int: "number", float: "number", type(None): "null"}


def quote(text: str) -> str:
    """Go's `%q`: a double-quoted string; unprintable characters escaped."""
    if PLAIN.fullmatch(text):
        return f'"{text}"'
    return '"' + "".join(escape(char) for char in text) + '"'


def escape(char: str) -> str:
    """One character as it stands inside Go's quoted string."""
    if char in ESCAPES:
        return ESCAPES[char]
    code = ord(char)
    if char.isprintable():
        return char
    if code < 0x80:
        return f"\\x{code:02x}"
    if 0xDC80 <= code <= 0xDCFF:  # an undecodable byte, kept by surrogateescape
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def quote_byte(byte: int) -> str:
    """A byte in single quotes, as Go's JSON scanner names it in an error."""
    if byte == 0x27:
        return "'\\''"
    if byte == 0x22:
        return "'\"'"
    return f"'\\x{byte:02x}'" if byte >= 0x80 else f"'{escape(chr(byte))}'"


def code_point(char: str) -> str:
    """Go's `%#U`: `U+0041 'A'`; unprintable characters by number alone."""
    number = f"U+{ord(char):04X}"
    return f"{number} '{char}'" if char.isprintable() else number


def number(value: float) -> str:
    """Go's `%v` of a float64: shortest form, with an exponent from 1e+06 on and below 0.0001."""
    return decimal(value, lowest=-4, beyond=6, exponent_digits=2)


def json_number(value: float) -> str:
    """A float64 as Go's JSON encoder writes it: exponent from 1e21 on and below 1e-6."""
    return decimal(value, lowest=-6, beyond=21, exponent_digits=1)


def decimal(value: float, *, lowest: int, beyond: int, exponent_digits: int) -> str:
    """The shortest form that reads back as `value`, without exponent when that is `lowest` to below `beyond`."""
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if math.isnan(value):
        return "NaN"
    sign = "-" if math.copysign(1, value) < 0 else ""
    if value == 0:
        return f"{sign}0"
    digits, point = shortest(abs(value))
    if lowest <= point - 1 < beyond:
        return sign + positional(digits, point)
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{sign}{mantissa}e{'-' if point < 1 else '+'}{abs(point - 1):0{exponent_digits}d}"


def shortest(value: float) -> tuple[str, int]:
    """The digits of a positive float and where the point stands: value = 0.DIGITS x 10^exponent."""
    mantissa, _, exponent = repr(value).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = whole + ("" if fraction == "0" else fraction)
    point = len(whole) + int(exponent or 0)
    stripped = digits.lstrip("0")
    return stripped.rstrip("0") or "0", point - (len(digits) - len(stripped))


def positional(digits: str, point: int) -> str:
    """Digits with the point put in, without exponent."""
    if point <= 0:
        return "0." + "0" * -point + digits
    if point >= len(digits):
        return digits + "0" * (point - len(digits))
    return f"{digits[:point]}.{digits[point:]}"


def compact_json(value: Any) -> str:
    """A value as Go's json.Marshal writes it: compact, with `<`, `>` and `&` escaped; keys stay in their order."""
    return escape_html(json.dumps(value, separators=(",", ":"), ensure_ascii=False))


def escape_html(text: str) -> str:
    """JSON text with the characters escaped that Go escapes for the sake of HTML."""
    return HTML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def kind(value: Any) -> str:
    """What Go's JSON decoder calls a value of this sort: object, array, string, number, bool or null."""
    return KINDS.get(type(value), type(value).__name__)


def cannot_unmarshal(value: Any, go_type: str) -> str:
    """The text of Go's UnmarshalTypeError for a whole document."""
    return f"json: cannot unmarshal {kind(value)} into Go value of type {go_type}"
