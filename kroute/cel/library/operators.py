"""The functions of CEL's standard library and operators, each for all types that it is there for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from kroute.cel import values
from kroute.cel.library import conversions, regexes, times
from kroute.cel.library.overloads import Implementation
from kroute.cel.values import Duration, EvaluationError, NoSuchOverload, Timestamp, Uint

MAX_DURATION: Final = values.MAX_INT
ORDERED: Final = frozenset((bool, str, bytes, Timestamp, Duration))


def add(one: Any, other: Any) -> Any:
    kind = type(one)
    if kind is type(other):
        if kind is int:
            return values.checked_int(one + other)
        if kind is str or kind is list or kind is float or kind is bytes:
            return one + other
        if kind is Uint:
            return values.checked_uint(int(one) + int(other))
        if kind is Duration:
            return times.checked_duration(one.nanos + other.nanos)
    if kind is Timestamp and type(other) is Duration:
        return times.checked_timestamp(one.nanos + other.nanos, one.offset)
    if kind is Duration and type(other) is Timestamp:
        return times.checked_timestamp(one.nanos + other.nanos, other.offset)
    raise NoSuchOverload


def subtract(one: Any, other: Any) -> Any:
    kind = type(one)
    if kind is type(other):
        if kind is int:
            return values.checked_int(one - other)
        if kind is float:
            return one - other
        if kind is Uint:
            return values.checked_uint(int(one) - int(other))
        if kind is Duration or kind is Timestamp:
            return times.checked_duration(one.nanos - other.nanos)
    if kind is Timestamp and type(other) is Duration:
        return times.checked_timestamp(one.nanos - other.nanos, one.offset)
    raise NoSuchOverload


def multiply(one: Any, other: Any) -> Any:
    kind = type(one)
    if kind is type(other):
        if kind is int:
            return values.checked_int(one * other)
        if kind is float:
            return one * other
        if kind is Uint:
            return values.checked_uint(int(one) * int(other))
    raise NoSuchOverload


def divide(one: Any, other: Any) -> Any:
    kind = type(one)
    if kind is not type(other):
        raise NoSuchOverload
    if kind is float:
        if other:
            return one / other
        return math.nan if one == 0 or math.isnan(one) else math.copysign(math.inf, one) * math.copysign(1, other)
    if kind is not int and kind is not Uint:
        raise NoSuchOverload
    if not other:
        raise EvaluationError("division by zero")
    if kind is Uint:
        return Uint(int(one) // int(other))
    quotient = abs(one) // abs(other)
    return values.checked_int(quotient if (one < 0) == (other < 0) else -quotient)


def remainder(one: Any, other: Any) -> Any:
    kind = type(one)
    if kind is not type(other) or (kind is not int and kind is not Uint):
        raise NoSuchOverload
    if not other:
        raise EvaluationError("modulus by zero")
    if kind is Uint:
        return Uint(int(one) % int(other))
    rest = abs(one) % abs(other)
    return -rest if one < 0 else rest


def negate(one: Any) -> Any:
    if type(one) is int:
        return values.checked_int(-one)
    if type(one) is float:
        return -one
    if type(one) is Duration:
        return times.checked_duration(-one.nanos)
    raise NoSuchOverload


def invert(one: Any) -> bool:
    if type(one) is not bool:
        raise NoSuchOverload
    return not one


def not_equal(one: Any, other: Any) -> bool:
    return not values.equal(one, other)


def comparable(one: Any, other: Any) -> bool:
    kind = type(one)
    if kind is type(other):
        return kind in values.NUMBERS or kind in ORDERED
    return kind in values.NUMBERS and type(other) in values.NUMBERS


def less(one: Any, other: Any) -> bool:
    if not comparable(one, other):
        raise NoSuchOverload
    return bool(one < other)


def less_equals(one: Any, other: Any) -> bool:
    if not comparable(one, other):
        raise NoSuchOverload
    return bool(one <= other)


def greater(one: Any, other: Any) -> bool:
    if not comparable(one, other):
        raise NoSuchOverload
    return bool(one > other)


def greater_equals(one: Any, other: Any) -> bool:
    if not comparable(one, other):
        raise NoSuchOverload
    return bool(one >= other)


def within(wanted: Any, items: Any) -> bool:
    return values.contains(items, wanted)


def index(items: Any, place: Any) -> Any:
    """An item of a list, or the value of a map's key."""
    kind = type(items)
    if kind is list:
        return items[position(place, len(items))]
    if kind is dict or isinstance(items, Mapping):
        key = values.find_key(items, place)
        if key is None:
            raise EvaluationError(f"no such key: {conversions.shown(place)}")
        return items[key[0]]
    raise NoSuchOverload


def position(place: Any, size: int) -> int:
    """A place in a list, as an index."""
    if type(place) is float:
        if not place.is_integer():
            raise EvaluationError(f"unsupported index value {conversions.show_double(place)} in list")
        place = int(place)
    elif type(place) is not int and type(place) is not Uint:
        raise EvaluationError(f"unsupported index type '{values.name_of(place)}' in list")
    if 0 <= place < size:
        return int(place)
    raise EvaluationError(f"index out of bounds: {place}")


def size(value: Any) -> int:
    kind = type(value)
    if kind is str or kind is list or kind is dict or kind is bytes or isinstance(value, Mapping):
        return len(value)
    raise NoSuchOverload


def text(run: Implementation) -> Implementation:
    """A function of two strings."""

    def checked(one: Any, other: Any) -> Any:
        if type(one) is not str or type(other) is not str:
            raise NoSuchOverload
        return run(one, other)

    return checked


def matches(value: Any, pattern: Any) -> bool:
    if type(value) is not str or type(pattern) is not str:
        raise NoSuchOverload
    try:
        return bool(regexes.remembered(pattern).search(value))
    except ValueError as error:
        raise EvaluationError(f"error parsing regexp: {error}") from None


def not_strictly_false(value: Any) -> bool:
    return value is not False


def type_of(value: Any) -> values.TypeName:
    return values.TypeName(values.name_of(value))


OPERATORS: Final[Mapping[str, Implementation]] = {
    "_+_": add,
    "_-_": subtract,
    "_*_": multiply,
    "_/_": divide,
    "_%_": remainder,
    "-_": negate,
    "!_": invert,
    "_==_": values.equal,
    "_!=_": not_equal,
    "_<_": less,
    "_<=_": less_equals,
    "_>_": greater,
    "_>=_": greater_equals,
    "@in": within,
    "_[_]": index,
    "size": size,
    "contains": text(lambda one, other: other in one),
    "startsWith": text(str.startswith),
    "endsWith": text(str.endswith),
    "matches": matches,
    "@not_strictly_false": not_strictly_false,
    "type": type_of,
    "dyn": lambda value: value,
    **conversions.CONVERSIONS,
    **times.GETTERS,
}
