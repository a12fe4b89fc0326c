"""How many steps a call takes that looks at more than one thing.

Each function here gets the call's values, before it is made, and returns the steps that the call is counted for beside
its own.  What is said of `RESULTS` is counted by what a call has made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

Weigh: TypeAlias = Callable[..., int]

CHARACTERS: Final = 64  # that are looked at in one step


def text(*values: Any) -> int:
    """The strings among some values, looked at once."""
    return sum(len(each) for each in values if type(each) is str or type(each) is bytes) // CHARACTERS


def items(found: Any, *others: Any) -> int:
    """The items of a list, looked at once."""
    return len(found) if type(found) is list else text(found, *others)


def within(wanted: Any, found: Any) -> int:
    return len(found) if type(found) is list else 0


def pairs(one: Any, other: Any) -> int:
    return len(one) * len(other) * 2


def each_other(found: Any) -> int:
    """A list whose items are compared with each other; strings are found at once."""
    return len(found) if not found or type(found[0]) is str else len(found) ** 2


def deep(value: Any, *others: Any) -> int:
    """All that is in a value."""
    kind = type(value)
    if kind is dict:
        return len(value) + sum(map(deep, value.values()))
    if kind is list:
        return len(value) + sum(map(deep, value))
    return len(value) // CHARACTERS if kind is str or kind is bytes else 1


def sum_of(one: Any, other: Any) -> int:
    return len(one) + len(other) if type(one) is list and type(other) is list else text(one, other)


def many(number: Any) -> int:
    return number if type(number) is int else 0


WEIGHTS: Final[Mapping[str, Weigh]] = {
    "@in": within,
    "sets.contains": pairs,
    "sets.equivalent": pairs,
    "sets.intersects": pairs,
    "distinct": each_other,
    "lists.range": many,
    **dict.fromkeys(
        ("isSorted", "sum", "min", "max", "indexOf", "lastIndexOf", "slice", "flatten", "reverse", "join"), items
    ),
    **dict.fromkeys(("sort", "@sortByAssociatedKeys"), lambda found, *others: 8 * len(found)),
    **dict.fromkeys(("matches", "find", "findAll", "contains", "split", "replace", "trim", "substring"), text),
    **dict.fromkeys(("lowerAscii", "upperAscii", "strings.quote", "url", "isURL", "quantity", "validate"), text),
}
IN_LOOPS: Final[Mapping[str, Weigh]] = {
    **dict.fromkeys(("_==_", "_!=_"), deep),
    "_+_": sum_of,
    **dict.fromkeys(("_<_", "_<=_", "_>_", "_>=_", "startsWith", "endsWith", "string", "bytes"), text),
}
RESULTS: Final = frozenset(("format", "join", "replace"))
