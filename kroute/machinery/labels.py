"""Label selectors: `app=web,tier in (front,back),!canary,generation>3`.

`parse` reads one and refuses bad ones in kube-apiserver's words; `Selector.matches` is compiled for speed, because
lists and watches call it for every object.  LabelSelector objects are read by `labelselector`.
Mirrors `k8s.io/apimachinery/pkg/labels`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from kroute.machinery import fielderrors, names

IN, NOT_IN, EXISTS, ABSENT = "in", "notin", "exists", "!"
EQUALS, DOUBLE_EQUALS, NOT_EQUALS, GREATER, LESS = "=", "==", "!=", "gt", "lt"
BINARY = (IN, NOT_IN, EQUALS, DOUBLE_EQUALS, NOT_EQUALS, GREATER, LESS)
SYMBOLS = {GREATER: ">", LESS: "<"}
OPERATORS = {
    "in": IN,
    "notin": NOT_IN,
    "=": EQUALS,
    "==": DOUBLE_EQUALS,
    "!=": NOT_EQUALS,
    ">": GREATER,
    "<": LESS,
}

TOKEN = re.compile(
    r"[ \t\r\n]*(?:(?P<end>\x00|\Z)|(?:(?P<symbol>==|!=|[=!(),<>])|(?P<word>[^ \t\r\n=!(),<>\x00]+))\x00?)"
)
INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
LIMIT = 2**63

Matcher: TypeAlias = Callable[[Mapping[str, str]], bool]


class SelectorError(ValueError):
    """A selector that cannot be read; its text is what clients are told."""


class Requirement(NamedTuple):
    """One condition on the label `key`; `values` is sorted, and empty for EXISTS and ABSENT."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.operator == EXISTS:
            return self.key
        if self.operator == ABSENT:
            return f"!{self.key}"
        values = ",".join(sorted(self.values))
        if self.operator in (IN, NOT_IN):
            return f"{self.key} {self.operator} ({values})"
        return f"{self.key}{SYMBOLS.get(self.operator, self.operator)}{values}"


class Selector:
    """A conjunction of requirements.  `matches(labels)` is a plain function made for them."""

    __slots__ = ("matches", "nothing", "requirements")

    matches: Matcher
    requirements: tuple[Requirement, ...]
    nothing: bool

    def __init__(self, requirements: Iterable[Requirement] = (), *, nothing: bool = False) -> None:
        self.requirements = tuple(sorted(requirements, key=lambda requirement: requirement.key))
        self.nothing = nothing
        self.matches = (lambda labels: False) if nothing else matcher(self.requirements)

    @property
    def everything(self) -> bool:
        """Whether every object matches because nothing is asked."""
        return not self.requirements and not self.nothing

    def requires_exact(self, key: str) -> str | None:
        """The only value that the label `key` may have, if the selector says one."""
        for requirement in self.requirements:
            if requirement.key == key:
                exact = requirement.operator in (EQUALS, DOUBLE_EQUALS, IN) and len(requirement.values) == 1
                return requirement.values[0] if exact else None
        return None

    def __str__(self) -> str:
        return ",".join(map(str, self.requirements))

    def __repr__(self) -> str:
        return f"Selector({'nothing' if self.nothing else str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Selector):
            return NotImplemented
        return self.requirements == other.requirements and self.nothing == other.nothing

    def __hash__(self) -> int:
        return hash((self.requirements, self.nothing))


def matcher(requirements: tuple[Requirement, ...]) -> Matcher:
    """One function for all requirements; equalities are looked at first and without a call each."""
    if not requirements:
        return lambda labels: True
    pairs = [(item.key, item.values[0]) for item in requirements if item.operator in (EQUALS, DOUBLE_EQUALS)]
    others = [condition(item) for item in requirements if item.operator not in (EQUALS, DOUBLE_EQUALS)]
    if len(requirements) == 1:
        if others:
            return others[0]
        key, value = pairs[0]
        return lambda labels: labels.get(key) == value

    def matches(labels: Mapping[str, str]) -> bool:
        for key, value in pairs:
            if labels.get(key) != value:
                return False
        return all(other(labels) for other in others)

    return matches


def condition(requirement: Requirement) -> Matcher:
    """The function of one requirement that is no equality."""
    key, operator, values = requirement
    wanted = frozenset(values)
    if operator == IN:
        return lambda labels: labels.get(key) in wanted
    if operator in (NOT_IN, NOT_EQUALS):
        return lambda labels: labels.get(key) not in wanted
    if operator == EXISTS:
        return lambda labels: key in labels
    if operator == ABSENT:
        return lambda labels: key not in labels
    bound = integer(values[0])
    if bound is None:
        return lambda labels: False
    return above(key, bound) if operator == GREATER else below(key, bound)


def above(key: str, bound: int) -> Matcher:
    def matches(labels: Mapping[str, str]) -> bool:
        value = integer(labels.get(key, ""))
        return value is not None and value > bound

    return matches


def below(key: str, bound: int) -> Matcher:
    def matches(labels: Mapping[str, str]) -> bool:
        value = integer(labels.get(key, ""))
        return value is not None and value < bound

    return matches


def integer(text: str) -> int | None:
    """A 64-bit integer, or None for any other text."""
    if not INTEGER.fullmatch(text):
        return None
    value = int(text)
    return value if -LIMIT <= value < LIMIT else None


def everything() -> Selector:
    """The selector that matches every object."""
    return Selector()


def nothing() -> Selector:
    """The selector that matches no object."""
    return Selector(nothing=True)


def from_set(labels: Mapping[str, str]) -> Selector:
    """The selector that asks for each of these labels, unchecked."""
    return Selector(Requirement(key, EQUALS, (value,)) for key, value in labels.items())


