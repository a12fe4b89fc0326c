"""Values of expressions, beside those that JSON has: what they are, when they are equal, how they fail.

Strings, booleans, null, lists, maps and objects are Python's own, just as they were decoded; int is Python's int and
double its float.  The rest has a class here, so that the type of a value can always be told from its class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

MIN_INT, MAX_INT, MAX_UINT = -(2**63), 2**63 - 1, 2**64 - 1


class EvaluationError(Exception):
    """An expression that couldn't be evaluated; says why in cel-go's words."""


class NoSuchOverload(EvaluationError):
    """A function that was called with values it isn't there for."""

    def __init__(self, detail: str = "no such overload") -> None:
        super().__init__(detail)


class CostExceeded(EvaluationError):
    """An expression that took more steps than it may."""

    def __init__(self) -> None:
        super().__init__("operation cancelled: actual cost limit exceeded")


class Uint(int):
    """An unsigned integer."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, order=True)
class Timestamp:
    """A moment: nanoseconds since 1970, and the minutes by which the clock that it was read from is before UTC's."""

    nanos: int
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A span of time, in nanoseconds."""

    nanos: int


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type as a value: what `type(x)` gives."""

    name: str


class Optional:
    """A value that may not be there."""

    __slots__ = ("present", "value")

    def __init__(self, value: Any = None, *, present: bool = True) -> None:
        self.value, self.present = value, present

    def get(self) -> Any:
        """The value; raises EvaluationError when it isn't there."""
        if not self.present:
            raise EvaluationError("optional.none() dereference")
        return self.value

    def select(self, label: str) -> Optional:
        """The field of an object that may not be there."""
        if not self.present:
            return NONE
        if not isinstance(self.value, Mapping):
            raise NoSuchOverload
        return Optional(self.value[label]) if label in self.value else NONE


class Made(dict[str, Any]):
    """An object that an expression has written, with the name of its type."""

    __slots__ = ("cel_type",)

    def __init__(self, fields: Mapping[str, Any], cel_type: str) -> None:
        super().__init__(fields)
        self.cel_type = cel_type


NONE: Final = Optional(present=False)

NAMES: Final[Mapping[type, str]] = {
    bool: "bool",
    int: "int",
    Uint: "uint",
    float: "double",
    str: "string",
    bytes: "bytes",
    list: "list",
    tuple: "list",
    dict: "map",
    type(None): "null_type",
    Timestamp: "google.protobuf.Timestamp",
    Duration: "google.protobuf.Duration",
    TypeName: "type",
    Optional: "optional_type",
}
NUMBERS: Final = frozenset((int, float, Uint))


def name_of(value: Any) -> str:
    """The name of a value's type."""
    found = NAMES.get(type(value))
    if found is None:
        found = getattr(value, "cel_type", None) or ("map" if isinstance(value, Mapping) else "dyn")
    return found


def equal(one: Any, other: Any) -> bool:
    """Equality as CEL has it: of numbers by their value, of true and 1 not."""
    kind = type(one)
    if kind is type(other):
        if kind is dict:
            return len(one) == len(other) and all(
                key in other and equal(value, other[key]) for key, value in one.items()
            )
        if kind is list:
            return len(one) == len(other) and all(map(equal, one, other))
        if kind is Optional:
            return one.present == other.present and (not one.present or equal(one.value, other.value))
        return bool(one == other)
    if kind in NUMBERS and type(other) in NUMBERS:
        return bool(one == other)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return equal(dict(one), dict(other))
    return False


def contains(items: Any, wanted: Any) -> bool:
    """Whether a list has an item, or a map a key."""
    kind = type(items)
    if kind is list:
        return any(equal(item, wanted) for item in items)
    if kind is dict or isinstance(items, Mapping):
        return find_key(items, wanted) is not None
    raise NoSuchOverload


def find_key(items: Mapping[Any, Any], wanted: Any) -> tuple[Any] | None:
    """The key of a map that is equal to a value, in a tuple; None when there is none."""
    kind = type(wanted)
    if kind is str:
        return (wanted,) if wanted in items else None
    if kind is list or kind is dict:
        raise NoSuchOverload
    if wanted not in items:
        return None
    if kind is not bool and wanted not in (0, 1):
        return (wanted,)
    for key in items:
        if equal(key, wanted):
            return (key,)
    return None


def checked_int(value: int) -> int:
    """The integer, if it fits into 64 bits."""
    if MIN_INT <= value <= MAX_INT:
        return value
    raise EvaluationError("integer overflow")


def checked_uint(value: int) -> Uint:
    """The unsigned integer, if it fits into 64 bits."""
    if 0 <= value <= MAX_UINT:
        return Uint(value)
    raise EvaluationError("unsigned integer overflow")
