"""Functions that find what matches a pattern.  Mirrors `k8s.io/apiserver/pkg/cel/library/regex.go`."""

from __future__ import annotations

import functools
from typing import Final

from kroute.cel.library.overloads import Overload, member
from kroute.cel.values import EvaluationError
from kroute.schema import patterns

remembered = functools.lru_cache(256)(patterns.compiled)


def compiled(pattern: str) -> patterns.Pattern:
    try:
        return remembered(pattern)
    except ValueError as error:
        raise EvaluationError(f"Illegal regex: error parsing regexp: {error}") from None


def find(text: str, pattern: str) -> str:
    """The first piece that matches; "" when there is none."""
    return next(iter(compiled(pattern).found(text, 1)), "")


def find_all(text: str, pattern: str, limit: int = -1) -> list[str]:
    return compiled(pattern).found(text, max(limit, -1))


REGEXES: Final[tuple[Overload, ...]] = (
    member("find", "string_find_string", "string; string", "string", find),
    member("findAll", "string_find_all_string", "string; string", "list<string>", find_all),
    member("findAll", "string_find_all_string_int", "string; string; int", "list<string>", find_all),
)
