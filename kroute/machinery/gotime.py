"""Times as Go reads and writes them, for messages and texts that must be the same.

Mirrors `time.Parse` for the two layouts that API objects use, and the JSON forms of metav1's Time and MicroTime.
"""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Iterator

from kroute.machinery import goformat

RFC3339 = "2006-01-02T15:04:05Z07:00"
RFC3339_MICRO = "2006-01-02T15:04:05.000000Z07:00"
SECONDS = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ", re.ASCII)
MICROSECONDS = re.compile(SECONDS.pattern.replace("Z", r"\.\d{6}Z"), re.ASCII)
ELEMENTS = (("", "2006"), ("-", "01"), ("-", "02"), ("T", "15"), (":", "04"), (":", "05"))
LIMITS = {"01": (1, 12, "month"), "15": (0, 23, "hour"), "04": (0, 59, "minute"), "05": (0, 59, "second")}
ZERO = "0001-01-01T00:00:00"


def seconds(text: str) -> str | None:
    """A `Time` as it is stored: UTC in whole seconds; None for the zero time.  Raises ValueError in Go's words."""
    if SECONDS.fullmatch(text) and text[:4] not in ("0000", "0001"):
        return text
    moment, _, year = parse(text, RFC3339)
    shown = f"{year:04}{moment:-%m-%dT%H:%M:%S}"
    return None if shown == ZERO else shown + "Z"


def microseconds(text: str) -> str | None:
    """A `MicroTime` as it is stored: UTC with six digits; None for the zero time.  Raises ValueError in Go's words."""
    if MICROSECONDS.fullmatch(text) and text[:4] not in ("0000", "0001"):
        return text
    moment, fraction, year = parse(text, RFC3339_MICRO)
    shown = f"{year:04}{moment:-%m-%dT%H:%M:%S}"
    return None if shown == ZERO and not int(fraction) else f"{shown}.{fraction}Z"


def parse(text: str, layout: str) -> tuple[datetime.datetime, str, int]:
    """The time in UTC, the digits of its fraction (six for the micro layout), and its year.

    The year stands apart: the datetime is moved by 400 years, after which calendars repeat, to stay in Python's range.
    """
    rest, numbers = text, []
    for literal, element in ELEMENTS:
        if not rest.startswith(literal):
            raise cannot(text, layout, rest, literal)
        rest = rest[len(literal) :]
        number, after = take(rest, element)
        if number is None:
            raise cannot(text, layout, rest, element)
        low, high, name = LIMITS.get(element, (0, 9999, ""))
        if not low <= number <= high:
            raise out_of_range(text, name)
        numbers.append(number)
        rest = after
    fraction = ""
    if layout == RFC3339_MICRO:
        match = re.match(r"[.,](\d{6})", rest, re.ASCII)
        if not match:
            raise cannot(text, layout, rest, ".000000")
        fraction, rest = match[1], rest[7:]
    elif match := re.match(r"[.,]\d+", rest, re.ASCII):
        rest = rest[match.end() :]
    offset, rest = zone(text, layout, rest)
    if rest:
        raise ValueError(f"parsing time {goformat.quote(text)}: extra text: {goformat.quote(rest)}")
    return moved(text, numbers, offset, fraction)


def take(rest: str, element: str) -> tuple[int | None, str]:
    """The number at the start of the text, None when there is none; hours may have one digit."""
    width = len(element)
    digits = rest[:width]
    if len(digits) == width and digits.isascii() and digits.isdigit():
        return int(digits), rest[width:]
    if element == "15" and digits[:1].isascii() and digits[:1].isdigit():
        return int(digits[0]), rest[1:]
    return None, rest


def zone(text: str, layout: str, rest: str) -> tuple[int, str]:
    """The offset from UTC in minutes, and what follows it."""
    if rest.startswith("Z"):
        return 0, rest[1:]
    match = re.match(r"([+-])(\d\d):(\d\d)", rest, re.ASCII)
    if not match:
        raise cannot(text, layout, rest, "Z07:00")
    hours, minutes = int(match[2]), int(match[3])
    if hours > 24:
        raise out_of_range(text, "time zone offset hour")
    if minutes > 60:
        raise out_of_range(text, "time zone offset minute")
    offset = hours * 60 + minutes
    return (offset if match[1] == "+" else -offset), rest[6:]


def moved(text: str, numbers: list[int], offset: int, fraction: str) -> tuple[datetime.datetime, str, int]:
    """The time moved to UTC."""
    year, month, day, hour, minute, second = numbers
    leap = calendar.isleap(year)
    days = 29 if month == 2 and leap else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]
    if not 1 <= day <= days:
        raise out_of_range(text, "day")
    shift = 400 if year < 400 else -400
    moment = datetime.datetime(year + shift, month, day, hour, minute, second) - datetime.timedelta(minutes=offset)
    return moment, fraction, moment.year - shift


def cannot(text: str, layout: str, rest: str, element: str) -> ValueError:
    quoted: Iterator[str] = map(goformat.quote, (text, layout, rest, element))
    return ValueError("parsing time {} as {}: cannot parse {} as {}".format(*quoted))


def out_of_range(text: str, name: str) -> ValueError:
    return ValueError(f"parsing time {goformat.quote(text)}: {name} out of range")
