"""Copies of JSON values."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.machinery import objects

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(VALUES)
def test_a_copy_is_equal(value: Any) -> None:
    copied = objects.copy(value)
    assert copied == value
    assert repr(copied) == repr(value)


@pytest.mark.parametrize("value", [{"a": [{"b": {}}]}, [[1], {"a": 2**80}], {"a": "\ud800", "b": [1]}])
def test_nothing_that_changes_is_shared(value: Any) -> None:
    copied = objects.copy(value)
    assert copied == value
    for one, other in zip(inner(copied), inner(value), strict=True):
        assert one is not other


def test_numbers_stay_what_they_are() -> None:
    copied = objects.copy({"zero": -0.0, "one": 1.0, "small": 5e-324, "big": 2**63})
    assert math.copysign(1, copied["zero"]) == -1
    assert [type(number) for number in copied.values()] == [float, float, float, int]


def inner(value: Any) -> list[Any]:
    found = [value] if isinstance(value, dict | list) else []
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        found += inner(item)
    return found
