"""Lists of resources: quantities are whole thousandths in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from kroute.machinery import objects, quantity

MILLI = 10**6
FINER = ("n", "u")


def rounding(fields: Iterable[str]) -> Callable[[objects.Object], None]:
    """A function that rounds the quantities of these fields."""
    names = tuple(fields)

    def fill(obj: objects.Object) -> None:
        for name in names:
            found = obj.get(name)
            if found:
                round_up(found)

    return fill


def round_up(resources: dict[str, Any]) -> None:
    """Round up to thousandths what is finer, in place; only such values have a point or end so."""
    for name, text in resources.items():
        if "." in text or text.endswith(FINER):
            amount = quantity.parse(text)
            milli = quantity.away_from_zero(amount.nanos, MILLI)
            resources[name] = str(quantity.Quantity(milli * MILLI, amount.style))
