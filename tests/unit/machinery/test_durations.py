"""Durations as Go writes and reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.machinery import durations


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("0", "0s"),
        ("-0", "0s"),
        ("5s", "5s"),
        ("90s", "1m30s"),
        ("1h", "1h0m0s"),
        ("1h2m3s", "1h2m3s"),
        ("1.5h", "1h30m0s"),
        (".5s", "500ms"),
        ("1.s", "1s"),
        ("-1.5s", "-1.5s"),
        ("+3m", "3m0s"),
        ("1500us", "1.5ms"),
        ("1500µs", "1.5ms"),
        ("12ns", "12ns"),
        ("1m0.000000001s", "1m0.000000001s"),
        ("2562047h47m16.854775807s", "2562047h47m16.854775807s"),
        ("-9223372036854775808ns", "-2562047h47m16.854775808s"),
    ],
)
def test_a_duration_has_a_canonical_form(text: str, wanted: str) -> None:
    assert durations.canonical(text) == wanted


@pytest.mark.parametrize(
    "text, message",
    [
        ("", 'time: invalid duration ""'),
        ("x", 'time: invalid duration "x"'),
        ("-", 'time: invalid duration "-"'),
        (".s", 'time: invalid duration ".s"'),
        ("1", 'time: missing unit in duration "1"'),
        ("1.", 'time: missing unit in duration "1."'),
        ("1d", 'time: unknown unit "d" in duration "1d"'),
        ("1s2", 'time: missing unit in duration "1s2"'),
        ("9223372036854775808ns", 'time: invalid duration "9223372036854775808ns"'),
        ("9" * 2000 + "s", f'time: invalid duration "{"9" * 2000}s"'),
    ],
)
def test_a_bad_duration_is_refused_in_the_words_of_go(text: str, message: str) -> None:
    with pytest.raises(durations.DurationError) as caught:
        durations.parse(text)
    assert str(caught.value) == message


@given(st.integers(-(2**63), 2**63 - 1))
def test_what_is_shown_reads_back(nanoseconds: int) -> None:
    assert durations.parse(durations.show(nanoseconds)) == nanoseconds


@given(st.text(alphabet="0123456789.-+hmsnuµ x", max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        durations.parse(text)
    except durations.DurationError:
        return
