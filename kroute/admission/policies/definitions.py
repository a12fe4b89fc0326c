"""Policies with their bindings, parsed and compiled once, and which of them a request may concern.

Mirrors `plugin/policy/generic` of `k8s.io/apiserver/pkg/admission`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from kroute.admission import attributes, deriving
from kroute.admission.expressions import conditions, declaring
from kroute.admission.policies import matching, params, variables
from kroute.machinery import gvk, objects
from kroute.storage import core

MOST_REMEMBERED = 10_000
Work = TypeVar("Work")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Generic[Work]):
    """`ignore`: what can't be told is no objection.  `work` is what it does, by its kind."""

    name: str
    criteria: matching.Criteria
    param_kind: gvk.GroupVersionKind | None
    conditions: conditions.Conditions
    variables: Sequence[variables.Variable]
    ignore: bool
    work: Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """`criteria` None: whatever the policy is for.  `actions` are what follows from a violation."""

    name: str
    policy: str
    criteria: matching.Criteria | None
    param_ref: Mapping[str, Any] | None
    actions: Sequence[str]


class Bound(NamedTuple, Generic[Work]):
    policy: Policy[Work]
    bindings: Sequence[Binding]


class Policies(Generic[Work]):
    """The policies of one kind that are bound, by name; `work` makes what one does of its spec."""

    def __init__(
        self,
        policies: core.Core,
        bindings: core.Core,
        *,
        work: Callable[[objects.Object, variables.Compiler], Work],
        patching: bool = False,
    ) -> None:
        environments = declaring.Environments()
        self._policies = deriving.Derived(policies, lambda obj: policy_of(obj, environments, work, patching=patching))
        self._bindings = deriving.Derived(bindings, binding_of)
        self._version = (-1, -1, -1)
        self._bound: list[Bound[Work]] = []
        self._candidates: dict[Any, Sequence[Bound[Work]]] = {}

    def any(self) -> bool:
        """Whether there are policies that are bound."""
        return bool(self._bindings.present()) and bool(self._policies.present())

    def candidates(self, found: attributes.Attributes) -> Sequence[Bound[Work]]:
        """The policies whose rules a request may be for."""
        policies, bindings = self._policies.present(), self._bindings.present()
        known = found.form.related if found.form is not None else None
        version = (self._policies.version, self._bindings.version, 0 if known is None else known.generation)
        if version != self._version:
            self._version, self._candidates = version, {}
            self._bound = bound(policies, bindings)
        key = (found.operation, found.resource, found.subresource, bool(found.namespace))
        candidates = self._candidates.get(key)
        if candidates is None:
            candidates = [each for each in self._bound if each.policy.criteria.might(found)]
            if len(self._candidates) < MOST_REMEMBERED:
                self._candidates[key] = candidates
        return candidates


def bound(policies: Mapping[str, Policy[Work]], bindings: Mapping[str, Binding]) -> list[Bound[Work]]:
    by_policy: dict[str, list[Binding]] = {}
    for binding in bindings.values():
        by_policy.setdefault(binding.policy, []).append(binding)
    return [Bound(policy, by_policy[name]) for name, policy in policies.items() if name in by_policy]


def policy_of(
    obj: objects.Object,
    environments: declaring.Environments,
    work: Callable[[objects.Object, variables.Compiler], Work],
    *,
    patching: bool,
) -> Policy[Work]:
    """A policy, which was validated and has its defaults."""
    spec = obj.get("spec") or {}
    kind = params.kind_of(spec.get("paramKind"))
    ignore = spec.get("failurePolicy") == "Ignore"
    named = [(each.get("name") or "", each.get("expression") or "") for each in spec.get("variables") or ()]
    compiler = variables.Compiler(environments, named, params=kind is not None, patching=patching)
    wanted = declaring.Wanted(params=kind is not None)
    return Policy(
        name=obj["metadata"]["name"],
        criteria=matching.criteria(spec.get("matchConstraints") or {}),
        param_kind=kind,
        conditions=conditions.compiled(spec.get("matchConditions"), environments, wanted, ignore=ignore),
        variables=compiler.variables,
        ignore=ignore,
        work=work(spec, compiler),
    )


def binding_of(obj: objects.Object) -> Binding:
    spec = obj.get("spec") or {}
    match = spec.get("matchResources")
    return Binding(
        name=obj["metadata"]["name"],
        policy=spec.get("policyName") or "",
        criteria=None if match is None else matching.criteria(match),
        param_ref=spec.get("paramRef"),
        actions=spec.get("validationActions") or (),
    )
