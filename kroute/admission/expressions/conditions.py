"""Match conditions: a webhook or policy is for a request only where all of them are true.

Mirrors `plugin/webhook/matchconditions` of `k8s.io/apiserver/pkg/admission`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from kroute.admission.expressions import declaring, inputs
from kroute.cel import configuring, programs, values


class Unmatched(Exception):
    """Whether the conditions are true can't be told; the text says why."""


class Condition(NamedTuple):
    """`program` is None where the expression doesn't compile, for the reason in `error`."""

    name: str
    expression: str
    program: programs.Program | None
    error: str = ""


class Conditions:
    """Compiled conditions; `ignore`: what can't be evaluated is not true, else it is an error."""

    def __init__(self, conditions: Iterable[Condition], *, ignore: bool) -> None:
        self._conditions, self._ignore = list(conditions), ignore
        self.any = bool(self._conditions)

    async def match(self, about: inputs.Input, params: Any = None) -> bool:
        """Raises Unmatched."""
        given = {**about.values, "params": params, "namespaceObject": None}
        wrong = []
        for condition in self._conditions:
            try:
                if await about.run(lambda: evaluated(condition, given)) is False:  # noqa: B023
                    return False
            except values.EvaluationError as error:
                wrong.append(f"expression '{condition.expression}' resulted in error: {error}")
        if not wrong:
            return True
        if self._ignore:
            return False
        raise Unmatched(wrong[0] if len(wrong) == 1 else f"[{', '.join(dict.fromkeys(wrong))}]")


def evaluated(condition: Condition, given: Mapping[str, Any]) -> Any:
    """Raises EvaluationError."""
    if condition.program is None:
        raise values.EvaluationError(condition.error)
    return condition.program.evaluate(given)


def compiled(
    given: Iterable[Mapping[str, Any]] | None,
    environments: declaring.Environments,
    wanted: declaring.Wanted,
    *,
    ignore: bool,
) -> Conditions:
    """The conditions of an object, which was validated."""
    return Conditions((condition(each, environments, wanted) for each in given or ()), ignore=ignore)


def condition(given: Mapping[str, Any], environments: declaring.Environments, wanted: declaring.Wanted) -> Condition:
    expression = given.get("expression") or ""
    try:
        program = environments.of(wanted).compile(expression.strip(), wanted=programs.BOOL)
    except (programs.CompileError, configuring.Unavailable) as error:
        return Condition(given.get("name") or "", expression, None, f"compilation failed: {error}")
    return Condition(given.get("name") or "", expression, program)
