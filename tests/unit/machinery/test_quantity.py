"""Quantities: what is kept, what is rewritten, what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.machinery import quantity


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("0", "0"),
        ("00", "0"),
        ("-0", "0"),
        ("0Mi", "0"),
        ("1", "1"),
        ("-1", "-1"),
        ("100m", "100m"),
        ("0.1", "100m"),
        ("0.5", "500m"),
        (".5", "500m"),
        ("1000m", "1"),
        ("1500m", "1500m"),
        ("1000", "1k"),
        ("100000", "100k"),
        ("1Gi", "1Gi"),
        ("1024Mi", "1Gi"),
        ("1500Mi", "1500Mi"),
        ("8192Ki", "8Mi"),
        ("1.5Gi", "1536Mi"),
        ("0.5Ki", "512"),
        ("128974848", "128974848"),
        ("12e6", "12e6"),
        ("1e1", "10"),
        ("1.1e5", "110e3"),
        ("1n", "1n"),
        ("0.1n", "1n"),
        ("1.500", "1.500"),
        ("16Ei", "9223372036854775807"),
    ],
)
def test_a_quantity_is_stored_in_its_canonical_text(text: str, wanted: str) -> None:
    assert quantity.canonical(text) == wanted


@pytest.mark.parametrize("text", ["", "x", "1x", "64MB!", "1.2.3", " 1", "1 ", "one", "true", "1\n"])
def test_what_has_not_the_form_of_a_quantity_is_refused(text: str) -> None:
    with pytest.raises(quantity.QuantityError, match="quantities must match the regular expression"):
        quantity.parse(text)


@pytest.mark.parametrize("value", ["", "x", " ", True, False, [], {}, ["1"]])
def test_json_of_another_form_is_refused(value: object) -> None:
    with pytest.raises(quantity.QuantityError, match="quantities must match the regular expression"):
        quantity.canonical(value)


@pytest.mark.parametrize(
    "value, wanted", [(" 1 ", "1"), ("1\n", "1"), (1, "1"), (1000, "1k"), (0.5, "500m"), (2.0, "2"), (None, "0")]
)
def test_json_numbers_null_and_blanks_around_a_text_are_taken(value: object, wanted: str) -> None:
    assert quantity.canonical(value) == wanted
    assert str(quantity.from_json(value)) == wanted


@pytest.mark.parametrize("text", ["1ee", "1e", "1KK", "1mi"])
def test_an_unknown_suffix_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="unable to parse quantity's suffix"):
        quantity.canonical(text)


@pytest.mark.parametrize("text", ["1e999999999", "9" * 5000])
def test_an_amount_too_big_to_compute_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="unable to parse numeric part"):
        quantity.parse(text)


def test_an_amount_too_small_is_rounded_up_to_the_smallest_step() -> None:
    assert quantity.parse("1e-999999999").nanos == 1
    assert quantity.parse("-1e-999999999").nanos == -1
    assert quantity.parse("0e-999999999").nanos == 0


@given(st.integers(-(10**17), 10**17), st.sampled_from([*quantity.DECIMAL, *quantity.BINARY]))
def test_the_canonical_text_means_the_same_amount(number: int, suffix: str) -> None:
    text = f"{number}{suffix}"
    assert quantity.parse(quantity.canonical(text)).nanos == quantity.parse(text).nanos


@given(st.text(alphabet="0123456789.+-eEinumkKMGTP", max_size=12))
def test_canonical_is_idempotent_and_raises_nothing_but_value_error(text: str) -> None:
    try:
        once = quantity.canonical(text)
    except ValueError:
        return
    assert quantity.canonical(once) == once
