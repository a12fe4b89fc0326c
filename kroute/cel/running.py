"""The functions that nodes of a syntax tree become; each is called with the frame and returns a value."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from kroute.cel import converting, declared, values
from kroute.cel.library import operators, weights
from kroute.cel.values import EvaluationError, NoSuchOverload, Optional
from kroute.schema import patterns

Run: TypeAlias = Callable[[list[Any]], Any]


class Unset:
    """Stands in a frame for a variable that has no value."""


UNSET: Final = Unset()


def constant(value: Any) -> Run:
    return lambda frame: value


def bound(slot: int) -> Run:
    """What a comprehension has put into the frame."""
    return lambda frame: frame[slot]


def variable(slot: int, name: str) -> Run:
    def run(frame: list[Any]) -> Any:
        value = frame[slot]
        if value is UNSET:
            raise EvaluationError(f"no such attribute(s): {name}")
        return value

    return run


def member(slot: int, root: int, name: str) -> Run:
    """A declared variable `a.b`, which is given as such, or is a member of what was given as `a`."""
    label = name.rpartition(".")[2]

    def run(frame: list[Any]) -> Any:
        if frame[slot] is not UNSET:
            return frame[slot]
        try:
            return frame[root][label]
        except (KeyError, TypeError):
            raise EvaluationError(f"no such attribute(s): {name}") from None

    return run


def converted(run: Run, kind: declared.Declared | None) -> Run:
    """Converts what JSON has as another type than expressions have."""
    convert = None if kind is None else converting.converter(kind)
    if convert is None:
        return run

    def converting_run(frame: list[Any]) -> Any:
        value = run(frame)
        return value if value is None else convert(value)

    return converting_run


def converted_inside(run: Run, kind: declared.Declared | None) -> Run:
    """As `converted`, of a value that may not be there."""
    convert = None if kind is None else converting.converter(kind)
    if convert is None:
        return run

    def converting_run(frame: list[Any]) -> Any:
        found = run(frame)
        return Optional(convert(found.value)) if found.present and found.value is not None else found

    return converting_run


def selected(run: Run, label: str) -> Run:
    """A field of an object or the value of a map's key."""

    def select(frame: list[Any]) -> Any:
        value = run(frame)
        try:
            return value[label]
        except KeyError:
            raise EvaluationError(f"no such key: {label}") from None
        except TypeError:
            if type(value) is Optional:
                return value.select(label)
            raise without_fields(value, label) from None

    return select


def field(run: Run, label: str) -> Run:
    """A field of an object with a schema, in which null is the same as nothing."""

    def select(frame: list[Any]) -> Any:
        value = run(frame)
        try:
            found = value[label]
        except KeyError:
            found = None
        except TypeError:
            if type(value) is Optional:
                return value.select(label)
            raise NoSuchOverload from None
        if found is None:
            raise EvaluationError(f"no such key: {label}")
        return found

    return select


def given(run: Run, label: str) -> Run:
    """Whether an object with a schema has a field that isn't null."""

    def test(frame: list[Any]) -> bool:
        value = run(frame)
        if type(value) is Optional:
            value = value.value
        if isinstance(value, Mapping):
            return value.get(label) is not None
        if value is None:
            return False
        raise NoSuchOverload

    return test


def tested(run: Run, label: str) -> Run:
    """Whether an object has a field."""

    def test(frame: list[Any]) -> bool:
        value = run(frame)
        if type(value) is dict or isinstance(value, Mapping):
            return label in value
        if type(value) is Optional:
            return value.select(label).present
        if isinstance(value, list | tuple):
            raise without_fields(value, label)
        return False

    return test


def without_fields(value: Any, label: str) -> EvaluationError:
    """What is said where a field is selected of what has none: null, for one."""
    if isinstance(value, list | tuple):
        return EvaluationError("unsupported index type 'string' in list")
    return EvaluationError(f"no such key: {label}")


def applied(function: Callable[..., Any], arguments: Sequence[Run]) -> Run:
    """A function of values."""
    if len(arguments) == 1:
        first = arguments[0]
        return lambda frame: function(first(frame))
    if len(arguments) == 2:
        one, other = arguments
        return lambda frame: function(one(frame), other(frame))
    return lambda frame: function(*[each(frame) for each in arguments])


def charged(function: Callable[..., Any], arguments: Sequence[Run], weigh: weights.Weigh, *, result: bool) -> Run:
    """As `applied`, of a function whose steps are counted by its values, or `result`: also by what it makes."""

    def run(frame: list[Any]) -> Any:
        given = [each(frame) for each in arguments]
        try:
            frame[0] -= weigh(*given)
        except (TypeError, LookupError):
            raise NoSuchOverload from None
        if frame[0] < 0:
            raise values.CostExceeded
        made = function(*given)
        if result:
            frame[0] -= weights.deep(made)
            if frame[0] < 0:
                raise values.CostExceeded
        return made

    return run


