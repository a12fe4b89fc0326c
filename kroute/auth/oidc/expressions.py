"""Expressions in CEL over the claims of a token, and over the user that comes of them.

Mirrors `k8s.io/apiserver/pkg/authentication/cel`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from typing import Any

from kroute.cel import configuring, declared, programs, values
from kroute.machinery import context

STRINGS = declared.list_of(declared.STRING)
USER = declared.object_of(
    {
        "username": declared.STRING,
        "uid": declared.STRING,
        "groups": STRINGS,
        "extra": declared.map_of(STRINGS),
    }
)


class ExpressionError(ValueError):
    """An expression can't be used, or fails; the text says why."""


class Compiler:
    """Compiles expressions; the environments are made when they are wanted for the first time."""

    @functools.cached_property
    def _claims(self) -> programs.Environment:
        return programs.Environment({"claims": declared.map_of(declared.DYN)})

    @functools.cached_property
    def _user(self) -> programs.Environment:
        return programs.Environment({"user": USER})

    def of_claims(self, source: str) -> Expression:
        """One that gives a part of a user.  Raises ExpressionError."""
        return Expression(compiled(lambda: self._claims, source, programs.ANY))

    def about_claims(self, source: str) -> Expression:
        """One that says whether claims are right.  Raises ExpressionError."""
        return Expression(compiled(lambda: self._claims, source, programs.BOOL))

    def about_user(self, source: str) -> Expression:
        """One that says whether a user is right.  Raises ExpressionError."""
        return Expression(compiled(lambda: self._user, source, programs.BOOL))


def compiled(environment: Callable[[], programs.Environment], source: str, wanted: Collection[str]) -> programs.Program:
    try:
        return environment().compile(source, wanted=wanted)
    except programs.WrongType as error:
        raise ExpressionError(f"must evaluate to {' or '.join(wanted)}") from error
    except programs.CompileError as error:
        raise ExpressionError(f"compilation failed: {error}") from error
    except configuring.Unavailable as error:
        raise ExpressionError(str(error)) from error


class Expression:
    """One of them."""

    def __init__(self, program: programs.Program) -> None:
        self._program = program
        self.source = program.source

    def value(self, variables: Mapping[str, Any]) -> Any:
        """Raises ExpressionError."""
        try:
            return self._program.evaluate(variables)
        except values.EvaluationError as error:
            raise ExpressionError(f"expression '{self.source}' resulted in error: {error}") from error

    def text(self, claims: Mapping[str, Any], what: str) -> str:
        """Raises ExpressionError."""
        found = self.value({"claims": claims})
        if not isinstance(found, str):
            raise ExpressionError(f"{what} claim expression must return a string")
        return found

    def texts(self, claims: Mapping[str, Any]) -> tuple[str, ...]:
        """A string or several; empty ones are as if they weren't there.  Raises ExpressionError."""
        found = self.value({"claims": claims})
        listed = [found] if isinstance(found, str) else [] if found is None else found
        if not isinstance(listed, list | tuple) or not all(isinstance(each, str) for each in listed):
            raise ExpressionError("expression must return a string or a list of strings")
        return tuple(each for each in listed if each)


def shown(user: context.User) -> dict[str, Any]:
    """A user as expressions see it."""
    extra = {key: list(each) for key, each in user.extra.items()}
    return {"username": user.name, "uid": user.uid, "groups": list(user.groups), "extra": extra}
