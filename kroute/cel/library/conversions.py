"""Conversions between types (`int('7')`), and values as texts."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from kroute.cel import values
from kroute.cel.library import times
from kroute.cel.values import Duration, EvaluationError, NoSuchOverload, Timestamp, TypeName, Uint
from kroute.machinery import goformat

INTEGER: Final = re.compile(r"[+-]?\d+", re.ASCII)
NATURAL: Final = re.compile(r"\d+", re.ASCII)
FLAGS: Final = re.IGNORECASE | re.ASCII
FLOAT: Final = re.compile(r"[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf|infinity|nan)", FLAGS)
TRUE: Final = frozenset(("1", "t", "T", "TRUE", "true", "True"))
FALSE: Final = frozenset(("0", "f", "F", "FALSE", "false", "False"))


def cannot(value: Any, wanted: str) -> EvaluationError:
    return EvaluationError(f"type conversion error from '{values.name_of(value)}' to '{wanted}'")


def to_int(value: Any) -> int:
    kind = type(value)
    if kind is int:
        return int(value)
    if kind is str:
        if INTEGER.fullmatch(value) and values.MIN_INT <= int(value) <= values.MAX_INT:
            return int(value)
        raise cannot(value, "int")
    if kind is float:
        if math.isfinite(value) and abs(value) < 2**63:
            return int(value)
        raise EvaluationError("integer overflow")
    if kind is Uint:
        return values.checked_int(int(value))
    if kind is Timestamp:
        return int(value.nanos // times.SECOND)
    if kind is Duration:
        return int(value.nanos)
    raise NoSuchOverload


def to_uint(value: Any) -> Uint:
    kind = type(value)
    if kind is Uint:
        return Uint(value)
    if kind is int:
        return values.checked_uint(value)
    if kind is str:
        if NATURAL.fullmatch(value) and int(value) <= values.MAX_UINT:
            return Uint(value)
        raise cannot(value, "uint")
    if kind is float:
        if math.isfinite(value) and 0 <= value < 2**64:
            return Uint(int(value))
        raise EvaluationError("unsigned integer overflow")
    raise NoSuchOverload


def to_double(value: Any) -> float:
    kind = type(value)
    if kind in values.NUMBERS:
        return float(value)
    if kind is str:
        if FLOAT.fullmatch(value):
            return float(value)
        raise cannot(value, "double")
    raise NoSuchOverload


def to_bool(value: Any) -> bool:
    if type(value) is bool:
        return bool(value)
    if type(value) is str:
        if value in TRUE or value in FALSE:
            return value in TRUE
        raise cannot(value, "bool")
    raise NoSuchOverload


def to_bytes(value: Any) -> bytes:
    if type(value) is bytes:
        return bytes(value)
    if type(value) is str:
        return value.encode("utf-8", "surrogatepass")
    raise NoSuchOverload


def to_text(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return str(value)
    if kind is bool:
        return "true" if value else "false"
    if kind is int or kind is Uint:
        return str(int(value))
    if kind is float:
        return show_double(value)
    if kind is bytes:
        try:
            return bytes(value).decode()
        except UnicodeDecodeError:
            raise EvaluationError("invalid UTF-8 in bytes, cannot convert to string") from None
    if kind is Timestamp:
        return times.show_timestamp(value)
    if kind is Duration:
        return times.show_duration(value)
    if getattr(value, "cel_type", "") in ("net.IP", "net.CIDR"):
        return str(value)
    raise NoSuchOverload


def to_timestamp(value: Any) -> Timestamp:
    if type(value) is Timestamp:
        return value
    if type(value) is str:
        found = times.parse_timestamp(value)
        if found is None:
            raise cannot(value, "google.protobuf.Timestamp")
        return found
    if type(value) is int:
        return times.checked_timestamp(value * times.SECOND)
    raise NoSuchOverload


def to_duration(value: Any) -> Duration:
    if type(value) is Duration:
        return value
    if type(value) is str:
        found = times.parse_duration(value)
        if found is None:
            raise cannot(value, "google.protobuf.Duration")
        return found
    if type(value) is int:
        return times.checked_duration(value)
    raise NoSuchOverload


def show_double(value: float) -> str:
    """A double as Go's %g writes it."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return goformat.number(value)


def shown(value: Any) -> str:
    """A value as error messages name it."""
    if isinstance(value, TypeName):
        return value.name
    try:
        return to_text(value)
    except EvaluationError:
        return str(value)


CONVERSIONS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "int": to_int,
    "uint": to_uint,
    "double": to_double,
    "bool": to_bool,
    "bytes": to_bytes,
    "string": to_text,
    "timestamp": to_timestamp,
    "duration": to_duration,
}
