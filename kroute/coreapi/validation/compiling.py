"""Compiles the expressions in policies, webhooks and device claims, and says what is wrong with them.

Mirrors `k8s.io/apiserver/pkg/admission/plugin/cel` and `k8s.io/dynamic-resource-allocation/cel`.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Final

from kroute.admission.expressions import declaring
from kroute.cel import configuring, declared, programs
from kroute.cel.library import quantities
from kroute.coreapi.validation import expressions

REMEMBERED: Final = 256
NULL: Final = "null_type"
WANTED: Final[Mapping[str, tuple[str, ...]]] = {
    expressions.BOOL: ("bool",),
    expressions.STRING: ("string",),
    expressions.STRING_OR_NULL: ("string", NULL),
    expressions.ANY: (),
    expressions.JSON_PATCH: (expressions.JSON_PATCH,),
    expressions.APPLY_CONFIGURATION: (expressions.APPLY_CONFIGURATION,),
    expressions.DEVICE_SELECTOR: ("bool", "any", "dyn"),
}
PATCHES: Final = (expressions.JSON_PATCH, expressions.APPLY_CONFIGURATION)
Variables = tuple[tuple[str, str], ...]


class Compiling:
    """Satisfies `expressions.Compiler`.  What was compiled last is remembered, as policies are written many times."""

    def __init__(self) -> None:
        self._environments = declaring.Environments()
        self._of_variables = functools.lru_cache(REMEMBERED)(self._with_variables)
        self._known = functools.lru_cache(REMEMBERED)(self._problem)

    def __call__(self, expression: str, use: expressions.Use) -> Iterable[str]:
        variables = None if use.variables is None else tuple(use.variables.items())
        wanted = declaring.Wanted(use.params, use.authorizer, use.wanted in PATCHES)
        problem = self._known(expression, use.wanted, wanted, variables)
        return [problem] if problem else []

    def _problem(self, expression: str, kind: str, wanted: declaring.Wanted, variables: Variables | None) -> str:
        types = WANTED[kind]
        try:
            if kind == expressions.DEVICE_SELECTOR:
                environment = device_environment()
            else:
                environment = self._environment(wanted, variables)
            environment.compile(expression, wanted=types)
        except configuring.Unavailable as error:
            return str(error)
        except programs.WrongType as error:
            return wrong_type(kind, types, error.output)
        except programs.NotInstantiable as error:
            return f"program instantiation failed: {error}"
        except programs.CompileError as error:
            return f"compilation failed: {error}"
        return ""

    def _environment(self, wanted: declaring.Wanted, variables: Variables | None) -> programs.Environment:
        return self._environments.of(wanted) if variables is None else self._of_variables(wanted, variables)

    def _with_variables(self, wanted: declaring.Wanted, variables: Variables) -> programs.Environment:
        """The environment with a policy's variables, whose types are those of their expressions."""
        known: dict[str, declared.Declared] = {}
        for index, (name, expression) in enumerate(variables):
            try:
                known[name] = self._of_variables(wanted, variables[:index]).compile(expression).kind
            except programs.CompileError:
                known[name] = declared.DYN
        return self._environments.of(wanted, known)


def wrong_type(kind: str, types: tuple[str, ...], output: str) -> str:
    if kind == expressions.DEVICE_SELECTOR:
        return f"must evaluate to bool or the unknown type, not {output}"
    one = types[0] if len(types) == 1 else f"one of [{' '.join(types)}]"
    return f"must evaluate to {one} but got {output}"


@functools.cache
def device_environment() -> programs.Environment:
    """What the selectors of devices may use."""
    amounts = declared.map_of(declared.opaque(quantities.Q))
    device = declared.object_of(
        {
            "driver": declared.STRING,
            "attributes": declared.map_of(declared.map_of(declared.DYN)),
            "capacity": declared.map_of(amounts),
            "allowMultipleAllocations": declared.BOOL,
        },
        "kubernetes.DRADevice",
    )
    return programs.Environment({"device": device}, binding=True)