def plainly(function: Callable[[Any, Any], Any]) -> Callable[[Run, Run], Run]:
    """A comparison of values that are of one simple type."""

    def make(one: Run, other: Run) -> Run:
        def run(frame: list[Any]) -> bool:
            try:
                return bool(function(one(frame), other(frame)))
            except TypeError:
                raise NoSuchOverload from None

        return run

    return make


COMPARISONS: Final[Mapping[str, Callable[[Run, Run], Run]]] = {
    "_==_": plainly(operator.eq),
    "_!=_": plainly(operator.ne),
    "_<_": plainly(operator.lt),
    "_<=_": plainly(operator.le),
    "_>_": plainly(operator.gt),
    "_>=_": plainly(operator.ge),
}


def matching(run: Run, pattern: str) -> Run:
    """Whether a text matches a pattern that is known."""
    try:
        search = patterns.compiled(pattern).search
    except ValueError:
        return lambda frame: operators.matches(run(frame), pattern)

    def match(frame: list[Any]) -> bool:
        value = run(frame)
        if type(value) is not str:
            raise NoSuchOverload
        frame[0] -= weights.text(value)
        if frame[0] < 0:
            raise values.CostExceeded
        return bool(search(value))

    return match


def among(run: Run, texts: frozenset[str]) -> Run:
    """Whether a value is one of some texts."""

    def find(frame: list[Any]) -> bool:
        value = run(frame)
        return type(value) is str and value in texts

    return find


def both(one: Run, other: Run) -> Run:
    """`&&`: false if either is, whatever the other is or raises."""
    return logical(one, other, decisive=False)


def either(one: Run, other: Run) -> Run:
    """`||`: true if either is, whatever the other is or raises."""
    return logical(one, other, decisive=True)


def logical(one: Run, other: Run, *, decisive: bool) -> Run:
    def run(frame: list[Any]) -> Any:
        failed: EvaluationError | None = None
        try:
            value = one(frame)
            if value is decisive:
                return decisive
            if type(value) is not bool:
                failed = NoSuchOverload()
        except values.CostExceeded:
            raise
        except EvaluationError as error:
            failed = error
        try:
            value = other(frame)
        except values.CostExceeded:
            raise
        except EvaluationError:
            if failed is not None:
                raise failed from None
            raise
        if value is decisive:
            return decisive
        if failed is not None:
            raise failed
        if type(value) is not bool:
            raise NoSuchOverload
        return not decisive

    return run


def choosing(condition: Run, one: Run, other: Run) -> Run:
    """`condition ? one : other`."""

    def run(frame: list[Any]) -> Any:
        chosen = condition(frame)
        if chosen is True:
            return one(frame)
        if chosen is False:
            return other(frame)
        raise NoSuchOverload

    return run


def listing(items: Sequence[Run], perhaps: frozenset[int]) -> Run:
    """A list; `perhaps` are the places of items that are left out when they have no value."""
    if not perhaps:
        return lambda frame: [item(frame) for item in items]

    def run(frame: list[Any]) -> list[Any]:
        found = []
        for place, item in enumerate(items):
            value = item(frame)
            if place not in perhaps:
                found.append(value)
            elif value.present:
                found.append(value.value)
        return found

    return run


def mapping(entries: Sequence[tuple[Run, Run, bool]]) -> Run:
    """A map of keys and values; the third says that an entry is left out when it has no value."""

    def run(frame: list[Any]) -> dict[Any, Any]:
        found = {}
        for key, value, perhaps in entries:
            label, item = key(frame), value(frame)
            if not perhaps:
                found[label] = item
            elif item.present:
                found[label] = item.value
        return found

    return run


def writing(entries: Sequence[tuple[Run, Run, bool]], name: str) -> Run:
    """An object of a type with fields."""
    fields = mapping(entries)
    return lambda frame: values.Made(fields(frame), name)


def optional_index(run: Run, place: Run, *, nulls: bool = True) -> Run:
    """`a[?b]` and `a.?b`: the value in a place if there is one; unless `nulls`, null is the same as nothing."""

    def find(frame: list[Any]) -> Optional:
        value, wanted = run(frame), place(frame)
        if type(value) is Optional:
            if not value.present:
                return values.NONE
            value = value.value
        if type(value) is list:
            exists = type(wanted) is int and 0 <= wanted < len(value)
            return Optional(value[wanted]) if exists else values.NONE
        if isinstance(value, Mapping):
            key = values.find_key(value, wanted)
            if key is None or (value[key[0]] is None and not nulls):
                return values.NONE
            return Optional(value[key[0]])
        raise NoSuchOverload

    return find


def alternative(one: Run, other: Run, *, unwrap: bool) -> Run:
    """`optional.or(other)` and `optional.orValue(other)`, which look at the other only if there is no value."""

    def run(frame: list[Any]) -> Any:
        value = one(frame)
        if type(value) is not Optional:
            raise NoSuchOverload
        if value.present:
            return value.value if unwrap else value
        return other(frame)

    return run
