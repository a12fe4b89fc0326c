"""IntOrString."""

from __future__ import annotations

import pytest

from kroute.machinery import intstr


@pytest.mark.parametrize(
    "value, total, up, wanted",
    [(3, 10, True, 3), ("25%", 10, True, 3), ("25%", 10, False, 2), ("0%", 10, True, 0), ("100%", 7, False, 7)],
)
def test_a_percentage_is_scaled(value: intstr.IntOrString, total: int, up: bool, wanted: int) -> None:
    assert intstr.scaled(value, total, round_up=up) == wanted


@pytest.mark.parametrize(
    "value, message",
    [
        ("http", "invalid value for IntOrString: invalid type: string is not a percentage"),
        (
            "x%",
            'invalid value for IntOrString: invalid value "x%": strconv.Atoi: parsing "x": invalid syntax',
        ),
    ],
)
def test_other_texts_are_refused(value: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        intstr.scaled(value, 1, round_up=True)
    assert str(caught.value) == message


def test_only_texts_are_percentages() -> None:
    assert intstr.percent("25%") == 25
    assert intstr.percent("25") is None
    assert intstr.percent(25) is None
