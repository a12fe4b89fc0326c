"""What a validating policy says of one request.

Mirrors the validator of `plugin/policy/validating` of `k8s.io/apiserver/pkg/admission`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kroute.admission.expressions import conditions, inputs
from kroute.admission.policies import definitions, variables
from kroute.cel import configuring, programs, values
from kroute.machinery import objects

LONGEST_MESSAGE, LONGEST_VALUE = 5 * 1024, 10 * 1024


class Expression(NamedTuple):
    """`program` is None where the text doesn't compile, for the reason in `error`."""

    text: str
    program: programs.Program | None
    error: str = ""

    def evaluate(self, given: Mapping[str, Any]) -> Any:
        """Raises EvaluationError."""
        if self.program is None:
            raise values.EvaluationError(self.error)
        return self.program.evaluate(given)


class Validation(NamedTuple):
    expression: Expression
    message_expression: Expression | None
    message: str
    reason: str


class Annotation(NamedTuple):
    key: str
    expression: Expression


class Work(NamedTuple):
    """What a validating policy does."""

    validations: Sequence[Validation]
    annotations: Sequence[Annotation]


class Denial(NamedTuple):
    """`number` is that of the validation; `reason` is "" for an expression that can't be evaluated."""

    number: int
    message: str
    reason: str = ""


@dataclass(slots=True)
class Outcome:
    """What is wrong with a request, what to write into the audit log, and what can't be told of that."""

    denials: list[Denial] = field(default_factory=list)
    annotations: list[tuple[str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def work_of(spec: objects.Object, compiler: variables.Compiler) -> Work:
    """The validations and annotations of a policy."""
    validations = []
    for each in spec.get("validations") or ():
        message = each.get("messageExpression") or ""
        validations.append(
            Validation(
                expression=compiled(each.get("expression") or "", compiler),
                message_expression=compiled(message, compiler, authorizer=False) if message else None,
                message=(each.get("message") or "").strip(),
                reason=each.get("reason") or "Invalid",
            )
        )
    annotations = [
        Annotation(each.get("key") or "", compiled(each.get("valueExpression") or "", compiler))
        for each in spec.get("auditAnnotations") or ()
    ]
    return Work(validations, annotations)


def compiled(text: str, compiler: variables.Compiler, *, authorizer: bool = True) -> Expression:
    try:
        return Expression(text, compiler.compile(text.strip(), authorizer=authorizer))
    except (programs.CompileError, configuring.Unavailable) as error:
        return Expression(text, None, f"compilation failed: {error}")


async def evaluate(
    policy: definitions.Policy[Work],
    about: inputs.Input,
    param: objects.Object | None,
    namespace: objects.Object | None,
) -> Outcome:
    """What a policy says, with one parameter."""
    outcome = Outcome()
    try:
        if policy.conditions.any and not await policy.conditions.match(about, param):
            return outcome
    except conditions.Unmatched as error:
        outcome.denials.append(Denial(0, str(error)))
        return outcome
    given = variables.with_variables(policy.variables, {**about.values, "params": param, "namespaceObject": namespace})
    for index, validation in enumerate(policy.work.validations):
        denial = await _validated(policy, validation, index, about, given)
        if denial is not None:
            outcome.denials.append(denial)
    for annotation in policy.work.annotations:
        try:
            value = await about.run(lambda: annotation.expression.evaluate(given))  # noqa: B023
        except values.EvaluationError as error:
            if not policy.ignore:
                outcome.errors.append(failed(annotation.expression, error))
            continue
        if isinstance(value, str) and value.strip():
            outcome.annotations.append((annotation.key, value.strip()[:LONGEST_VALUE]))
    return outcome


async def _validated(
    policy: definitions.Policy[Work],
    validation: Validation,
    index: int,
    about: inputs.Input,
    given: Mapping[str, Any],
) -> Denial | None:
    try:
        result = await about.run(lambda: validation.expression.evaluate(given))
    except values.EvaluationError as error:
        return None if policy.ignore else Denial(index, failed(validation.expression, error))
    if result is True:
        return None
    message = await _message(validation, about, given) or validation.message
    return Denial(index, message or f"failed expression: {validation.expression.text.strip()}", validation.reason)


async def _message(validation: Validation, about: inputs.Input, given: Mapping[str, Any]) -> str:
    """What the policy itself says of a violation; "" where that can't be shown."""
    expression = validation.message_expression
    if expression is None:
        return ""
    try:
        message = await about.run(lambda: expression.evaluate(given))
    except values.EvaluationError:
        return ""
    if not isinstance(message, str) or len(message.encode()) > LONGEST_MESSAGE:
        return ""
    return "" if "\n" in message.strip() else message.strip()


def failed(expression: Expression, error: values.EvaluationError) -> str:
    return f"expression '{expression.text.strip()}' resulted in error: {error}"
