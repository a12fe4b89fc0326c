"""Durations as Go writes them: `1h2m3s`, `1.5s`, `300ms`.  Mirrors `metav1.Duration` and Go's time.ParseDuration."""

from __future__ import annotations

import re

from kroute.machinery import times

UNITS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
PIECE = re.compile(r"([0-9]*)(?:\.([0-9]*))?([^.0-9]*)")
LIMIT = 2**63
SECOND = 10**9


class DurationError(ValueError):
    """A text that is no duration; says why as Go does."""


def parse(text: str) -> int:
    """Nanoseconds of a duration.  Raises DurationError."""
    invalid = DurationError(f"time: invalid duration {times.quote(text)}")
    rest = text[1:] if text[:1] in ("+", "-") else text
    if rest == "0":
        return 0
    if not rest or len(rest) > 1000:
        raise invalid
    total = 0
    while rest:
        piece = PIECE.match(rest)
        if piece is None or not (piece[1] or piece[2]):
            raise invalid
        if not piece[3]:
            raise DurationError(f"time: missing unit in duration {times.quote(text)}")
        if piece[3] not in UNITS:
            raise DurationError(f"time: unknown unit {times.quote(piece[3])} in duration {times.quote(text)}")
        unit, fraction = UNITS[piece[3]], piece[2] or ""
        total += int(piece[1] or 0) * unit + int(fraction or 0) * unit // 10 ** len(fraction)
        rest = rest[piece.end() :]
    negative = text.startswith("-")
    if total > LIMIT or (total == LIMIT and not negative):
        raise invalid
    return -total if negative else total


def show(nanoseconds: int) -> str:
    """A duration in its canonical form."""
    if nanoseconds == 0:
        return "0s"
    sign, rest = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    if rest < SECOND:
        unit = "ns" if rest < 10**3 else "µs" if rest < 10**6 else "ms"
        return f"{sign}{decimal(rest, UNITS[unit])}{unit}"
    minutes, rest = divmod(rest, 60 * SECOND)
    seconds = f"{decimal(rest, SECOND)}s"
    if not minutes:
        return f"{sign}{seconds}"
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours}h{minutes}m{seconds}" if hours else f"{sign}{minutes}m{seconds}"


def decimal(value: int, unit: int) -> str:
    """`value / unit`, exactly, without zeros at the end."""
    whole, rest = divmod(value, unit)
    return f"{whole}.{str(rest).rjust(len(str(unit)) - 1, '0').rstrip('0')}" if rest else str(whole)


def canonical(text: str) -> str:
    """A duration as it is stored.  Raises DurationError."""
    return show(parse(text))
