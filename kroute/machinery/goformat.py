"""Values printed the way Go prints them, for messages that must read the same."""

from __future__ import annotations

import math

ESCAPES = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\", '"': '\\"'}


def quote(text: str) -> str:
    """Go's `%q`: a double-quoted string; unprintable characters escaped."""
    return '"' + "".join(escape(char) for char in text) + '"' if not text.isalnum() else f'"{text}"'


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


def number(value: float) -> str:
    """Go's `%v` of a float64: shortest form, exponent from 1e+21 on and below 1e-4."""
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if math.isnan(value):
        return "NaN"
    if value == 0:
        return "0"
    if 1e-4 <= abs(value) < 1e21:
        text = f"{value:f}" if value == int(value) else repr(value)
        if "e" in text or text.endswith(".000000"):
            text = str(int(value)) if value == int(value) else f"{value:.17f}".rstrip("0")
        return text
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:
        mantissa, _, exponent = f"{value:.16e}".partition("e")
        mantissa = mantissa.rstrip("0")
    sign, digits = exponent[0] if exponent[0] in "+-" else "+", exponent.lstrip("+-")
    return f"{mantissa.removesuffix('.').removesuffix('.0')}e{sign}{digits:0>2}"
