"""All functions that are declared here, by name and by overload."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from kroute.cel.library import (
    authorizing,
    collections,
    namedformats,
    networks,
    operators,
    optionals,
    quantities,
    regexes,
    texts,
    urls,
)
from kroute.cel.library.overloads import Overload

COMPARED: Final = ("bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration")
NUMBERS: Final = ("int", "uint", "double")
ORDERS: Final = {"_<_": "less", "_<=_": "less_equals", "_>_": "greater", "_>=_": "greater_equals"}
KUBERNETES: Final = (
    *regexes.REGEXES,
    *urls.URLS,
    *networks.NETWORKS,
    *quantities.QUANTITIES,
    *namedformats.NAMED_FORMATS,
    *authorizing.AUTHORIZING,
)
SHOWN: Final = {"int": "int64", "uint": "uint64"}
TO_STRING: Final = ("int", "uint", "double", "bool", "string", "bytes", "timestamp", "duration", "net.IP", "net.CIDR")


TYPES: Final = (
    *(networks.IP.cel_type, networks.CIDR.cel_type, urls.URL.cel_type),
    *(quantities.Q, quantities.V, namedformats.KIND),
    *(authorizing.A, authorizing.P, authorizing.G, authorizing.R, authorizing.D),
)
"""The types that expressions may name: `type(x) == net.IP`."""


class Library(NamedTuple):
    """Functions; `declared` are those that the compiler must be told of."""

    by_id: Mapping[str, Overload]
    by_name: Mapping[str, Sequence[Overload]]
    declared: Sequence[Overload]
    excluded: Sequence[str]


@functools.cache
def library(*, patching: bool = False) -> Library:
    """The functions of Kubernetes' expressions; `patching`: also those for expressions that make patches."""
    known = (*optionals.OPTIONALS, *collections.EXTENSION)
    own = (*comparisons(), *strings(), *texts.TEXTS, *collections.LISTS, *KUBERNETES)
    if patching:
        own += namedformats.PATCHES
    by_name: dict[str, list[Overload]] = {}
    for each in (*known, *own):
        by_name.setdefault(each.function, []).append(each)
    return Library({each.id: each for each in (*known, *own)}, by_name, own, (*ORDERS, "string"))


def comparisons() -> Iterable[Overload]:
    """What compares; numbers are compared with numbers of any type."""
    for name, label in ORDERS.items():
        run = operators.OPERATORS[name]
        for kind in COMPARED:
            yield Overload(name, f"{label}_{SHOWN.get(kind, kind)}", (kind, kind), "bool", run)
        for one in NUMBERS:
            for other in NUMBERS:
                if one != other:
                    whole = f"{label}_{SHOWN.get(one, one)}_{SHOWN.get(other, other)}"
                    yield Overload(name, whole, (one, other), "bool", run)


def strings() -> Iterable[Overload]:
    """What makes strings."""
    for kind in TO_STRING:
        label = f"{SHOWN.get(kind, kind).removeprefix('net.').lower()}_to_string"
        yield Overload("string", label, (kind,), "string", operators.OPERATORS["string"])
