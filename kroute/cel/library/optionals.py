"""Values that may not be there: `optional.of(x)`, `x.hasValue()`, `x.value()` and the rest of them.

Mirrors cel-go's OptionalTypes.  `or` and `orValue` are planned by themselves, as they needn't look at what they don't
need.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from kroute.cel import declared, values
from kroute.cel.library import times
from kroute.cel.library.overloads import Overload, function, member
from kroute.cel.values import Duration, NoSuchOverload, Optional, Timestamp

ZERO: Final[tuple[Any, ...]] = (False, 0, 0.0, "", b"", [], {}, None)


def of_non_zero(value: Any) -> Optional:
    if type(value) is Timestamp:
        return Optional(value) if value.nanos != times.EARLIEST else values.NONE
    if type(value) is Duration:
        return Optional(value) if value.nanos else values.NONE
    zero = any(type(value) in (type(each), values.Uint) and value == each for each in ZERO)
    return values.NONE if zero else Optional(value)


def has_value(value: Any) -> bool:
    if type(value) is not Optional:
        raise NoSuchOverload
    return value.present


def get(value: Any) -> Any:
    if type(value) is not Optional:
        raise NoSuchOverload
    return value.get()


def first(items: list[Any]) -> Optional:
    return Optional(items[0]) if items else values.NONE


def last(items: list[Any]) -> Optional:
    return Optional(items[-1]) if items else values.NONE


def unwrap(items: list[Any]) -> list[Any]:
    return [item.value for item in items if item.present]


def result_kind(name: str, kinds: Sequence[declared.Declared | None]) -> declared.Declared | None:
    """The declared type of what a function returns, as far as it follows from those of its arguments."""
    first_kind = kinds[0] if kinds else None
    if first_kind is None:
        return None
    if name in ("value", "_[_]", "_[?_]", "first", "last") and first_kind.element is not None:
        wrapped = name in ("_[?_]", "first", "last")
        return declared.optional_of(first_kind.element) if wrapped else first_kind.element
    if name in ("optional.of", "optional.ofNonZeroValue"):
        return declared.optional_of(first_kind)
    return None


OPTIONALS: Final[tuple[Overload, ...]] = (
    function("optional.of", "optional_of", "~A", "optional_type<~A>", Optional),
    function("optional.none", "optional_none", "", "optional_type<~A>", lambda: values.NONE),
    function("optional.ofNonZeroValue", "optional_ofNonZeroValue", "~A", "optional_type<~A>", of_non_zero),
    member("hasValue", "optional_hasValue", "optional_type<~A>", "bool", has_value),
    member("value", "optional_value", "optional_type<~A>", "~A", get),
    member("first", "list_first", "list<~A>", "optional_type<~A>", first),
    member("last", "list_last", "list<~A>", "optional_type<~A>", last),
    function("optional.unwrap", "optional_unwrap", "list<optional_type<~A>>", "list<~A>", unwrap),
    member("unwrapOpt", "optional_unwrapOpt", "list<optional_type<~A>>", "list<~A>", unwrap),
)
