"""Quantities: `500m`, `1.5Gi`, `1e3`.

The amount is kept as a whole number of billionths, the finest step a quantity can have, so that sums and comparisons
are plain integer arithmetic.  Mirrors `k8s.io/apimachinery/pkg/api/resource`, limits and rounding included.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering
from typing import Any

from kroute.machinery import goformat

NANOS = 10**9
LARGEST = (2**63 - 1) * NANOS
DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
DECIMAL_SI, BINARY_SI, DECIMAL_EXPONENT = "DecimalSI", "BinarySI", "DecimalExponent"
DECIMAL_SUFFIXES = {exponent: suffix for suffix, exponent in DECIMAL.items()}
BINARY_SUFFIXES = {0: ""} | {exponent: suffix for suffix, exponent in BINARY.items()}

WRONG_FORM = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
WRONG_NUMBER = "unable to parse numeric part of quantity"
WRONG_SUFFIX = "unable to parse quantity's suffix"

FORM = re.compile(r"([+-]?)0*([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)")
PLAIN = re.compile(r"([1-9][0-9]{0,5})(m|k|M|G|[KMGT]i)?")  # what nearly all quantities look like
EXPONENT = re.compile(r"[eE]([+-]?[0-9]+)")
LONGEST = 1000  # digits and exponents beyond this are refused, not computed


class QuantityError(ValueError):
    """A value that is no quantity; says why as kube-apiserver does."""


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """An amount, and the style that it is written in: `DecimalSI`, `BinarySI` or `DecimalExponent`.

    Comparing and hashing look at the amount alone; a sum has the style of its first operand that is not zero.
    """

    nanos: int
    style: str = DECIMAL_SI

    def __str__(self) -> str:
        """The canonical text."""
        whole, rest = divmod(self.nanos, NANOS)
        if self.nanos == 0:
            return "0"
        if self.style == BINARY_SI and not rest and abs(whole) >= 1024:
            whole, times = without_factors(whole, 1024)
            shown = min(times, 6)
            return f"{whole * 1024 ** (times - shown)}{BINARY_SUFFIXES[shown * 10]}"
        amount, exponent = without_factors(self.nanos, 10)
        exponent -= 9
        shift = exponent % 3 if exponent <= 18 or self.style == DECIMAL_EXPONENT else exponent - 18
        amount, exponent = amount * 10**shift, exponent - shift
        if self.style == DECIMAL_EXPONENT:
            return f"{amount}e{exponent}" if exponent else str(amount)
        return f"{amount}{DECIMAL_SUFFIXES[exponent]}"

    def __eq__(self, other: object) -> bool:
        return self.nanos == other.nanos if isinstance(other, Quantity) else NotImplemented

    def __lt__(self, other: Quantity) -> bool:
        return self.nanos < other.nanos

    def __hash__(self) -> int:
        return hash(self.nanos)

    def __bool__(self) -> bool:
        return self.nanos != 0

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(self.nanos + other.nanos, self.style if self.nanos else other.style)

    def __sub__(self, other: Quantity) -> Quantity:
        return Quantity(self.nanos - other.nanos, self.style if self.nanos else other.style)

    def __neg__(self) -> Quantity:
        return Quantity(-self.nanos, self.style)

    def __mul__(self, factor: int) -> Quantity:
        return Quantity(self.nanos * factor, self.style)

    @property
    def value(self) -> int:
        """The amount in whole units, rounded away from zero."""
        return away_from_zero(self.nanos, NANOS)

    @property
    def milli(self) -> int:
        """The amount in thousandths, rounded away from zero."""
        return away_from_zero(self.nanos, 10**6)


ZERO = Quantity(0)


def away_from_zero(amount: int, unit: int) -> int:
    """A quotient, rounded so that nothing asked for becomes nothing."""
    return -(-amount // unit) if amount > 0 else amount // unit


def without_factors(value: int, base: int) -> tuple[int, int]:
    """`value` divided by `base` as often as it goes without a rest, and how often that was."""
    times = 0
    while value % base == 0:
        value //= base
        times += 1
    return value, times


def parse(text: str) -> Quantity:
    """Read a quantity.  Raises QuantityError."""
    return read(text)[0]


def from_json(value: Any) -> Quantity:
    """The quantity of a JSON value: a text, a number, or null for zero.  Raises QuantityError."""
    return parse(text_of(value))


def canonical(value: Any) -> str:
    """A quantity's JSON value as it is stored and served.  Raises QuantityError.

    Some texts that are not canonical are kept as they are, as the reference keeps them (`1.500`).
    """
    text = value if type(value) is str else text_of(value)
    plain = PLAIN.fullmatch(text)
    if plain and (plain[1][-3:] != "000" if not plain[2] or len(plain[2]) == 1 else int(plain[1]) % 8):
        return text
    text = text_of(text)
    amount, kept = read(text)
    return text if kept else str(amount)


def text_of(value: Any) -> str:
    """The text that a JSON value stands for; blanks around it do not count."""
    if isinstance(value, str):
        return value.strip(" \t\r\n\v\f\x85\xa0")
    if value is None:
        return "0"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise QuantityError(WRONG_FORM)
    return goformat.json_number(value) if isinstance(value, float) else str(value)


def read(text: str) -> tuple[Quantity, bool]:
    """The quantity, and whether its text is to be kept as it is."""
    if text == "0":
        return ZERO, True
    match = FORM.fullmatch(text)
    if not match or not text:
        raise QuantityError(WRONG_FORM)
    sign, digits, fraction, suffix = match[1], match[2] or "0", match[3] or "", match[4]  # no digits at all is 0
    base, exponent, style = interpret(suffix)
    if len(digits) + len(fraction) > LONGEST or exponent > LONGEST:
        raise QuantityError(WRONG_NUMBER)
    unscaled = int(digits + fraction)
    nanos = scaled(unscaled, base, exponent, len(fraction))
    if style == BINARY_SI:
        nanos = min(nanos, LARGEST)
        if 0 < nanos < NANOS:
            style = DECIMAL_SI
    return Quantity(-nanos if sign == "-" else nanos, style), keeps_text(digits, fraction, exponent, style)


def interpret(suffix: str) -> tuple[int, int, str]:
    """A suffix as base, exponent and style."""
    if suffix in DECIMAL:
        return 10, DECIMAL[suffix], DECIMAL_SI
    if suffix in BINARY:
        return 2, BINARY[suffix], BINARY_SI
    match = EXPONENT.fullmatch(suffix)
    if not match or len(match[1]) > 19:
        raise QuantityError(WRONG_SUFFIX)
    return 10, int(match[1]), DECIMAL_EXPONENT


def scaled(unscaled: int, base: int, exponent: int, places: int) -> int:
    """Billionths; what is finer is rounded up."""
    if base == 2:
        unscaled, exponent = unscaled << exponent, 0
    power = exponent - places + 9
    if power >= 0:
        return unscaled * int(10**power)
    if -power > 2 * LONGEST:
        return 1 if unscaled else 0
    return away_from_zero(unscaled, int(10**-power))


def keeps_text(digits: str, fraction: str, exponent: int, style: str) -> bool:
    """Whether the reference takes the text for canonical already."""
    if style == BINARY_SI:
        room = 15 - len(digits) - exponent * 3 // 10 - 1
        return not fraction and room >= 0 and int(digits) % 8 != 0
    shifted = digits + fraction
    scale = exponent - len(fraction)
    fits = len(shifted) <= 18 and scale >= -9
    return fits and scale % 3 == 0 and not shifted.endswith("000") and shifted[0] != "0"
