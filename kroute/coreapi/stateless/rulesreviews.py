"""Reviews of rules: what may I do at all, in a namespace?

Mirrors `pkg/registry/authorization/selfsubjectrulesreview`.
"""

from __future__ import annotations

from kroute.auth import authorization
from kroute.coreapi.stateless import cases
from kroute.machinery import context, errors, objects
from kroute.storage import capabilities, options, stored


class RulesReviews:
    """What the authorizers tell of what the asker may do."""

    namespaced = False

    def __init__(self, case: cases.Case) -> None:
        self.kind, self.singular_name = case.kind, case.row.singular
        self._authorizer = case.environment.options.authorizer

    async def create(
        self,
        ctx: context.RequestContext,
        obj: objects.Object,
        *,
        validate: capabilities.Validate,
        options: options.WriteOptions,
    ) -> stored.Result:
        namespace = (obj.get("spec") or {}).get("namespace")
        if not namespace:
            raise errors.BadRequest("no namespace on request")
        await validate(obj, None)
        found = await authorization.rules_of(self._authorizer, ctx.user, namespace)
        return {
            "kind": obj["kind"],
            "apiVersion": obj["apiVersion"],
            "metadata": {},
            "spec": {},
            "status": status(found),
        }


def status(found: authorization.Rules) -> objects.Object:
    shown: objects.Object = {
        "resourceRules": [
            part(rule, "verbs", "apiGroups", "resources", "resourceNames")
            for rule in found.rules
            if rule.get("resources")
        ],
        "nonResourceRules": [
            part(rule, "verbs", "nonResourceURLs") for rule in found.rules if rule.get("nonResourceURLs")
        ],
        "incomplete": found.incomplete,
    }
    if found.error:
        shown["evaluationError"] = found.error
    return shown


def part(rule: objects.Object, *fields: str) -> objects.Object:
    return {field: list(rule[field]) for field in fields if rule.get(field)}
