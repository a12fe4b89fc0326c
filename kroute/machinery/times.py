"""Times as objects carry them: RFC 3339 in UTC, in seconds (Time) or microseconds (MicroTime).

Bad times are refused with the text of Go's `time.Parse`.  Mirrors `metav1.Time` and `metav1.MicroTime`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

LAYOUT = "2006-01-02T15:04:05Z07:00"
MICRO_LAYOUT = "2006-01-02T15:04:05.000000Z07:00"
CANONICAL = re.compile(
    r"[1-9]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ", re.ASCII
)
CANONICAL_MICRO = re.compile(CANONICAL.pattern[:-1] + r"\.\d{6}Z", re.ASCII)
DIGITS = "0123456789"


class TimeError(ValueError):
    """A text that is no time; says why as Go does."""


def now() -> str:
    """The current time in seconds."""
    return show(datetime.now(UTC))


def now_micro() -> str:
    """The current time in microseconds."""
    return show_micro(datetime.now(UTC))


def show(moment: datetime) -> str:
    """An aware datetime as a Time; fractions of a second are dropped."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")[:19] + "Z"


def show_micro(moment: datetime) -> str:
    """An aware datetime as a MicroTime."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def canonical(text: str) -> str:
    """A Time as it is stored.  Raises TimeError."""
    return text if CANONICAL.fullmatch(text) else show(parse(text))


def canonical_micro(text: str) -> str:
    """A MicroTime as it is stored.  Raises TimeError."""
    return text if CANONICAL_MICRO.fullmatch(text) else show_micro(parse_micro(text))


def same(one: str | None, other: str | None) -> bool:
    """Whether two Times mean the same second; None is no time."""
    if one == other:
        return True
    if one is None or other is None:
        return False
    try:
        return canonical(one) == canonical(other)
    except TimeError:
        return False


def parse(text: str) -> datetime:
    """Read a Time, in any zone.  Raises TimeError."""
    return Reader(text, LAYOUT).read()


def parse_micro(text: str) -> datetime:
    """Read a MicroTime, in any zone; it has exactly six digits of fraction.  Raises TimeError."""
    return Reader(text, MICRO_LAYOUT).read()


class Reader:
    """Reads one text by one of the two layouts, piece by piece, so that errors name the piece."""

    def __init__(self, text: str, layout: str) -> None:
        self.text, self.layout = text, layout
        self.rest = text

    def read(self) -> datetime:
        year = self.year()
        self.literal("-")
        month = self.two("01")
        if not 1 <= month <= 12:
            raise self.out_of_range("month")
        self.literal("-")
        day = self.two("02")
        self.literal("T")
        hour = self.hour()
        self.literal(":")
        minute = self.bounded("04", "minute")
        self.literal(":")
        second = self.bounded("05", "second")
        micro = self.fraction()
        zone = self.zone()
        if self.rest:
            raise TimeError(f"parsing time {quote(self.text)}: extra text: {quote(self.rest)}")
        try:
            moment = datetime(year, month, day, hour, minute, second, micro, zone)
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):  # the 31st of February; years before 1 and after 9999
            raise self.out_of_range("day") from None

    def cannot(self, rest: str, piece: str) -> TimeError:
        shown = f"parsing time {quote(self.text)} as {quote(self.layout)}"
        return TimeError(f"{shown}: cannot parse {quote(rest)} as {quote(piece)}")

    def out_of_range(self, what: str) -> TimeError:
        return TimeError(f"parsing time {quote(self.text)}: {what} out of range")

    def literal(self, char: str) -> None:
        if not self.rest.startswith(char):
            raise self.cannot(self.rest, char)
        self.rest = self.rest[1:]

    def digit(self, index: int) -> bool:
        return len(self.rest) > index and self.rest[index] in DIGITS

    def year(self) -> int:
        piece = self.rest[:4]
        if len(piece) < 4 or any(char not in DIGITS for char in piece):
            raise self.cannot(self.rest, "2006")
        self.rest = self.rest[4:]
        return int(piece)

    def two(self, piece: str) -> int:
        if not (self.digit(0) and self.digit(1)):
            raise self.cannot(self.rest, piece)
        value, self.rest = int(self.rest[:2]), self.rest[2:]
        return value

    def bounded(self, piece: str, what: str) -> int:
        value = self.two(piece)
        if value > 59:
            raise self.out_of_range(what)
        return value

    def hour(self) -> int:
        """The hour, the only piece that may have one digit."""
        if self.digit(0) and not self.digit(1):
            value, self.rest = int(self.rest[0]), self.rest[1:]
        else:
            value = self.two("15")
        if value > 23:
            raise self.out_of_range("hour")
        return value

    def fraction(self) -> int:
        """Microseconds: six digits when the layout has them, else any number of digits or none."""
        found = re.match("[.,]([0-9]+)", self.rest)
        if self.layout == LAYOUT:
            if found is None:
                return 0
            self.rest = self.rest[found.end() :]
            return int(found[1][:6].ljust(6, "0"))
        if found is None or len(found[1]) < 6:
            raise self.cannot(self.rest, ".000000")
        self.rest = self.rest[7:]
        return int(found[1][:6])

    def zone(self) -> timezone:
        if self.rest.startswith("Z"):
            self.rest = self.rest[1:]
            return UTC
        found = re.match("([+-])([0-9]{2}):([0-9]{2})", self.rest)
        if found is None:
            raise self.cannot(self.rest, "Z07:00")
        hours, minutes = int(found[2]), int(found[3])
        if hours > 24:
            raise self.out_of_range("time zone offset hour")
        if minutes > 60:
            raise self.out_of_range("time zone offset minute")
        self.rest = self.rest[6:]
        offset = timedelta(hours=hours, minutes=minutes)
        try:
            return timezone(-offset if found[1] == "-" else offset)
        except ValueError:
            raise self.out_of_range("time zone offset hour") from None


def quote(text: str) -> str:
    """A text as Go's time package quotes it: unlike `%q`, everything outside ASCII byte by byte."""
    return '"' + "".join(map(quote_char, text)) + '"'


def quote_char(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if " " <= char < "\x80":
        return char
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))
