"""Times: canonical forms, and the words for bad ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.machinery import times

TIME = '" as "2006-01-02T15:04:05Z07:00": cannot parse '
MICRO = '" as "2006-01-02T15:04:05.000000Z07:00": cannot parse '


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("2001-02-03T04:05:06Z", "2001-02-03T04:05:06Z"),
        ("2001-02-03T04:05:06+02:00", "2001-02-03T02:05:06Z"),
        ("2001-02-03T04:05:06-00:30", "2001-02-03T04:35:06Z"),
        ("2001-02-03T04:05:06.999999999Z", "2001-02-03T04:05:06Z"),
        ("2001-02-03T04:05:06,5Z", "2001-02-03T04:05:06Z"),
        ("2001-02-03T4:05:06Z", "2001-02-03T04:05:06Z"),
        ("2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ],
)
def test_a_time_is_stored_in_utc_and_seconds(text: str, wanted: str) -> None:
    assert times.canonical(text) == wanted


@pytest.mark.parametrize(
    "text, message",
    [
        ("now", TIME + '"now" as "2006"'),
        ("", TIME + '"" as "2006"'),
        ("20010203", TIME + '"0203" as "-"'),
        ("2001-2-03T04:05:06Z", TIME + '"2-03T04:05:06Z" as "01"'),
        ("2001-02-03 04:05:06Z", TIME + '" 04:05:06Z" as "T"'),
        ("2001-02-03", TIME + '"" as "T"'),
        ("2001-02-03T04:05", TIME + '"" as ":"'),
        ("2001-02-03T04:05:06", TIME + '"" as "Z07:00"'),
        ("2001-02-03T04:05:06z", TIME + '"z" as "Z07:00"'),
        ("2001-02-03T04:05:06+0200", TIME + '"+0200" as "Z07:00"'),
        ("2001-02-03T04:05:6Z", TIME + '"6Z" as "05"'),
        ("2001-13-03T04:05:06Z", '": month out of range'),
        ("2001-00-03T04:05:06Z", '": month out of range'),
        ("2001-02-31T04:05:06Z", '": day out of range'),
        ("2001-02-00T04:05:06Z", '": day out of range'),
        ("2001-02-03T24:05:06Z", '": hour out of range'),
        ("2001-02-03T04:60:06Z", '": minute out of range'),
        ("2001-02-03T04:05:60Z", '": second out of range'),
        ("2001-02-03T04:05:06+25:00", '": time zone offset hour out of range'),
        ("2001-02-03T04:05:06+01:61", '": time zone offset minute out of range'),
        ("2001-02-03T04:05:06Zx", '": extra text: "x"'),
    ],
)
def test_a_bad_time_is_refused_in_the_words_of_go(text: str, message: str) -> None:
    with pytest.raises(times.TimeError) as caught:
        times.canonical(text)
    assert str(caught.value) == f'parsing time "{text}{message}'


@pytest.mark.parametrize(
    "text, message",
    [
        ("now", MICRO + '"now" as "2006"'),
        ("2001-02-03T04:05:06Z", MICRO + '"Z" as ".000000"'),
        ("2001-02-03T04:05:06.5Z", MICRO + '".5Z" as ".000000"'),
        ("2001-02-03T04:05:06.1234567Z", MICRO + '"7Z" as "Z07:00"'),
    ],
)
def test_a_micro_time_has_six_digits_of_fraction(text: str, message: str) -> None:
    with pytest.raises(times.TimeError) as caught:
        times.canonical_micro(text)
    assert str(caught.value) == f'parsing time "{text}{message}'


def test_a_micro_time_is_stored_in_utc() -> None:
    assert times.canonical_micro("2001-02-03T04:05:06.123456Z") == "2001-02-03T04:05:06.123456Z"
    assert times.canonical_micro("2001-02-03T04:05:06.123456+01:00") == "2001-02-03T03:05:06.123456Z"


def test_texts_are_quoted_byte_by_byte() -> None:
    with pytest.raises(times.TimeError) as caught:
        times.parse('ü"\n\\')
    assert str(caught.value).startswith(r'parsing time "\xc3\xbc\"\x0a\\" as ')


def test_now_is_canonical() -> None:
    assert times.CANONICAL.fullmatch(times.now()) or times.now()[8:10] in ("29", "30", "31")
    assert times.parse(times.now()) <= datetime.now(UTC)
    assert times.parse_micro(times.now_micro()) <= datetime.now(UTC)


@pytest.mark.parametrize(
    "one, other, wanted",
    [
        (None, None, True),
        ("2001-02-03T04:05:06Z", None, False),
        ("2001-02-03T04:05:06Z", "2001-02-03T05:05:06+01:00", True),
        ("2001-02-03T04:05:06Z", "2001-02-03T04:05:07Z", False),
        ("2001-02-03T04:05:06Z", "yesterday", False),
    ],
)
def test_times_are_compared_by_what_they_mean(one: str | None, other: str | None, wanted: bool) -> None:
    assert times.same(one, other) is wanted


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_shown_reads_back(moment: datetime) -> None:
    assert times.parse(times.show(moment)) == moment.replace(microsecond=0)
    assert times.parse_micro(times.show_micro(moment)) == moment


@given(st.text(alphabet="0123456789-:.TZ+ x", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (times.canonical, times.canonical_micro):
        try:
            assert read(read(text)) == read(text)
        except times.TimeError:
            continue
