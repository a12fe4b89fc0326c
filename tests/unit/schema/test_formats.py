"""String formats: what is one and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.schema import formats

GOOD = [
    ("date-time", "2020-01-01T00:00:00Z"),
    ("date-time", "2014-12-15t19:30:20.000z"),
    ("datetime", "2020-01-01T23:59:59+01:00"),
    ("date", "2020-02-29"),
    ("email", "a@example.com"),
    ("email", "Ada <ada@example.com>"),
    ("email", "a@b"),
    ("email", '"odd name"@example.com'),
    ("ipv4", "1.2.3.4"),
    ("ipv4", "010.0.0.1"),
    ("ipv6", "::1"),
    ("cidr", "10.0.0.0/8"),
    ("cidr", "10.1.2.3/8"),
    ("cidr", "fd00::/64"),
    ("mac", "01:02:03:04:05:ab"),
    ("mac", "0102.0304.05ab"),
    ("uuid", "12345678-1234-1234-1234-123456789ABC"),
    ("uuid", "12345678123412341234123456789abc"),
    ("uuid4", "12345678-1234-4234-8234-123456789abc"),
    ("uri", "http://example.com/x?y=z"),
    ("uri", "/only/a/path"),
    ("uri", "mailto:x"),
    ("uri", "http://[::1]:80/"),
    ("duration", "3s"),
    ("duration", "1h2m3.5s"),
    ("duration", "22 ns"),
    ("duration", "3 days"),
    ("byte", "aGk="),
    ("byte", "YWJj"),
    ("hostname", "example.com"),
    ("hostname", "example"),
    ("hostname", "bücher.example"),
    ("hexcolor", "#FFF"),
    ("rgbcolor", "rgb(255, 0, 17)"),
    ("isbn", "0321751043"),
    ("isbn", "978-0321751041"),
    ("creditcard", "4111 1111 1111 1111"),
    ("ssn", "111-22-3333"),
    ("bsonobjectid", "507f1f77bcf86cd799439011"),
    ("password", ""),
    ("k8s-short-name", "a-1"),
    ("k8s-long-name", "a.b-c.9"),
]
BAD = [
    ("date-time", "yesterday"),
    ("date-time", "2020-01-01"),
    ("date-time", "2020-01-01T24:00:00Z"),
    ("date-time", "2020-01-01T00:00:00"),
    ("date", "2020-13-01"),
    ("date", "2021-02-29"),
    ("email", "nope"),
    ("email", "a@"),
    ("email", "a b@c"),
    ("ipv4", "1.2.3"),
    ("ipv4", "1.2.3.256"),
    ("ipv4", "::1"),
    ("ipv6", "1.2.3.4"),
    ("ipv6", "fe80::1%eth0"),
    ("cidr", "10.0.0.0"),
    ("cidr", "10.0.0.0/33"),
    ("mac", "01:02:03"),
    ("mac", "01:02-03:04:05:06"),
    ("uuid", "123"),
    ("uuid4", "12345678-1234-1234-1234-123456789abc"),
    ("uri", ":x"),
    ("uri", ""),
    ("uri", "relative/path"),
    ("uri", "/bad%zz"),
    ("duration", "1 fortnight"),
    ("duration", ""),
    ("byte", "***"),
    ("byte", "YQ"),
    ("byte", ""),
    ("hostname", "-x-"),
    ("hostname", "a..b"),
    ("hostname", "under_score.com"),
    ("hostname", "x" * 64),
    ("hexcolor", "#12"),
    ("rgbcolor", "rgb(256,0,0)"),
    ("isbn", "0321751044"),
    ("creditcard", "4111111111111112"),
    ("ssn", "1112233333"),
    ("k8s-short-name", "A"),
    ("k8s-short-name", "a" * 64),
    ("k8s-long-name", "a..b"),
]


def check(name: str, text: str) -> bool:
    found = formats.check_of(name)
    assert found is not None
    return found(text)


@pytest.mark.parametrize("name, text", GOOD)
def test_a_text_of_the_format_passes(name: str, text: str) -> None:
    assert check(name, text)


@pytest.mark.parametrize("name, text", BAD)
def test_another_text_does_not(name: str, text: str) -> None:
    assert not check(name, text)


def test_an_unknown_format_checks_nothing() -> None:
    assert formats.check_of("whatever") is None


@pytest.mark.parametrize(
    "kind, name, wanted",
    [
        ("string", "date-time", True),
        ("string", "int32", False),
        ("integer", "int32", True),
        ("integer", "date", False),
        ("number", "double", True),
        ("number", "int64", False),
        ("", "uuid", True),
        ("object", "uuid", False),
        ("string", "whatever", False),
    ],
)
def test_formats_mean_something_only_for_their_types(kind: str, name: str, wanted: bool) -> None:
    assert formats.recognized(kind, name) is wanted


@given(st.sampled_from(sorted(formats.CHECKS)), st.text())
def test_no_text_makes_a_check_fail_with_an_exception(name: str, text: str) -> None:
    assert formats.CHECKS[name](text) in (True, False)