def requirement(key: str, operator: str, values: Iterable[str] = ()) -> Requirement:
    """A checked requirement; raises SelectorError."""
    values = tuple(values)
    found = [*check_key(key, "key"), *check_values(operator, values)]
    for index, value in enumerate(values):
        wrong = names.label_value(value)
        if wrong:
            found.append(fielderrors.invalid(f"values[{index}][{key}]", value, "; ".join(wrong)))
    if found:
        raise SelectorError(fielderrors.aggregate(found))
    return Requirement(key, operator, values)


def check_key(key: str, path: str) -> list[fielderrors.FieldError]:
    wrong = names.qualified_name(key)
    return [fielderrors.invalid(path, key, "; ".join(wrong))] if wrong else []


def check_values(operator: str, values: tuple[str, ...]) -> list[fielderrors.FieldError]:
    """Whether an operator can have that many values of that sort."""

    def wrong(text: str) -> list[fielderrors.FieldError]:
        return [fielderrors.invalid("values", list(values), text)]

    if operator in (IN, NOT_IN):
        return [] if values else wrong("for 'in', 'notin' operators, values set can't be empty")
    if operator in (EQUALS, DOUBLE_EQUALS, NOT_EQUALS):
        return [] if len(values) == 1 else wrong("exact-match compatibility requires one single value")
    if operator in (EXISTS, ABSENT):
        return wrong("values set must be empty for exists and does not exist") if values else []
    if operator not in (GREATER, LESS):
        return [fielderrors.not_supported("operator", operator, (*BINARY, EXISTS, ABSENT))]
    found = [] if len(values) == 1 else wrong("for 'Gt', 'Lt' operators, exactly one value is required")
    for index, value in enumerate(values):
        if integer(value) is None:
            text = "for 'Gt', 'Lt' operators, the value must be an integer"
            found.append(fielderrors.invalid(f"values[{index}]", value, text))
    return found


def parse(text: str) -> Selector:
    """Read a selector as clients write it in `labelSelector=`.  Raises SelectorError."""
    return Selector(Parser(text).parse())


class Token(NamedTuple):
    """A word (`word` true) or a symbol; the empty symbol ends the text."""

    text: str
    word: bool


def scan(text: str) -> list[Token]:
    """The tokens of a selector; a NUL ends it as the end of the text does."""
    found, position = [], 0
    while True:
        token = TOKEN.match(text, position)
        if token is None or token["end"] is not None:
            found.append(Token("", False))
            return found
        position = token.end()
        found.append(Token(token["symbol"] or token["word"], token["word"] is not None))


class Parser:
    """Reads requirements off the tokens of one selector."""

    def __init__(self, text: str) -> None:
        self.tokens = scan(text)
        self.position = 0

    def peek(self) -> Token:
        return self.tokens[self.position]

    def take(self) -> Token:
        self.position += 1
        return self.tokens[self.position - 1]

    def parse(self) -> list[Requirement]:
        found: list[Requirement] = []
        while True:
            token = self.peek()
            if token == ("", False):
                return found
            if not token.word and token.text != "!":
                raise SelectorError(f"found '{token.text}', expected: !, identifier, or 'end of string'")
            found.append(self.requirement())
            token = self.take()
            if token == ("", False):
                return found
            if token != (",", False):
                raise SelectorError(f"found '{token.text}', expected: ',' or 'end of string'")
            token = self.peek()
            if not token.word and token.text != "!":
                raise SelectorError(f"found '{token.text}', expected: identifier after ','")

    def requirement(self) -> Requirement:
        try:
            return self.inner_requirement()
        except SelectorError as error:
            raise SelectorError(f"unable to parse requirement: {error}") from None

    def inner_requirement(self) -> Requirement:
        token = self.take()
        absent = token == ("!", False)
        if absent:
            token = self.take()
        if not token.word:
            raise SelectorError(f"found '{token.text}', expected: identifier")
        key = token.text
        wrong = check_key(key, "<nil>")
        if wrong:
            raise SelectorError(str(wrong[0]))
        if absent:
            return requirement(key, ABSENT)
        following = self.peek()
        if not following.word and following.text in ("", ","):
            return requirement(key, EXISTS)
        operator = self.operator()
        values = self.values() if operator in (IN, NOT_IN) else {self.exact_value()}
        return requirement(key, operator, sorted(values))

    def operator(self) -> str:
        token = self.take()
        operator = OPERATORS.get(token.text)
        if operator is None:
            raise SelectorError(f"found '{token.text}', expected: {', '.join(BINARY)}")
        return operator

    def exact_value(self) -> str:
        token = self.peek()
        if not token.word and token.text in ("", ","):
            return ""
        token = self.take()
        if not token.word:
            raise SelectorError(f"found '{token.text}', expected: identifier")
        return token.text

    def values(self) -> set[str]:
        """The values in parentheses; a missing one, as in `(a,)`, is the empty text."""
        token = self.take()
        if token != ("(", False):
            raise SelectorError(f"found '{token.text}' expected: '('")
        token = self.peek()
        if token == (")", False):
            self.take()
            return {""}
        if not token.word and token.text != ",":
            raise SelectorError(f"found '{token.text}', expected: ',', ')' or identifier")
        found = self.value_list()
        self.take()
        return found

    def value_list(self) -> set[str]:
        found: set[str] = set()
        while True:
            token = self.take()
            following = self.tokens[min(self.position, len(self.tokens) - 1)]
            if token.word:
                found.add(token.text)
                if following == (")", False):
                    return found
                if following != (",", False):
                    raise SelectorError(f"found '{following.text}', expected: ',' or ')'")
            elif token.text == ",":
                if not found or following == (",", False):
                    found.add("")
                if following == (")", False):
                    return found | {""}
            else:
                raise SelectorError(f"found '{token.text}', expected: ',', or identifier")
