"""Costs and sizes as ranges of what they may be at least and at most, as 64 bits count."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

MOST: Final = 2**64 - 1


class Range(NamedTuple):
    """Whole numbers from `least` to `most`; what would be more than 64 bits hold stays the largest that they hold."""

    least: int
    most: int

    def plus(self, other: Range) -> Range:
        return Range(min(self.least + other.least, MOST), min(self.most + other.most, MOST))

    def times(self, other: Range) -> Range:
        return Range(min(self.least * other.least, MOST), min(self.most * other.most, MOST))

    def scaled(self, factor: float) -> Range:
        """Multiplied and rounded up."""
        return Range(scaled(self.least, factor), scaled(self.most, factor))

    def union(self, other: Range) -> Range:
        return Range(min(self.least, other.least), max(self.most, other.most))


def scaled(number: int, factor: float) -> int:
    product = float(number) * factor
    return MOST if product >= MOST else math.ceil(product)


def fixed(number: int) -> Range:
    return Range(number, number)


UNKNOWN: Final = Range(0, MOST)
NOTHING: Final = fixed(0)
ONE: Final = fixed(1)
EMPTY: Final = Range(MOST, 0)
