"""Times: read as Go reads them, refused in Go's words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.machinery import gotime


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
        ("2020-01-01T00:00:00.999Z", "2020-01-01T00:00:00Z"),
        ("2020-01-01T1:00:00+02:00", "2019-12-31T23:00:00Z"),
        ("2024-02-29T23:30:00-01:00", "2024-03-01T00:30:00Z"),
        ("9999-12-31T23:59:59-05:00", "10000-01-01T04:59:59Z"),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T01:00:00+01:00", None),
    ],
)
def test_a_time_is_kept_in_whole_seconds_of_utc(text: str, wanted: str | None) -> None:
    assert gotime.seconds(text) == wanted


def test_a_micro_time_keeps_six_digits() -> None:
    assert gotime.microseconds("2020-01-01T00:00:00.123456Z") == "2020-01-01T00:00:00.123456Z"
    assert gotime.microseconds("2020-01-01T02:00:00.000001+02:00") == "2020-01-01T00:00:00.000001Z"


RFC3339 = "2006-01-02T15:04:05Z07:00"


@pytest.mark.parametrize(
    "text, message",
    [
        ("now", f'parsing time "now" as "{RFC3339}": cannot parse "now" as "2006"'),
        ("", f'parsing time "" as "{RFC3339}": cannot parse "" as "2006"'),
        ("2020-01-01", f'parsing time "2020-01-01" as "{RFC3339}": cannot parse "" as "T"'),
        (
            "2020/01/01T00:00:00Z",
            f'parsing time "2020/01/01T00:00:00Z" as "{RFC3339}": cannot parse "/01/01T00:00:00Z" as "-"',
        ),
        ("2020-01-01T00:00:00", f'parsing time "2020-01-01T00:00:00" as "{RFC3339}": cannot parse "" as "Z07:00"'),
        ("2020-13-01T00:00:00Z", 'parsing time "2020-13-01T00:00:00Z": month out of range'),
        ("2021-02-29T00:00:00Z", 'parsing time "2021-02-29T00:00:00Z": day out of range'),
        ("2020-01-01T25:00:00Z", 'parsing time "2020-01-01T25:00:00Z": hour out of range'),
        ("2020-01-01T00:00:00Zx", 'parsing time "2020-01-01T00:00:00Zx": extra text: "x"'),
    ],
)
def test_a_wrong_time_is_refused_in_go_s_words(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="parsing time") as caught:
        gotime.seconds(text)
    assert str(caught.value) == message


def test_a_micro_time_without_six_digits_is_refused() -> None:
    with pytest.raises(ValueError, match="parsing time") as caught:
        gotime.microseconds("2020-01-01T00:00:00Z")
    assert str(caught.value).endswith('as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"')


@given(st.text() | st.from_regex(r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z"))
def test_any_text_is_either_a_time_or_a_value_error(text: str) -> None:
    try:
        once = gotime.seconds(text)
    except ValueError:
        return
    if once and once[0] != "-" and len(once) == 20:
        assert gotime.seconds(once) == once
