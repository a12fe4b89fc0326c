"""Schedules of cron jobs: five fields, or a descriptor such as `@daily` or `@every 1h`.

Only whether they can be read; says what is wrong as the library does that Kubernetes uses (robfig/cron v3,
ParseStandard).
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from typing import NamedTuple

from kroute.machinery import durations, goformat

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
DAYS = "sun mon tue wed thu fri sat"
DESCRIPTORS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
EVERY = "@every "
NUMBER = re.compile(r"[+-]?[0-9]+")
ZONE = re.compile(r"(?:CRON_)?TZ=(\S*)(.*)", re.DOTALL)


class ScheduleError(ValueError):
    """A schedule that can't be read."""


class Bounds(NamedTuple):
    """What a field may hold: numbers, and names for some of them."""

    low: int
    high: int
    names: Mapping[str, int]


def numbered(names: str, start: int) -> dict[str, int]:
    return {name: number for number, name in enumerate(names.split(), start)}


FIELDS = (
    Bounds(0, 59, {}),
    Bounds(0, 23, {}),
    Bounds(1, 31, {}),
    Bounds(1, 12, numbered(MONTHS, 1)),
    Bounds(0, 6, numbered(DAYS, 0)),
)


def check(schedule: str) -> None:
    """Raise ScheduleError if the schedule can't be read."""
    zoned = ZONE.match(schedule)
    if zoned:
        check_zone(zoned[1])
        schedule = zoned[2].strip()
    if schedule.startswith("@"):
        check_descriptor(schedule)
        return
    fields = schedule.split()
    if len(fields) != len(FIELDS):
        raise ScheduleError(f"expected exactly {len(FIELDS)} fields, found {len(fields)}: [{' '.join(fields)}]")
    for text, bounds in zip(fields, FIELDS, strict=True):
        for part in filter(None, text.split(",")):
            check_range(part, bounds)


def check_zone(name: str) -> None:
    try:
        if name not in ("", "Local"):
            zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ScheduleError(f"provided bad location {name}: unknown time zone {name}") from None


def check_descriptor(text: str) -> None:
    if text in DESCRIPTORS:
        return
    if not text.startswith(EVERY):
        raise ScheduleError(f"unrecognized descriptor: {text}")
    try:
        durations.parse(text.removeprefix(EVERY))
    except durations.DurationError as error:
        raise ScheduleError(f"failed to parse duration {text}: {error}") from None


def check_range(text: str, bounds: Bounds) -> None:
    """`number | number "-" number [ "/" number ]`, and the like."""
    span, *steps = text.split("/")
    ends = span.split("-")
    if ends[0] in ("*", "?"):
        start, end = bounds.low, bounds.high
    else:
        start = number(ends[0], bounds.names)
        end = number(ends[1], bounds.names) if len(ends) == 2 else start
        if len(ends) > 2:
            raise ScheduleError(f"too many hyphens: {text}")
    if len(steps) > 1:
        raise ScheduleError(f"too many slashes: {text}")
    step = number(steps[0], {}) if steps else 1
    if steps and len(ends) == 1:
        end = bounds.high
    if start < bounds.low:
        raise ScheduleError(f"beginning of range ({start}) below minimum ({bounds.low}): {text}")
    if end > bounds.high:
        raise ScheduleError(f"end of range ({end}) above maximum ({bounds.high}): {text}")
    if start > end:
        raise ScheduleError(f"beginning of range ({start}) beyond end of range ({end}): {text}")
    if step == 0:
        raise ScheduleError(f"step of range should be a positive number: {text}")


def number(text: str, names: Mapping[str, int]) -> int:
    """A number or one of the names."""
    named = names.get(text.lower())
    if named is not None:
        return named
    reason = "invalid syntax"
    if NUMBER.fullmatch(text):
        value = int(text) if len(text) < 30 else 1 << 64
        if value < 0 and value >= -(2**63):
            raise ScheduleError(f"negative number ({value}) not allowed: {text}")
        if 0 <= value < 2**63:
            return value
        reason = "value out of range"
    quoted = goformat.quote(text)
    raise ScheduleError(f"failed to parse int from {text}: strconv.Atoi: parsing {quoted}: {reason}")
