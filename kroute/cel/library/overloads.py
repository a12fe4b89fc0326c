"""How a function is declared to the compiler, and what runs when it is called."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from kroute.cel import values

Implementation: TypeAlias = Callable[..., Any]

HEADS: Final[Mapping[str, str]] = {
    "timestamp": "google.protobuf.Timestamp",
    "duration": "google.protobuf.Duration",
}
PIECE: Final = re.compile(r"[\w.~]+|[<>,]")


class Overload(NamedTuple):
    """One way to call a function.

    `arguments` and `result` are types as `list<int>`, with `~A` for one that is any type; a member's first argument is
    what it is called on.  The implementation gets the arguments' values and returns the result, or raises
    EvaluationError."""

    function: str
    id: str
    arguments: Sequence[str]
    result: str
    run: Implementation
    member: bool = False


def function(name: str, label: str, arguments: str, result: str, run: Implementation) -> Overload:
    """An overload that is called as `name(arguments)`."""
    return Overload(name, label, split(arguments), result, run)


def member(name: str, label: str, arguments: str, result: str, run: Implementation) -> Overload:
    """An overload that is called as `first.name(others)`."""
    return Overload(name, label, split(arguments), result, run, member=True)


def split(types: str) -> tuple[str, ...]:
    """Types in a list, which are separated by commas and a space."""
    return tuple(types.split("; ")) if types else ()


class Shape(NamedTuple):
    """A type, taken apart."""

    name: str
    parameters: tuple[Shape, ...] = ()


def shape(text: str) -> Shape:
    """The parts of a type as `map<string, ~A>`."""
    pieces = PIECE.findall(text)

    def read() -> Shape:
        name, found = pieces.pop(0), []
        if pieces and pieces[0] == "<":
            while pieces.pop(0) != ">":
                found.append(read())
        return Shape(name, tuple(found))

    return read()


def accepts(kind: str, value: Any) -> bool:
    """Whether an overload's argument may have a value, as far as its type's head says."""
    head = kind.partition("<")[0]
    return head.startswith("~") or head == "dyn" or HEADS.get(head, head) == values.name_of(value)


def guarded(run: Implementation) -> Implementation:
    """A function that is called with what it is declared for, unless that was only known at run time, or is null."""

    def call(*arguments: Any) -> Any:
        try:
            return run(*arguments)
        except (TypeError, AttributeError):
            raise values.NoSuchOverload from None

    return call


def dispatch(candidates: Sequence[Overload]) -> Implementation:
    """What calls the one of several overloads that the values are for."""

    def run(*arguments: Any) -> Any:
        for each in candidates:
            if len(each.arguments) == len(arguments) and all(map(accepts, each.arguments, arguments)):
                return each.run(*arguments)
        raise values.NoSuchOverload

    return run
