"""A policy's own variables: each an expression that is evaluated when it is first used, and once for a request.

Mirrors the composition of `plugin/cel` of `k8s.io/apiserver/pkg/admission`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from kroute.admission.expressions import declaring
from kroute.cel import configuring, declared, programs, values


class Variable(NamedTuple):
    """`program` is None where the expression doesn't compile, for the reason in `error`."""

    name: str
    program: programs.Program | None
    error: str = ""


class Compiler:
    """Compiles the expressions of one policy; what they may use grows with its variables.

    `variables` are names and expressions, in order."""

    def __init__(
        self,
        environments: declaring.Environments,
        variables: Iterable[tuple[str, str]],
        *,
        params: bool,
        patching: bool = False,
    ) -> None:
        self._environments = environments
        self._wanted = declaring.Wanted(params=params, patching=patching)
        self._types: dict[str, declared.Declared] = {}
        self._made: dict[declaring.Wanted, programs.Environment] = {}
        self.variables = [self._variable(name, expression) for name, expression in variables]

    def compile(self, expression: str, *, authorizer: bool = True) -> programs.Program:
        """Raises CompileError, configuring.Unavailable."""
        return self._environment(authorizer=authorizer).compile(expression)

    def _variable(self, name: str, expression: str) -> Variable:
        try:
            program = self.compile(expression.strip())
        except (programs.CompileError, configuring.Unavailable) as error:
            found = Variable(name, None, str(error))
            self._types[name] = declared.DYN
        else:
            found = Variable(name, program)
            self._types[name] = program.kind
        self._made.clear()
        return found

    def _environment(self, *, authorizer: bool) -> programs.Environment:
        wanted = self._wanted._replace(authorizer=authorizer)
        if not self._types:
            return self._environments.of(wanted)
        found = self._made.get(wanted)
        if found is None:
            found = self._made[wanted] = self._environments.of(wanted, dict(self._types))
        return found


class Variables(Mapping[str, Any]):
    """The variables of a policy for one request; `given` is what their expressions are evaluated with."""

    def __init__(self, variables: Iterable[Variable], given: dict[str, Any]) -> None:
        self._variables = {each.name: each for each in variables}
        self._given = given
        self._values: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Raises EvaluationError."""
        if name in self._values:
            return self._values[name]
        variable = self._variables[name]
        if variable.program is None:
            raise values.EvaluationError(f'composited variable "{name}" fails to compile: {variable.error}')
        try:
            value = variable.program.evaluate(self._given)
        except values.EvaluationError as error:
            raise values.EvaluationError(f'composited variable "{name}" fails to evaluate: {error}') from error
        self._values[name] = value
        return value

    def __contains__(self, name: object) -> bool:
        return name in self._variables

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


def with_variables(variables: Iterable[Variable], given: Mapping[str, Any]) -> dict[str, Any]:
    """What expressions are evaluated with, the policy's variables included."""
    whole = dict(given)
    whole["variables"] = Variables(variables, whole)
    return whole
