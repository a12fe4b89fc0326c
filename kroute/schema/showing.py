"""Values of custom objects in messages: their fields have no order of their own, so Go shows them sorted."""

from __future__ import annotations

from typing import Any


def sorted_keys(value: Any) -> Any:
    """A JSON value with all keys in order; scalars are themselves."""
    if type(value) is dict:
        return {key: sorted_keys(value[key]) for key in sorted(value)}
    if type(value) is list:
        return [sorted_keys(item) for item in value]
    return value
