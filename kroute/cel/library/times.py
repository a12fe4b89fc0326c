"""Timestamps and durations: reading, showing, and their parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

from kroute.cel import values
from kroute.cel.values import Duration, EvaluationError, NoSuchOverload, Timestamp
from kroute.machinery import durations

SECOND: Final = 10**9
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST: Final = -62135596800 * SECOND
LATEST: Final = 253402300799 * SECOND + SECOND - 1
FORM: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:[.,](\d+))?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
OFFSET: Final = re.compile(r"([+-]?)(\d\d):(\d\d)", re.ASCII)


def parse_timestamp(text: str) -> Timestamp | None:
    """A moment as RFC 3339 writes it; None for other texts."""
    found = FORM.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    zone, minutes_ahead = found[8], 0
    if zone not in "Zz":
        hours, minutes = int(zone[1:3]), int(zone[4:6])
        if hours > 24 or minutes > 59:
            return None
        minutes_ahead = (-1 if zone[0] == "-" else 1) * (hours * 60 + minutes)
        try:
            moment -= timedelta(minutes=minutes_ahead)
        except OverflowError:
            return None
    fraction = int(((found[7] or "") + "0" * 9)[:9])
    return Timestamp(whole_seconds(moment) * SECOND + fraction, minutes_ahead)


def parse_date(text: str) -> Timestamp | None:
    """The start of a day."""
    return parse_timestamp(f"{text}T00:00:00Z")


def whole_seconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(seconds=1)


def parse_duration(text: str) -> Duration | None:
    """A span as Go writes it (`1h30m`); None for other texts."""
    try:
        return Duration(durations.parse(text))
    except durations.DurationError:
        return None


def show_timestamp(moment: Timestamp) -> str:
    """A moment as RFC 3339, with what fraction it has, in the zone that it was given in."""
    seconds, rest = divmod(moment.nanos, SECOND)
    at = EPOCH + timedelta(seconds=seconds, minutes=moment.offset)
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    hours, minutes = divmod(abs(moment.offset), 60)
    zone = f"{'-' if moment.offset < 0 else '+'}{hours:02d}:{minutes:02d}" if moment.offset else "Z"
    return f"{at.year:04d}-{at:%m-%dT%H:%M:%S}{fraction}{zone}"


def show_duration(span: Duration) -> str:
    """A span in seconds, as protobuf writes it: `5400s`."""
    whole, rest = divmod(abs(span.nanos), SECOND)
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{'-' if span.nanos < 0 else ''}{whole}{fraction}s"


def checked_timestamp(nanos: int, offset: int = 0) -> Timestamp:
    if EARLIEST <= nanos <= LATEST:
        return Timestamp(nanos, offset)
    raise EvaluationError("timestamp overflow")


def checked_duration(nanos: int) -> Duration:
    if values.MIN_INT <= nanos <= values.MAX_INT:
        return Duration(nanos)
    raise EvaluationError("duration overflow")


def zone_of(name: str) -> tzinfo:
    """A time zone by its name or offset."""
    found = OFFSET.fullmatch(name)
    if found is not None:
        offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(-offset if found[1] == "-" else offset)
    if name in ("", "UTC"):
        return UTC
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise EvaluationError(f"unknown time zone {name}") from None


def local(moment: Timestamp, zone: Any) -> datetime:
    if type(zone) is not str:
        raise NoSuchOverload
    return (EPOCH + timedelta(seconds=moment.nanos // SECOND)).astimezone(zone_of(zone))


def getter(of_moment: Callable[[datetime], int], of_span: Callable[[int], int] | None = None) -> Callable[..., int]:
    """A function that takes a part of a moment, in a time zone, or of a span."""

    def run(value: Any, zone: Any = "UTC") -> int:
        if type(value) is Timestamp:
            return of_moment(local(value, zone))
        if type(value) is Duration and of_span is not None:
            sign = -1 if value.nanos < 0 else 1
            return sign * of_span(abs(value.nanos))
        raise NoSuchOverload

    return run


def milliseconds(value: Any, zone: Any = "UTC") -> int:
    if type(value) is Timestamp:
        return value.nanos % SECOND // 10**6
    if type(value) is Duration:
        return (-1 if value.nanos < 0 else 1) * (abs(value.nanos) // 10**6)
    raise NoSuchOverload


GETTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "getFullYear": getter(lambda at: at.year),
    "getMonth": getter(lambda at: at.month - 1),
    "getDate": getter(lambda at: at.day),
    "getDayOfMonth": getter(lambda at: at.day - 1),
    "getDayOfWeek": getter(lambda at: (at.weekday() + 1) % 7),
    "getDayOfYear": getter(lambda at: at.timetuple().tm_yday - 1),
    "getHours": getter(lambda at: at.hour, lambda nanos: nanos // (3600 * SECOND)),
    "getMinutes": getter(lambda at: at.minute, lambda nanos: nanos // (60 * SECOND)),
    "getSeconds": getter(lambda at: at.second, lambda nanos: nanos // SECOND),
    "getMilliseconds": milliseconds,
}
