"""Ways to compile and evaluate one expression."""

from __future__ import annotations

from typing import Any

from kroute.cel import declared, programs

ANYTHING = {"self": declared.DYN}


def evaluate(expression: str, value: Any = None, kind: declared.Declared = declared.DYN, **options: Any) -> Any:
    """What an expression gives for `self`."""
    return programs.Environment({"self": kind}).compile(expression).evaluate({"self": value}, **options)


def refused(expression: str, kind: declared.Declared = declared.DYN, **options: bool) -> str:
    """Why an expression doesn't compile; "" if it does."""
    try:
        programs.Environment({"self": kind}, **options).compile(expression)
    except programs.CompileError as error:
        return str(error)
    return ""
