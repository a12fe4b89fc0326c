"""Numbers against a schema's limits, as Go's 64-bit integers and floats compare and print.

Mirrors the number rules of `k8s.io/kube-openapi/pkg/validation/validate`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from kroute.machinery import goformat
from kroute.schema import structural

SMALLEST, BIGGEST = -(2**63), 2**63 - 1
SAFE = 2**53 - 1  # beyond this a float is not taken for an integer
NEARLY = 1e-9
LARGEST_FLOAT = 3.4028234663852886e38


def is_whole(value: float) -> bool:
    """Whether a float stands for an integer."""
    if isinstance(value, int):
        return True
    if math.isnan(value) or math.isinf(value) or abs(value) > SAFE:
        return False
    near = float(int(value))
    return value == near or abs(value - near) / (abs(value) + abs(near)) < NEARLY


def is_integer(value: float) -> bool:
    """Whether the value is one of Go's int64."""
    return isinstance(value, int) and SMALLEST <= value <= BIGGEST


def outside(node: structural.Structural, wanted: str, value: float) -> Iterator[str]:
    """What messages call the value and the limits, where the type itself can't hold them."""
    checked: list[tuple[str, float | None]] = [("Checked", value), ("MultipleOf", node.multiple_of)]
    checked += [("Minimum boundary", node.minimum), ("Maximum boundary", node.maximum)]
    for name, number in checked:
        if number is not None and not holds(wanted, node.format, number):
            yield name


def holds(wanted: str, format_name: str, value: float) -> bool:
    """Whether a type with its format can hold the number."""
    if wanted == "integer":
        if value % 1 != 0:
            return False
        low, high = (-(2**31), 2**31 - 1) if format_name == "int32" else (SMALLEST, BIGGEST)
        return low <= value <= high
    return not (wanted == "number" and format_name == "float" and abs(value) > LARGEST_FLOAT)


def broken_rules(node: structural.Structural, wanted: str, value: float, path: str) -> Iterator[str]:
    """The rules that a number breaks, worded."""

    def as_compared(limit: float) -> float:
        """An integer is compared with the integer part of the limit, unless the type forbids such limits."""
        return int(limit) if is_integer(value) and holds(wanted, node.format, limit) else limit

    if node.multiple_of is not None:
        factor = as_compared(node.multiple_of)
        if factor <= 0:
            yield f"factor MultipleOf declared for {path} must be positive: {shown(factor)}"
        elif not is_multiple(value, factor):
            yield f"should be a multiple of {shown(factor)}"
    if node.minimum is not None:
        limit = as_compared(node.minimum)
        if value < limit or (node.exclusive_minimum and value == limit):
            yield f"should be greater than {'' if node.exclusive_minimum else 'or equal to '}{shown(limit)}"
    if node.maximum is not None:
        limit = as_compared(node.maximum)
        if value > limit or (node.exclusive_maximum and value == limit):
            yield f"should be less than {'' if node.exclusive_maximum else 'or equal to '}{shown(limit)}"


def is_multiple(value: float, factor: float) -> bool:
    if isinstance(factor, int) and isinstance(value, int):
        return value % factor == 0
    ratio = 1 / factor * value if factor < 1 else value / factor
    return is_whole(ratio)


def shown(value: float) -> str:
    return str(value) if isinstance(value, int) else goformat.number(value)
