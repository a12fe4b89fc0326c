"""Quantities (`1.5Gi`) and semantic versions (`1.2.3-rc.1`).

Mirrors `k8s.io/apiserver/pkg/cel/library/quantity.go` and `semverlib.go`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering
from typing import Final

from kroute.cel import values
from kroute.cel.library.overloads import Overload, function, member
from kroute.cel.values import EvaluationError
from kroute.machinery import goformat, quantity

DIGITS: Final = "0123456789"
NUMBER: Final = re.compile(r"[0-9]+", re.ASCII)
WORD: Final = re.compile(r"[0-9A-Za-z-]+", re.ASCII)


@total_ordering
@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity."""

    amount: quantity.Quantity

    cel_type = "kubernetes.Quantity"

    def __lt__(self, other: Quantity) -> bool:
        return self.amount < other.amount


def parse_quantity(text: str) -> Quantity:
    try:
        return Quantity(quantity.parse(text))
    except quantity.QuantityError as error:
        raise EvaluationError(str(error)) from None


def is_quantity(text: str) -> bool:
    try:
        quantity.parse(text)
    except quantity.QuantityError:
        return False
    return True


def is_integer(one: Quantity) -> bool:
    whole, rest = divmod(one.amount.nanos, quantity.NANOS)
    return not rest and values.MIN_INT <= whole <= values.MAX_INT


def as_integer(one: Quantity) -> int:
    if not is_integer(one):
        raise EvaluationError("cannot convert value to integer")
    return one.amount.nanos // quantity.NANOS


def amount_of(one: Quantity | int) -> quantity.Quantity:
    if isinstance(one, int):
        return quantity.Quantity(one * quantity.NANOS, quantity.DECIMAL_EXPONENT)
    return one.amount


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """A version; its build isn't compared."""

    major: int
    minor: int
    patch: int
    release: tuple[str, ...] = ()

    cel_type = "kubernetes.Semver"

    def __lt__(self, other: Version) -> bool:
        one, two = (self.major, self.minor, self.patch), (other.major, other.minor, other.patch)
        if one != two:
            return one < two
        if not self.release or not other.release:
            return bool(self.release) and not other.release
        return [rank(part) for part in self.release] < [rank(part) for part in other.release]


def rank(part: str) -> tuple[bool, int, str]:
    """How identifiers of pre-releases are ordered: numbers first."""
    return (False, int(part), "") if NUMBER.fullmatch(part) else (True, 0, part)


def parse_version(text: str, normalize: bool = False) -> Version:
    """A version; `normalize`: it may have a `v` before it, zeros before numbers, and parts missing."""
    if normalize:
        text = normalized(text)
    if not text:
        raise EvaluationError("Version string empty")
    parts = text.split(".", 2)
    if len(parts) != 3:
        raise EvaluationError("No Major.Minor.Patch elements found")
    major, minor = number(parts[0], "major"), number(parts[1], "minor")
    rest, plus, build = parts[2].partition("+")
    patch, dash, release = rest.partition("-")
    found = Version(major, minor, number(patch, "patch"), tuple(release.split(".")) if dash else ())
    for part in found.release:
        identifier(part, "prerelease", numeric=True)
    for part in build.split(".") if plus else ():
        identifier(part, "build meta data", numeric=False)
    return found


def number(text: str, name: str) -> int:
    shown = goformat.quote(text)
    if not NUMBER.fullmatch(text):
        raise EvaluationError(f"Invalid character(s) found in {name} number {shown}")
    if len(text) > 1 and text.startswith("0"):
        raise EvaluationError(f"{name.capitalize()} number must not contain leading zeroes {shown}")
    if int(text) > values.MAX_UINT:
        raise EvaluationError(f"strconv.ParseUint: parsing {shown}: value out of range")
    return int(text)


def identifier(text: str, name: str, *, numeric: bool) -> None:
    shown = goformat.quote(text)
    if not text:
        raise EvaluationError(f"{name.capitalize()} is empty")
    if numeric and NUMBER.fullmatch(text):
        if len(text) > 1 and text.startswith("0"):
            raise EvaluationError(f"Numeric PreRelease version must not contain leading zeroes {shown}")
    elif not WORD.fullmatch(text):
        raise EvaluationError(f"Invalid character(s) found in {name} {shown}")


def normalized(text: str) -> str:
    parts = [without_zeros(part) if len(part) > 1 else part for part in text.removeprefix("v").split(".", 2)]
    if len(parts) < 3:
        if any(mark in parts[-1] for mark in "+-"):
            raise EvaluationError("Short version cannot contain PreRelease/Build meta data")
        parts += ["0"] * (3 - len(parts))
    return ".".join(parts)


def without_zeros(part: str) -> str:
    shorter = part.lstrip("0")
    return shorter if shorter and shorter[0] in DIGITS else f"0{shorter}"


def is_version(text: str, normalize: bool = False) -> bool:
    try:
        parse_version(text, normalize)
    except EvaluationError:
        return False
    return True


def compare(one: Quantity | Version, other: Quantity | Version) -> int:
    return (one > other) - (one < other)  # type: ignore[operator]


Q, V = Quantity.cel_type, Version.cel_type
QUANTITIES: Final[tuple[Overload, ...]] = (
    function("quantity", "string_to_quantity", "string", Q, parse_quantity),
    function("isQuantity", "is_quantity_string", "string", "bool", is_quantity),
    function("sign", "quantity_sign", Q, "int", lambda one: (one.amount.nanos > 0) - (one.amount.nanos < 0)),
    member("isGreaterThan", "quantity_is_greater_than", f"{Q}; {Q}", "bool", lambda one, other: one > other),
    member("isLessThan", "quantity_is_less_than", f"{Q}; {Q}", "bool", lambda one, other: one < other),
    member("compareTo", "quantity_compare_to", f"{Q}; {Q}", "int", compare),
    member("asApproximateFloat", "quantity_get_float", Q, "double", lambda one: one.amount.nanos / quantity.NANOS),
    member("asInteger", "quantity_get_int", Q, "int", as_integer),
    member("isInteger", "quantity_is_integer", Q, "bool", is_integer),
    member("add", "quantity_add", f"{Q}; {Q}", Q, lambda one, other: Quantity(one.amount + other.amount)),
    member("add", "quantity_add_int", f"{Q}; int", Q, lambda one, other: Quantity(one.amount + amount_of(other))),
    member("sub", "quantity_sub", f"{Q}; {Q}", Q, lambda one, other: Quantity(one.amount - other.amount)),
    member("sub", "quantity_sub_int", f"{Q}; int", Q, lambda one, other: Quantity(one.amount - amount_of(other))),
    function("semver", "string_to_semver", "string", V, parse_version),
    function("semver", "string_bool_to_semver", "string; bool", V, parse_version),
    function("isSemver", "is_semver_string", "string", "bool", is_version),
    function("isSemver", "is_semver_string_bool", "string; bool", "bool", is_version),
    member("isGreaterThan", "semver_is_greater_than", f"{V}; {V}", "bool", lambda one, other: one > other),
    member("isLessThan", "semver_is_less_than", f"{V}; {V}", "bool", lambda one, other: one < other),
    member("compareTo", "semver_compare_to", f"{V}; {V}", "int", compare),
    member("major", "semver_major", V, "int", lambda one: one.major),
    member("minor", "semver_minor", V, "int", lambda one: one.minor),
    member("patch", "semver_patch", V, "int", lambda one: one.patch),
)
