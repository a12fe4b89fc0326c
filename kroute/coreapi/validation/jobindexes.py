"""Lists of indexes of jobs, as fields hold them: `1,3-5,7`.

Mirrors the index helpers of `pkg/apis/batch/validation`.
"""

from __future__ import annotations

import re

from kroute.machinery import goformat

NUMBER = re.compile(r"[+-]?[0-9]{1,18}")
Interval = tuple[int, int]


class BadIndexes(ValueError):
    """A list that can't be read; the text says why."""


def count(text: str, completions: int) -> int:
    """How many indexes a list has, all below `completions`.  Raises BadIndexes."""
    total, last = 0, None
    for part in text.split(",") if text else ():
        first, end = interval(part, completions)
        if last is not None and last >= first:
            raise BadIndexes(f"non-increasing order, previous: {last}, current: {first}")
        total += end - first + 1
        last = end
    return total


def interval(text: str, completions: int) -> Interval:
    """One index or a range of them.  Raises BadIndexes."""
    parts = text.split("-")
    if len(parts) > 2:
        shown = goformat.quote(text)
        rule = "violates the requirement that an index interval can have at most two parts separated by '-'"
        raise BadIndexes(f"the fragment {shown} {rule}")
    limits = [index(part, completions) for part in parts]
    if len(limits) == 2 and limits[0] >= limits[1]:
        raise BadIndexes(f"non-increasing order, previous: {limits[0]}, current: {limits[1]}")
    return limits[0], limits[-1]


def index(text: str, completions: int) -> int:
    if not NUMBER.fullmatch(text):
        raise BadIndexes(f"cannot convert string to integer for index: {goformat.quote(text)}")
    number = int(text)
    if number >= completions:
        raise BadIndexes(f"too large index: {goformat.quote(text)}")
    return number


def overlap(one: str, other: str, completions: int) -> int | None:
    """The first index that is in both lists; parts that can't be read are passed over."""
    firsts, seconds = readable(one, completions), readable(other, completions)
    while firsts and seconds:
        (start, end), (other_start, other_end) = firsts[0], seconds[0]
        if start <= other_end and other_start <= end:
            return max(start, other_start)
        (firsts if start <= other_start else seconds).pop(0)
    return None


def readable(text: str, completions: int) -> list[Interval]:
    found = []
    for part in text.split(",") if text else ():
        try:
            found.append(interval(part, completions))
        except BadIndexes:
            continue
    return found
