"""What validation and strategies of built-in kinds share: a kind's checks, and what counts as the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from kroute.machinery import fielderrors, names, objects

Errors: TypeAlias = Iterable[fielderrors.FieldError]
Object: TypeAlias = objects.Object

EMPTY: Final[tuple[Any, ...]] = (None, [], {})


def no_errors(*given: Any) -> Errors:
    return ()


def no_warnings(*given: Any) -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What the objects of a kind are checked by; `status_update` checks updates of the status."""

    name_rule: names.NameRule = names.subdomain_name
    create: Callable[[Object], Errors] = no_errors
    update: Callable[[Object, Object], Errors] = no_errors
    status_update: Callable[[Object, Object], Errors] = no_errors
    warnings: Callable[[Object, Object | None], Iterable[str]] = no_warnings


def same(one: Any, other: Any) -> bool:
    """Whether two values mean the same; an empty list or map is as good as none.

    Mirrors `equality.Semantic.DeepEqual` of apimachinery."""
    if one == other or (one in EMPTY and other in EMPTY):
        return True
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return all(same(one.get(key), other.get(key)) for key in one.keys() | other.keys())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return False
