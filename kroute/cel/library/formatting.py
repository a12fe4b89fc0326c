"""`'%s has %d'.format([x, y])`.  Mirrors the formatting of cel-go's extension for strings."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from kroute.cel import values
from kroute.cel.library import conversions, times
from kroute.cel.values import Duration, EvaluationError, Timestamp, TypeName, Uint

CLAUSE: Final = re.compile(r"%(?:%|(?:\.(\d+))?(.)?)", re.DOTALL)
NAMED: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
RAISED: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LONGEST: Final = 1000
HEXADECIMAL: Final = "only integers, byte buffers, and strings can be formatted as hex"
RULES: Final = {
    "s": "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and "
    "timestamps",
    "d": "decimal clause can only be used on integers",
    "f": "fixed-point clause can only be used on doubles",
    "e": "scientific clause can only be used on doubles",
    "b": "only integers and bools can be formatted as binary",
    "x": HEXADECIMAL,
    "X": HEXADECIMAL,
    "o": "octal clause can only be used on integers",
}
"""What the clauses of templates are for."""


def format_text(template: str, arguments: list[Any]) -> str:
    """The template with its clauses replaced by arguments."""
    rest = iter(arguments)

    def clause(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        if not found[2]:
            raise EvaluationError("unexpected end of string")
        try:
            argument = next(rest)
        except StopIteration:
            raise EvaluationError(f"index {len(arguments)} out of range") from None
        precision = None if found[1] is None else int(found[1])
        if precision is not None and precision > LONGEST:
            raise EvaluationError(f"could not parse formatting clause: precision {precision} is too large")
        return show(found[2], argument, precision)

    return CLAUSE.sub(clause, template)


def show(verb: str, value: Any, precision: int | None) -> str:
    kind = type(value)
    if verb == "s":
        return show_string(value)
    if verb == "d":
        if kind in (int, Uint):
            return str(int(value))
        if kind is float and not math.isfinite(value):
            return {"inf": "Infinity", "-inf": "-Infinity"}.get(str(value), "NaN")
        raise wrong(RULES["d"], value)
    if verb in ("f", "e"):
        return show_double(verb, value, 6 if precision is None else precision)
    if verb == "b":
        if kind in (int, Uint, bool):
            return f"{int(value):b}"
        raise wrong(RULES["b"], value)
    if verb in ("x", "X"):
        return show_hex(verb, value)
    if verb == "o":
        if kind in (int, Uint):
            return f"{int(value):o}"
        raise wrong(RULES["o"], value)
    raise EvaluationError(f'could not parse formatting clause: unrecognized formatting clause "{verb}"')


def show_double(verb: str, value: Any, precision: int) -> str:
    """A double as it is written in English."""
    if type(value) is str and value in NAMED:
        value = NAMED[value]
    if type(value) is not float:
        raise wrong(RULES[verb], value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "-∞"
    if verb == "f":
        return f"{value:,.{precision}f}"
    digits, _, exponent = f"{value:.{precision}e}".partition("e")
    raised = f"{'-' if exponent.startswith('-') else ''}{abs(int(exponent)):02d}"
    return f"{digits}×10{raised.translate(RAISED)}"


def show_hex(verb: str, value: Any) -> str:
    kind = type(value)
    if kind in (int, Uint):
        return f"{int(value):{verb}}"
    if kind in (str, bytes):
        raw = value.encode("utf-8", "surrogatepass") if kind is str else value
        return str(raw.hex().upper() if verb == "X" else raw.hex())
    raise wrong(RULES["x"], value)


def wrong(rule: str, value: Any) -> EvaluationError:
    return EvaluationError(f"error during formatting: {rule}, was given {values.name_of(value)}")


def show_string(value: Any) -> str:
    kind = type(value)
    if value is None:
        return "null"
    if kind is list:
        return f"[{', '.join(map(show_string, value))}]"
    if isinstance(value, Mapping):
        pairs = sorted((show_string(key), show_string(each)) for key, each in value.items())
        return "{" + ", ".join(f"{key}: {each}" for key, each in pairs) + "}"
    if kind is Timestamp:
        return times.show_timestamp(value)
    if kind is Duration:
        return times.show_duration(value)
    if isinstance(value, TypeName):
        return value.name
    if kind in (str, bool, bytes, int, Uint, float):
        return conversions.to_text(value)
    raise wrong(RULES["s"], value)
