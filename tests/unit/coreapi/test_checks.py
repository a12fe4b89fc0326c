"""The small checks that validators are put together from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from kroute.coreapi import checks
from kroute.machinery import names
from tests.unit.coreapi import harness

GOOD: list[Iterable[Any]] = [
    checks.required("x", "p"),
    checks.required_fields({"a": 1}, "p", "a"),
    checks.forbidden_fields({"a": None}, "p", "no", "a", "b"),
    checks.one_of("a", ("a", "b"), "p"),
    checks.optional_one_of(None, ("a",), "p"),
    checks.required_one_of("a", ("a",), "p"),
    checks.text("a", names.dns1123_label, "p"),
    checks.optional_text("", names.dns1123_label, "p"),
    checks.optional_text(None, names.dns1123_label, "p"),
    checks.required_text("a", names.dns1123_label, "p"),
    checks.non_negative({"a": 0}, "p", "a", "b"),
    checks.positive(1, "p"),
    checks.in_range(None, 1, 2, "p"),
    checks.in_range(2, 1, 2, "p"),
    checks.user_id(0, "p"),
    checks.file_mode(0o777, "p"),
    checks.port(65535, "p"),
    checks.port_number_or_name("http", "p"),
    checks.port_number_or_name(80, "p"),
    checks.number_or_percentage(0, "p"),
    checks.number_or_percentage("25%", "p"),
    checks.at_most_all("100%", "p"),
    checks.at_most_all(200, "p"),
    checks.quantity_not_negative("0", "p"),
    checks.quantity_positive("1n", "p"),
    checks.relative_path("a/b..", "p"),
    checks.file_below("a", "p"),
    checks.ip_address("10.0.0.1", "p"),
    checks.ip_address("2001:db8::1", "p"),
    checks.ip_address("nonsense", "p", known=("nonsense",)),
    checks.immutable({"a": []}, {}, "p", "a"),
    checks.not_decremented({"a": 2}, {"a": 1}, "p", "a"),
    checks.not_decremented({}, {}, "p", "a"),
    checks.at_most({"a": 1, "b": 1}, "p", "a", "b", "too much"),
]
LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
BAD: list[tuple[Iterable[Any], str]] = [
    (checks.required("", "p"), "p: Required value"),
    (checks.required([], "p", "why"), "p: Required value: why"),
    (checks.required_fields({}, "p", "a"), "p.a: Required value"),
    (checks.required_fields({}, "", "a"), "a: Required value"),
    (checks.forbidden_fields({"a": 0}, "p", "no", "a"), "p.a: Forbidden: no"),
    (checks.one_of("c", ("a", "b"), "p"), 'p: Unsupported value: "c": supported values: "a", "b"'),
    (checks.optional_one_of("", ("a",), "p"), 'p: Unsupported value: "": supported values: "a"'),
    (checks.required_one_of("", ("a",), "p"), "p: Required value"),
    (checks.required_one_of("b", ("a",), "p"), 'p: Unsupported value: "b": supported values: "a"'),
    (checks.text("", names.dns1123_label, "p"), f'p: Invalid value: "": {LABEL}'),
    (checks.required_text(None, names.dns1123_label, "p"), "p: Required value"),
    (checks.required_text("A", names.dns1123_label, "p"), f'p: Invalid value: "A": {LABEL}'),
    (checks.optional_text("A", names.dns1123_label, "p"), f'p: Invalid value: "A": {LABEL}'),
    (checks.non_negative({"a": -1}, "p", "a"), "p.a: Invalid value: -1: must be greater than or equal to 0"),
    (checks.non_negative({"a": -1}, "", "a"), "a: Invalid value: -1: must be greater than or equal to 0"),
    (checks.positive(0, "p"), "p: Invalid value: 0: must be greater than zero"),
    (checks.in_range(3, 1, 2, "p"), "p: Invalid value: 3: must be between 1 and 2, inclusive"),
    (checks.user_id(-1, "p"), "p: Invalid value: -1: must be between 0 and 2147483647, inclusive"),
    (checks.file_mode(0o1000, "p"),
     "p: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive"),
    (checks.port(0, "p"), "p: Invalid value: 0: must be between 1 and 65535, inclusive"),
    (checks.port_number_or_name("1", "p"), 'p: Invalid value: "1": must contain at least one letter (a-z)'),
    (checks.number_or_percentage(-1, "p"), "p: Invalid value: -1: must be greater than or equal to 0"),
    (checks.number_or_percentage("half", "p"),
     'p: Invalid value: "half": a valid percent string must be a numeric string followed by an ending \'%\' (e.g. '
     "'1%',  or '93%', regex used for validation is '[0-9]+%')"),
    (checks.at_most_all("101%", "p"), 'p: Invalid value: "101%": must not be greater than 100%'),
    (checks.quantity_not_negative("-1", "p"), 'p: Invalid value: "-1": must be greater than or equal to 0'),
    (checks.quantity_positive("0", "p"), 'p: Invalid value: "0": must be greater than zero'),
    (checks.relative_path("/a", "p"), 'p: Invalid value: "/a": must be a relative path'),
    (checks.relative_path("a/../b", "p"), "p: Invalid value: \"a/../b\": must not contain '..'"),
    (checks.file_below("..a", "p"), "p: Invalid value: \"..a\": must not start with '..'"),
    (checks.ip_address("x", "p"),
     'p: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'),
    (checks.ip_address("fe80::1%eth0", "p"),
     'p: Invalid value: "fe80::1%eth0": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'),
    (checks.ip_address("010.0.0.1", "p"), 'p: Invalid value: "010.0.0.1": must not have leading 0s'),
    (checks.ip_address("::ffff:1.2.3.4", "p"),
     'p: Invalid value: "::ffff:1.2.3.4": must not be an IPv4-mapped IPv6 address'),
    (checks.immutable({"a": 2}, {"a": 1}, "p", "a"), "p.a: Invalid value: 2: field is immutable"),
    (checks.immutable({}, {"a": 1}, "p", "a"), "p.a: Invalid value: null: field is immutable"),
    (checks.not_decremented({"a": 1}, {"a": 2}, "p", "a"), "p.a: Invalid value: 1: cannot be decremented"),
    (checks.not_decremented({}, {"a": 2}, "p", "a"), "p.a: Invalid value: 0: cannot be decremented"),
    (checks.at_most({"a": 1}, "p", "a", "b", "too much"), "p.a: Invalid value: 1: too much"),
]  # fmt: skip


@pytest.mark.parametrize("found, text", [(list(found), text) for found, text in BAD], ids=[text for _, text in BAD])
def test_what_is_wrong_is_said(found: list[Any], text: str) -> None:
    assert harness.texts(found) == [text]


@pytest.mark.parametrize("found", [list(found) for found in GOOD], ids=range(len(GOOD)))
def test_nothing_is_said_of_what_is_right(found: list[Any]) -> None:
    assert found == []


@pytest.mark.parametrize(
    "one, other, equal",
    [(None, "", True), ([], {}, True), (None, [], True), (0, None, False), (False, None, False), (0, 0, True),
     ("a", "b", False)],
)  # fmt: skip
def test_empty_is_as_good_as_unset_but_zero_is_not(one: Any, other: Any, equal: bool) -> None:
    assert checks.same(one, other) is equal
    assert checks.same_fields({"a": one}, {"a": other}) is equal
    assert checks.same_fields({"a": one}, {} if other is None else {"a": other}) is equal
