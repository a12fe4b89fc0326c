"""The expressions (CEL) in policies, webhooks and device claims: whether they are there, and whether they compile.

Compiling is not done here: who can, gives a `Compiler`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from kroute.coreapi import checks
from kroute.machinery import fielderrors

Object = Mapping[str, Any]

BOOL, STRING, STRING_OR_NULL, ANY = "bool", "string", "string or null", "any"
JSON_PATCH, APPLY_CONFIGURATION = "list(JSONPatch)", "Object"
DEVICE_SELECTOR = "device selector"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What an expression is for.

    `wanted` is what it has to evaluate to, one of the constants above.  `params` and `authorizer` say whether it may
    use these variables; `variables` are the policy's own that stand before it, by name.  `stored`: it was there
    before, so that it is compiled as leniently as it was then."""

    wanted: str
    params: bool = False
    authorizer: bool = True
    variables: Mapping[str, str] | None = None
    stored: bool = False


Compiler: TypeAlias = Callable[[str, Use], Iterable[str]]
"""Gives what is wrong with an expression that is used so: nothing, or the detail of an Invalid error."""


def unchecked(expression: str, use: Use) -> Iterable[str]:
    """The Compiler of a server that doesn't compile."""
    return ()


UNCHECKED: Final[Compiler] = unchecked


def validate(expression: str, use: Use, path: str, compiler: Compiler) -> checks.Found:
    """What is wrong with an expression that is there."""
    for detail in compiler(expression, use):
        yield fielderrors.invalid(path, expression, detail)
