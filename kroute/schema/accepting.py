"""Whether an object is valid: the quick answer that nearly every write gets.

A schema is compiled to functions that know only yes and "not sure"; for the latter `explaining` goes through the
object again.  So this may be stricter than the rules, but must never be laxer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kroute.schema import explaining, formats, numbers, structural

Accept = Callable[[Any], bool]

PLAIN_TYPES: dict[str, type] = {"string": str, "boolean": bool, "integer": int, "number": float}


class Acceptor:
    """Accepts objects of one schema."""

    def __init__(self, schema: structural.Structural) -> None:
        self.schema = schema  # keeps the nodes alive whose ids are the keys below
        self.compiled: dict[int, Accept | None] = {}
        self.root = self.compile(schema)

    def accepts(self, value: Any) -> bool:
        """True: the value is valid.  False: it is to be looked at more closely."""
        return self.root is None or self.root(value)

    def compile(self, node: structural.Structural) -> Accept | None:
        """The function for a node; None when it takes anything."""
        key = id(node)
        if key not in self.compiled:
            self.compiled[key] = self.later(key)
            self.compiled[key] = self.make(node)
        return self.compiled[key]

    def later(self, key: int) -> Accept:
        """A function that stands for one in the making, in schemas that hold themselves."""

        def accept(value: Any) -> bool:
            made = self.compiled[key]
            return made is None or made(value)

        return accept

    def make(self, node: structural.Structural) -> Accept | None:
        structure = self.of_structure(node)
        others = self.combinations(node)
        if node.enum:
            others.append(choice_acceptor(node.enum))
        if not others:
            return structure
        checks = tuple(others if structure is None else [structure, *others])

        def accept(value: Any) -> bool:
            return all(check(value) for check in checks)

        return accept

    def of_structure(self, node: structural.Structural) -> Accept | None:
        """Type, limits and children."""
        if node.int_or_string:
            inner = string_acceptor(node), integer_acceptor(node)
            return lambda value: inner[0](value) if type(value) is str else inner[1](value)
        if node.type == "string":
            return or_null(node, string_acceptor(node))
        if node.type == "boolean":
            return or_null(node, lambda value: type(value) is bool)
        if node.type in ("integer", "number"):
            return or_null(node, integer_acceptor(node) if node.type == "integer" else number_acceptor(node))
        if node.type == "array":
            return or_null(node, self.list_acceptor(node))
        if node.type == "object":
            return or_null(node, self.object_acceptor(node))
        return self.any_acceptor(node)

    def any_acceptor(self, node: structural.Structural) -> Accept | None:
        """For values of no declared type: each rule holds for values of its own type."""
        if is_plain(node) and not node.properties and node.additional is None and not node.items and not node.required:
            return None
        by_type: dict[type, Accept] = {
            str: string_acceptor(node),
            int: integer_acceptor(node),
            float: number_acceptor(node),
            list: self.list_acceptor(node),
            dict: self.object_acceptor(node),
        }
        if node.format:
            by_type = {str: string_acceptor(node)}

        def accept(value: Any) -> bool:
            check = by_type.get(type(value))
            return check(value) if check is not None else not node.format

        return accept

    def list_acceptor(self, node: structural.Structural) -> Accept:
        check_item = self.compile(node.items) if node.items is not None else None
        plain = plain_type(node.items) if node.items is not None else None
        low, high = node.min_items or 0, node.max_items
        unique = node.unique_items

        def accept(value: Any) -> bool:
            if type(value) is not list or len(value) < low or (high is not None and len(value) > high):
                return False
            if check_item is not None:
                for item in value:
                    if type(item) is not plain and not check_item(item):
                        return False
            return not unique or explaining.all_different(value)

        return accept

    def object_acceptor(self, node: structural.Structural) -> Accept:
        checks = {name: self.compile(child) for name, child in node.properties.items()}
        plain = {name: plain_type(child) for name, child in node.properties.items()}
        check_rest = self.compile(node.additional) if node.additional is not None else None
        required = node.required
        low, high = node.min_properties or 0, node.max_properties

        def accept(value: Any) -> bool:
            if type(value) is not dict or len(value) < low or (high is not None and len(value) > high):
                return False
            for name in required:
                if name not in value:
                    return False
            for name, item in value.items():
                if type(item) is plain.get(name):
                    continue
                check = checks.get(name, check_rest)
                if check is not None and not check(item):
                    return False
            return True

        return accept

    def combinations(self, node: structural.Structural) -> list[Accept]:
        """allOf, anyOf, oneOf and not; those that may not hold are left to the exact rules."""
        found: list[Accept] = [check for child in node.all_of if (check := self.compile(child)) is not None]
        if node.any_of and not node.int_or_string:
            choices = [self.compile(child) for child in node.any_of]
            if None not in choices:
                found.append(lambda value: any(check is not None and check(value) for check in choices))
        elif node.any_of:
            found.append(lambda value: any(explaining.valid(child, value) for child in node.any_of))
        if node.one_of:
            found.append(lambda value: sum(explaining.valid(child, value) for child in node.one_of) == 1)
        if node.negated is not None:
            negated = node.negated
            found.append(lambda value: not explaining.valid(negated, value))
        return found


def or_null(node: structural.Structural, check: Accept) -> Accept:
    if not node.nullable:
        return check
    return lambda value: value is None or check(value)


def is_plain(node: structural.Structural) -> bool:
    """Whether a node has no rules beside its type."""
    limits = (node.pattern, node.minimum, node.maximum, node.multiple_of, node.min_length, node.max_length)
    counts = (node.min_items, node.max_items, node.min_properties, node.max_properties)
    combined = node.all_of or node.any_of or node.one_of or node.negated or node.enum or node.unique_items
    return not combined and not node.format and all(limit is None for limit in (*limits, *counts))


def plain_type(node: structural.Structural) -> type | None:
    """The Python type whose values are valid without another look; None when there is no such type."""
    if node.int_or_string or not is_plain(node) or node.type not in ("string", "boolean"):
        return None
    return PLAIN_TYPES[node.type]


def string_acceptor(node: structural.Structural) -> Accept:
    low, high = node.min_length or 0, node.max_length
    search = node.pattern.search if node.pattern is not None else None
    check = formats.check_of(node.format) if node.format and node.type != "integer" else None

    def accept(value: Any) -> bool:
        if type(value) is not str or len(value) < low or (high is not None and len(value) > high):
            return False
        return (search is None or search(value) is not None) and (check is None or check(value))

    return accept


def integer_acceptor(node: structural.Structural) -> Accept:
    low, high = (-(2**31), 2**31 - 1) if node.format == "int32" else (-(2**63), 2**63 - 1)
    bound = limited(node)
    if node.type == "integer" and node.multiple_of is None and float not in (type(node.minimum), type(node.maximum)):
        bound = None  # the usual case: whole limits are part of the range
        if node.minimum is not None:
            low = max(low, int(node.minimum) + node.exclusive_minimum)
        if node.maximum is not None:
            high = min(high, int(node.maximum) - node.exclusive_maximum)

    def accept(value: Any) -> bool:
        return type(value) is int and low <= value <= high and (bound is None or bound(value))

    return accept


def number_acceptor(node: structural.Structural) -> Accept:
    bound = limited(node)
    largest = numbers.LARGEST_FLOAT if node.format == "float" else float("inf")

    def accept(value: Any) -> bool:
        if type(value) is not int and type(value) is not float:
            return False
        return -largest <= value <= largest and (bound is None or bound(value))

    return accept


def limited(node: structural.Structural) -> Accept | None:
    """Minimum, maximum and multipleOf; None when there are none."""
    if node.minimum is None and node.maximum is None and node.multiple_of is None:
        return None
    wanted = "" if node.int_or_string else node.type

    def accept(value: Any) -> bool:
        for _ in numbers.outside(node, wanted, value):
            return False
        return next(numbers.broken_rules(node, wanted, value, ""), None) is None

    return accept


def choice_acceptor(enum: tuple[Any, ...]) -> Accept:
    if all(type(choice) is str for choice in enum):
        choices = frozenset(enum)
        return lambda value: type(value) is str and value in choices
    return lambda value: any(explaining.same_choice(value, choice) for choice in enum)
