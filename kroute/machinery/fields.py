"""Field selectors: `metadata.name=web,status.phase!=Running`.

`parse` reads one and refuses bad ones in kube-apiserver's words.  Which fields a kind can be selected by is the
kind's business: callers map or refuse fields with `Selector.transform`.
Mirrors `k8s.io/apimachinery/pkg/fields`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

EQUALS, NOT_EQUALS = "=", "!="
TERM = re.compile(r"(?:[^\\,]|\\(?:.|\Z))*", re.DOTALL)
OPERATOR = re.compile("!=|==|=")
SPECIAL = re.compile(r"[\\,=]")

Matcher: TypeAlias = Callable[[Mapping[str, str]], bool]
Transform: TypeAlias = Callable[[str, str], tuple[str, str]]


class SelectorError(ValueError):
    """A selector that cannot be read; its text is what clients are told."""


class Requirement(NamedTuple):
    """One condition: the field is (EQUALS) or is not (NOT_EQUALS) the value."""

    field: str
    operator: str
    value: str

    def __str__(self) -> str:
        return f"{self.field}{self.operator}{escape(self.value)}"


class Selector:
    """A conjunction of requirements.  `matches(fields)` is a plain function made for them; a missing field is ""."""

    __slots__ = ("matches", "requirements")

    matches: Matcher
    requirements: tuple[Requirement, ...]

    def __init__(self, requirements: Iterable[Requirement] = ()) -> None:
        self.requirements = tuple(requirements)
        self.matches = matcher(self.requirements)

    @property
    def everything(self) -> bool:
        """Whether every object matches because nothing is asked."""
        return not self.requirements

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are looked at, each once."""
        return tuple(dict.fromkeys(requirement.field for requirement in self.requirements))

    def requires_exact(self, field: str) -> str | None:
        """The only value that `field` may have, if the selector says one."""
        for requirement in self.requirements:
            if requirement.field == field and requirement.operator == EQUALS:
                return requirement.value
        return None

    def transform(self, change: Transform) -> Selector:
        """The selector with every field and value passed through `change`; a requirement that comes back empty goes."""
        changed = [(change(item.field, item.value), item.operator) for item in self.requirements]
        return Selector(Requirement(field, operator, value) for (field, value), operator in changed if field or value)

    def __str__(self) -> str:
        return ",".join(map(str, self.requirements))

    def __repr__(self) -> str:
        return f"Selector({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return self.requirements == other.requirements if isinstance(other, Selector) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.requirements)


def matcher(requirements: tuple[Requirement, ...]) -> Matcher:
    """One function for all requirements."""
    if not requirements:
        return lambda fields: True
    if len(requirements) == 1:
        field, operator, value = requirements[0]
        if operator == EQUALS:
            return lambda fields: fields.get(field, "") == value
        return lambda fields: fields.get(field, "") != value
    conditions = [(item.field, item.operator == EQUALS, item.value) for item in requirements]

    def matches(fields: Mapping[str, str]) -> bool:
        return all((fields.get(field, "") == value) is equal for field, equal, value in conditions)

    return matches


def everything() -> Selector:
    """The selector that matches every object."""
    return Selector()


def equal(field: str, value: str) -> Selector:
    """The selector for one value of one field."""
    return Selector([Requirement(field, EQUALS, value)])


def both(first: Selector, second: Selector) -> Selector:
    """The selector that asks for what both ask for."""
    return Selector(first.requirements + second.requirements)


def parse(text: str) -> Selector:
    """Read a selector as clients write it in `fieldSelector=`.  Raises SelectorError."""
    found = []
    for term in sorted(split(text)):
        operator = OPERATOR.search(term)
        if operator is None:
            raise SelectorError(f"invalid selector: '{text}'; can't understand '{term}'")
        value = unescape(term[operator.end() :])
        found.append(Requirement(term[: operator.start()], NOT_EQUALS if operator[0] == "!=" else EQUALS, value))
    return Selector(found)


def split(text: str) -> list[str]:
    """The terms between commas that no backslash stands before; empty ones are left out."""
    return [term for term in TERM.findall(text) if term]


def escape(value: str) -> str:
    """A value as it stands in a selector."""
    return SPECIAL.sub(r"\\\g<0>", value)


def unescape(text: str) -> str:
    """The value that a selector's text means.  Raises SelectorError."""
    if not SPECIAL.search(text):
        return text
    found, escaped = [], False
    for char in text:
        if escaped:
            if char not in "\\,=":
                raise SelectorError(f"invalid field selector: invalid escape sequence: \\{char}")
            found.append(char)
            escaped = False
        elif char == "\\":
            escaped = True
        elif char in ",=":
            raise SelectorError(f"invalid field selector: unescaped character in value: {ord(char)}")
        else:
            found.append(char)
    if escaped:
        raise SelectorError("invalid field selector: invalid escape sequence: \\")
    return "".join(found)
