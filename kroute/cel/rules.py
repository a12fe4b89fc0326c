"""One rule of `x-kubernetes-validations`, compiled.

Mirrors `k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/compilation.go`.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from kroute.cel import declared, fieldpaths, programs, values
from kroute.schema import structural

SELF, OLD_SELF = "self", "oldSelf"
LONGEST_MESSAGE: Final = 5120
NEWLINE: Final = re.compile(r"[\n]+")


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule and its programs.

    `error` and `message_error` are what is wrong with the rule and its messageExpression, in kube-apiserver's words;
    `path` is the field that errors are about, below the value."""

    rule: structural.Rule
    program: programs.Program | None = None
    message: programs.Program | None = None
    error: str = ""
    message_error: str = ""
    path: str = ""

    @property
    def uses_old(self) -> bool:
        """Whether the rule is about a change."""
        return self.program is not None and OLD_SELF in self.program.used

    @property
    def shown(self) -> str:
        """How errors name the rule."""
        return (self.rule.message or self.rule.rule).strip()

    @property
    def default_message(self) -> str:
        return self.rule.message.strip() if self.rule.message else f"failed rule: {self.rule.rule.strip()}"

    def message_for(self, variables: dict[str, Any], steps: int) -> tuple[str, int]:
        """What is told when the rule doesn't hold, and the steps that are left; raises CostExceeded."""
        if self.message is not None:
            try:
                text, steps = self.message.metered(variables, min(steps, programs.STEPS))
            except values.CostExceeded:
                raise
            except values.EvaluationError:
                text = ""
            text = text.strip() if isinstance(text, str) else ""
            if text and len(text.encode("utf-8", "surrogatepass")) <= LONGEST_MESSAGE and not NEWLINE.search(text):
                return text, steps
        return self.default_message, steps


def compile_all(
    node: structural.Structural,
    kind: declared.Declared,
    rules: Sequence[structural.Rule],
    *,
    estimate: bool = False,
) -> list[Compiled]:
    """The rules of a node of this type, in their order; raises configuring.Unavailable.

    `estimate`: what they may cost is estimated as well."""
    environments: dict[bool, programs.Environment] = {}

    def environment(optional: bool) -> programs.Environment:
        if optional not in environments:
            environments[optional] = environment_of(kind, optional=optional)
        return environments[optional]

    sizes = kind if estimate else None
    return [compile_one(node, rule, environment(bool(rule.optional_old_self)), sizes) for rule in rules]


def environment_of(kind: declared.Declared, *, optional: bool) -> programs.Environment:
    """What the rules for values of a type may use."""
    name = simple_name(kind)
    if name:
        return simple_environment(name, optional=optional)
    return programs.Environment({SELF: kind, OLD_SELF: declared.optional_of(kind) if optional else kind})


def simple_name(kind: declared.Declared) -> str:
    """The name of a type that stands for itself; "" for others."""
    return kind.kind if kind.element is None and kind.kind != "object" else ""


@functools.lru_cache(64)
def simple_environment(name: str, *, optional: bool) -> programs.Environment:
    kind = declared.Declared(name)
    return programs.Environment({SELF: kind, OLD_SELF: declared.optional_of(kind) if optional else kind})


def compile_one(
    node: structural.Structural,
    rule: structural.Rule,
    environment: programs.Environment,
    sizes: declared.Declared | None,
) -> Compiled:
    """A rule in an environment; an empty one has no program."""
    if not rule.rule.strip():
        return Compiled(rule)
    try:
        program = environment.compile(rule.rule, wanted=programs.BOOL, sizes=sizes)
    except programs.WrongType:
        return Compiled(rule, error="cel expression must evaluate to a bool")
    except programs.NotInstantiable as error:
        return Compiled(rule, error=f"program instantiation failed: {error}")
    except programs.CompileError as error:
        return Compiled(rule, error=f"compilation failed: {error}")
    message, message_error = None, ""
    if rule.message_expression:
        try:
            message = environment.compile(rule.message_expression, wanted=programs.STRING, sizes=sizes)
        except programs.WrongType:
            message_error = "messageExpression must evaluate to a string"
        except programs.NotInstantiable as error:
            message_error = f"messageExpression instantiation failed: {error}"
        except programs.CompileError as error:
            message_error = f"messageExpression compilation failed: {error}"
    path = ""
    if rule.field_path and not message_error:
        with contextlib.suppress(fieldpaths.PathError):
            path = fieldpaths.normalized(rule.field_path, node)
    return Compiled(rule, program, message, message_error=message_error, path=path)
