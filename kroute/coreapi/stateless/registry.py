"""Which storage object each resource without a store has.

Such a resource has a file of its own here, and a line below; one without is not served.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from kroute.coreapi import environment, rows


class Case(NamedTuple):
    """What such a resource is made from."""

    row: rows.Row
    version: str
    environment: environment.Environment


Make: TypeAlias = Callable[[Case], Any]
"""Makes a storage object; how its objects look is derived from the kind."""


def all_makers() -> Mapping[str, Make]:
    """What makes them, by resource."""
    return {}


STATELESS = frozenset({"componentstatuses"})
"""Resources that can be read but have no store."""


def is_stateless(row: rows.Row) -> bool:
    return not row.stored or str(row.group_resource) in STATELESS
