"""MutatingAdmissionPolicy: expressions that change objects before they are stored.

Mirrors `k8s.io/apiserver/pkg/admission/plugin/policy/mutating`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from kroute.admission import asking, attributes, forms, rules
from kroute.admission.expressions import conditions, inputs
from kroute.admission.policies import applying, definitions, matching, params, variables
from kroute.machinery import errors, gvk, objects
from kroute.storage import lookups

NAME = "MutatingAdmissionPolicy"
CREATE, UPDATE = attributes.Operation.CREATE, attributes.Operation.UPDATE
NAMESPACE, NAMESPACES = gvk.GroupKind("", "Namespace"), gvk.GroupResource("", "namespaces")


class Invocation(NamedTuple):
    """A policy that is to change the request's object, by one binding and with one parameter."""

    policy: definitions.Policy[applying.Work]
    binding: str
    form: forms.Form
    param: objects.Object | None

    @property
    def key(self) -> tuple[str, ...]:
        metadata = (self.param or {}).get("metadata") or {}
        return (self.policy.name, self.binding, metadata.get("namespace") or "", metadata.get("name") or "")


class Failure(NamedTuple):
    policy: str
    binding: str
    message: str
    ignored: bool
    reason: str = ""

    def __str__(self) -> str:
        if not self.binding:
            return f'policy "{self.policy}" denied request: {self.message}'
        return f"policy '{self.policy}' with binding '{self.binding}' denied request: {self.message}"


@dataclass(slots=True)
class Rounds:
    """What is to be done again in the second round, and what the object was when the first one ended."""

    done: set[tuple[str, ...]] = field(default_factory=set)
    """What wants to be done again when something changes after it."""
    again: set[tuple[str, ...]] = field(default_factory=set)
    left: objects.Object | None = None

    def changed(self) -> None:
        self.again |= self.done
        self.done = set()


class MutatingPolicies:
    operations = (CREATE, UPDATE)

    def __init__(
        self,
        policies: definitions.Policies[applying.Work],
        *,
        namespaces: lookups.Lookup | None,
        ask: asking.Ask | None,
    ) -> None:
        self._policies, self._namespaces, self._ask = policies, namespaces, ask
        self._selecting = rules.Selecting(namespaces)

    async def admit(self, found: attributes.Attributes) -> None:
        """Raises Forbidden, NotFound without a namespace, InternalError."""
        if not self._policies.any() or matching.is_excluded(found) or found.form is None or found.obj is None:
            return
        candidates = self._policies.candidates(found)
        if not candidates:
            return
        failures: list[Failure] = []
        wanted = [each for one in candidates for each in await self._invocations(one, found, failures)]
        if wanted:
            failures += await self._run(wanted, found, found.obj)
        refuse(found, [each for each in failures if not each.ignored])

    async def _invocations(
        self, bound: definitions.Bound[applying.Work], found: attributes.Attributes, failures: list[Failure]
    ) -> list[Invocation]:
        policy = bound.policy
        match = await policy.criteria.match(found, self._selecting)
        if match is None or match.form is None:
            return []
        try:
            kind = params.form_of(policy.param_kind, match.form.related)
        except params.ConfigurationError as error:
            failures.append(Failure(policy.name, "", f"failed to configure policy: {error}", policy.ignore))
            return []
        wanted = []
        for binding in bound.bindings:
            if binding.criteria is not None and await binding.criteria.match(found, self._selecting) is None:
                continue
            try:
                given = await params.collect(kind, binding.param_ref, found.namespace)
            except params.ConfigurationError as error:
                why = f"failed to configure binding: {error}"
                failures.append(Failure(policy.name, binding.name, why, policy.ignore))
                continue
            wanted += [Invocation(policy, binding.name, match.form, param) for param in given]
        return wanted

    async def _run(self, wanted: list[Invocation], found: attributes.Attributes, obj: objects.Object) -> list[Failure]:
        rounds: Rounds = found.again.notes.setdefault(NAME, Rounds())
        if found.again.second and rounds.left != obj:
            rounds.changed()
        namespace = await self._namespace(found)
        failures: list[Failure] = []
        for each in wanted:
            about = inputs.Input(found, each.form, self._ask)
            try:
                if each.policy.conditions.any and not await each.policy.conditions.match(about, each.param):
                    continue
            except conditions.Unmatched as error:
                failures.append(failure(each, str(error)))
                continue
            if found.again.second and each.key not in rounds.again:
                continue
            if await self._mutate(each, about, obj, namespace, failures):
                rounds.changed()
                found.again.asked = True
            if each.policy.work.reinvocable:
                rounds.done.add(each.key)
        rounds.left = objects.copy(obj)
        return failures

    async def _mutate(
        self,
        each: Invocation,
        about: inputs.Input,
        obj: objects.Object,
        namespace: objects.Object | None,
        failures: list[Failure],
    ) -> bool:
        """Whether the mutations of a policy have changed the object."""
        before = present = about.obj
        if present is None:
            return False
        for mutation in each.policy.work.mutations:
            given = variables.with_variables(
                each.policy.variables,
                {**about.values, "object": present, "params": each.param, "namespaceObject": namespace},
            )
            try:
                present = await applying.mutate(mutation, each.form, about, present, given)
            except applying.MutationFailed as error:
                failures.append(failure(each, str(error)))
        if present == before:
            return False
        made = each.form.inward(objects.copy(present))
        obj.clear()
        obj.update(made)
        return True

    async def _namespace(self, found: attributes.Attributes) -> objects.Object | None:
        """Raises NotFound."""
        if not found.namespace or found.kind.group_kind == NAMESPACE or self._namespaces is None:
            return None
        namespace = await self._namespaces.find(found.namespace)
        if namespace is None:
            raise errors.NotFound.of(NAMESPACES, found.namespace)
        return namespace


def failure(each: Invocation, why: str) -> Failure:
    return Failure(each.policy.name, each.binding, why, each.policy.ignore, "Invalid")


def refuse(found: attributes.Attributes, failures: list[Failure]) -> None:
    """Raises Forbidden where there are failures."""
    if not failures:
        return
    error = errors.Forbidden.of(found.resource.group_resource, found.name, "")
    error.message = str(failures[0])
    error.status_reason = failures[0].reason or error.status_reason
    error.details = {**(error.details or {}), "causes": [{"message": str(each)} for each in failures]}
    raise error
