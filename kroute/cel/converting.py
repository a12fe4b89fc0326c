"""What JSON holds as texts or as whole numbers, as the values that expressions have of them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from kroute.cel import declared
from kroute.cel.library import times
from kroute.cel.values import Duration, EvaluationError

Convert: TypeAlias = Callable[[Any], Any]

PIECE: Final = re.compile(r"\s*(\d+)\s*([A-Za-zµ]+)")
UNITS: Final = {
    **dict.fromkeys(("ns", "nano", "nanos", "nanosecond", "nanoseconds"), 1),
    **dict.fromkeys(("us", "µs", "micro", "micros", "microsecond", "microseconds"), 10**3),
    **dict.fromkeys(("ms", "milli", "millis", "millisecond", "milliseconds"), 10**6),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 10**9),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60 * 10**9),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600 * 10**9),
    **dict.fromkeys(("d", "day", "days"), 24 * 3600 * 10**9),
    **dict.fromkeys(("w", "wk", "week", "weeks"), 7 * 24 * 3600 * 10**9),
}


def converter(kind: declared.Declared) -> Convert | None:
    """What converts decoded JSON to values of a type; None when they are the same.

    Objects are left as they are: their fields are converted where they are read."""
    simple = SIMPLE.get(kind.kind)
    if simple is not None or kind.element is None or kind.kind not in ("list", "map"):
        return simple
    below = converter(kind.element)
    if below is None:
        return None
    convert = below
    if kind.kind == "list":
        return lambda value: [None if item is None else convert(item) for item in value]
    return lambda value: {key: None if item is None else convert(item) for key, item in value.items()}


def to_timestamp(value: Any) -> Any:
    if type(value) is not str:
        return value
    found = times.parse_timestamp(value) or times.parse_date(value)
    if found is None:
        raise EvaluationError(f"Invalid date-time {value}")
    return found


def to_duration(value: Any) -> Any:
    """A duration as OpenAPI's format has it: Go's, or with units such as `2 weeks`."""
    if type(value) is not str:
        return value
    found = times.parse_duration(value)
    if found is not None:
        return found
    pieces = PIECE.findall(value)
    if not pieces or any(unit.lower() not in UNITS for _, unit in pieces):
        raise EvaluationError(f"Invalid duration {value}")
    return Duration(sum(int(number) * UNITS[unit.lower()] for number, unit in pieces))


def to_bytes(value: Any) -> Any:
    if type(value) is not str:
        return value
    try:
        return base64.b64decode(value)
    except (binascii.Error, ValueError):
        raise EvaluationError(f"Invalid base64 {value}") from None


def to_double(value: Any) -> Any:
    return float(value) if type(value) is int else value


SIMPLE: Final[dict[str, Convert]] = {
    "timestamp": to_timestamp,
    "duration": to_duration,
    "bytes": to_bytes,
    "double": to_double,
}
