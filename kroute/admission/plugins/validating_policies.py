"""ValidatingAdmissionPolicy: expressions that refuse, warn or note in the audit log what they don't like.

Mirrors `k8s.io/apiserver/pkg/admission/plugin/policy/validating`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from kroute.admission import asking, attributes, forms, rules
from kroute.admission.expressions import inputs
from kroute.admission.policies import definitions, evaluating, matching, params
from kroute.machinery import codecs, errors, gvk, objects
from kroute.storage import lookups

CREATE, UPDATE = attributes.Operation.CREATE, attributes.Operation.UPDATE
DELETE, CONNECT = attributes.Operation.DELETE, attributes.Operation.CONNECT
NAMESPACE, NAMESPACES = gvk.GroupKind("", "Namespace"), gvk.GroupResource("", "namespaces")
CODES: Mapping[str, int] = {"Forbidden": 403, "Unauthorized": 401, "RequestEntityTooLarge": 413}
FAILURE = "validation.policy.admission.k8s.io/validation_failure"


class Refusal(NamedTuple):
    policy: str
    binding: str
    message: str
    reason: str = ""

    def __str__(self) -> str:
        bound = f" with binding '{self.binding}'" if self.binding else ""
        return f"ValidatingAdmissionPolicy '{self.policy}'{bound} denied request: {self.message}"


class ValidatingPolicies:
    operations = (CREATE, UPDATE, DELETE, CONNECT)

    def __init__(
        self,
        policies: definitions.Policies[evaluating.Work],
        *,
        namespaces: lookups.Lookup | None,
        ask: asking.Ask | None,
    ) -> None:
        self._policies, self._namespaces, self._ask = policies, namespaces, ask
        self._selecting = rules.Selecting(namespaces)

    async def validate(self, found: attributes.Attributes) -> None:
        """Raises Forbidden, or what a policy says instead; NotFound without a namespace."""
        if not self._policies.any() or matching.is_excluded(found):
            return
        candidates = self._policies.candidates(found)
        if not candidates:
            return
        asked = _Asked(found, self._namespaces, self._ask)
        refusals: list[Refusal] = []
        for each in candidates:
            match = await each.policy.criteria.match(found, self._selecting)
            if match is not None:
                refusals += await self._policy(each, match.form, asked)
        if refusals:
            raise refused(found, refusals[0])

    async def _policy(
        self, each: definitions.Bound[evaluating.Work], form: forms.Form | None, asked: _Asked
    ) -> list[Refusal]:
        """Why a policy refuses, by any of its bindings."""
        found, policy = asked.found, each.policy
        try:
            kind = params.form_of(policy.param_kind, None if found.form is None else found.form.related)
        except params.ConfigurationError as error:
            why = Refusal(policy.name, "", f"failed to configure policy: {error}")
            return [] if policy.ignore else [why]
        refusals: list[Refusal] = []
        annotations: dict[str, list[str]] = {}
        for binding in each.bindings:
            if binding.criteria is not None and await binding.criteria.match(found, self._selecting) is None:
                continue
            try:
                given = await params.collect(kind, binding.param_ref, found.namespace)
            except params.ConfigurationError as error:
                if not policy.ignore:
                    text = f"failed to configure binding: {error}"
                    refusals.append(Refusal(policy.name, binding.name, text))
                continue
            for param in given:
                namespace = await asked.namespace()
                outcome = await evaluating.evaluate(policy, asked.input(form), param, namespace)
                refusals += act(found, policy.name, binding, outcome)
                for key, value in outcome.annotations:
                    known = annotations.setdefault(key, [])
                    if value not in known:
                        known.append(value)
        for key, values in annotations.items():
            found.annotate(f"{policy.name}/{key}", ", ".join(values))
        return refusals


class _Asked:
    """What the policies of one request share."""

    def __init__(self, found: attributes.Attributes, namespaces: lookups.Lookup | None, ask: asking.Ask | None) -> None:
        self.found, self._namespaces, self._ask = found, namespaces, ask
        self._inputs: dict[Any, inputs.Input] = {}

    def input(self, form: forms.Form | None) -> inputs.Input:
        kind = self.found.kind if form is None else form.kind
        made = self._inputs.get(kind)
        if made is None:
            made = self._inputs[kind] = inputs.Input(self.found, form, self._ask)
        return made

    async def namespace(self) -> objects.Object | None:
        """The object's namespace; None for one that is in none.  Raises NotFound."""
        found = self.found
        if not found.namespace or found.kind.group_kind == NAMESPACE or self._namespaces is None:
            return None
        namespace = await self._namespaces.find(found.namespace)
        if namespace is None:
            raise errors.NotFound.of(NAMESPACES, found.namespace)
        return namespace


def act(
    found: attributes.Attributes, policy: str, binding: definitions.Binding, outcome: evaluating.Outcome
) -> list[Refusal]:
    """What follows from violations, as a binding says; the refusals among it."""
    refusals = []
    for denial in outcome.denials:
        for action in binding.actions:
            if action == "Deny":
                refusals.append(Refusal(policy, binding.name, denial.message, denial.reason))
            elif action == "Warn":
                what = f"ValidatingAdmissionPolicy '{policy}' with binding '{binding.name}'"
                found.ctx.warn(f"Validation failed for {what}: {denial.message}")
            elif action == "Audit":
                failure = {
                    "message": denial.message,
                    "policy": policy,
                    "binding": binding.name,
                    "expressionIndex": denial.number,
                    "validationActions": list(binding.actions),
                }
                found.annotate(FAILURE, codecs.encode([failure]).decode())
    refusals += [Refusal(policy, binding.name, message) for message in outcome.errors]
    return refusals


def refused(found: attributes.Attributes, refusal: Refusal) -> errors.APIError:
    error = errors.Forbidden.of(found.resource.group_resource, found.name, str(refusal))
    error.status_reason = refusal.reason or "Invalid"
    error.status_code = CODES.get(error.status_reason, 422)
    error.details = {**(error.details or {}), "causes": [{"message": str(refusal)}]}
    return error
