"""How priority levels share the seats of the server, and lend to each other what they don't need.

Every level has its nominal part.  From time to time each gets anew what it may use: between what it must keep (what
isn't lendable) and what it may borrow up to, near to what it has wanted of late.
Mirrors `updateBorrowing` of `k8s.io/apiserver/pkg/util/flowcontrol`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from kroute.flowcontrol import configuring

PERIOD = 10.0
"""Seconds between two adjustments."""

SMOOTHING = 0.977
"""How much of the smoothed demand stays in one period: half of it goes in five minutes."""


class Bounds(NamedTuple):
    """The seats of a level: its own, and the fewest and the most that it may have."""

    nominal: int
    least: int
    most: int


def bounds(levels: Mapping[str, configuring.Level], total: int) -> dict[str, Bounds]:
    """The seats of each level when the server has `total`."""
    shares = sum(level.shares for level in levels.values())
    made: dict[str, Bounds] = {}
    nominal = {name: math.ceil(total * level.shares / shares) if shares else 0 for name, level in levels.items()}
    whole = sum(nominal.values())
    for name, level in levels.items():
        own = nominal[name]
        lendable = math.floor(own * level.lendable / 100 + 0.5)
        more = whole if level.borrowing is None else math.floor(own * level.borrowing / 100 + 0.5)
        made[name] = Bounds(own, own - lendable, min(whole, own + more))
    return made


class Demand:
    """The demand for seats of a level: its average and its peak in the present period, and smoothed over many."""

    __slots__ = ("_area", "_began", "_last", "_moment", "peak", "smoothed")

    def __init__(self, now: float) -> None:
        self._began = self._moment = now
        self._area, self._last = 0.0, 0
        self.peak, self.smoothed = 0, 0.0

    def note(self, seats: int, now: float) -> None:
        self._area += self._last * (now - self._moment)
        self._last, self._moment = seats, now
        if seats > self.peak:
            self.peak = seats

    def renew(self, now: float) -> int:
        """End the period; its peak."""
        self.note(self._last, now)
        passed = now - self._began
        average = self._area / passed if passed > 0 else float(self._last)
        envelope = max(average, (average + self.peak) / 2)
        self.smoothed = max(envelope, SMOOTHING * self.smoothed + (1 - SMOOTHING) * envelope)
        peak, self.peak = self.peak, self._last
        self._area, self._began = 0.0, now
        return peak


class Wish(NamedTuple):
    """What a level may get: at least and at most, and how much it would like."""

    least: float
    most: float
    target: float


def allocate(total: int, wishes: Sequence[Wish]) -> list[int]:
    """Seats for each: all by the same fraction of their targets, as far as their bounds allow."""
    low, high = 0.0, 1.0

    def given(fraction: float) -> list[float]:
        return [min(wish.most, max(wish.least, fraction * max(wish.target, 1e-3))) for wish in wishes]

    while sum(given(high)) < total and high < 1e9:
        if all(value >= wish.most for value, wish in zip(given(high), wishes, strict=True)):
            break
        low, high = high, high * 2
    for _ in range(60):
        middle = (low + high) / 2
        if sum(given(middle)) < total:
            low = middle
        else:
            high = middle
    return [round(value) for value in given(high)]
