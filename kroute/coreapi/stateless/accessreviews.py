"""Reviews of access: may somebody, or may I, do this; and what may I do at all?

Mirrors `pkg/registry/authorization`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kroute.auth import authorization
from kroute.coreapi import checks
from kroute.coreapi.stateless import cases
from kroute.coreapi.validation import accessreviews
from kroute.machinery import context, errors, gvk, objects
from kroute.storage import capabilities, options, stored

GROUP = "authorization.k8s.io"
EVERYTHING: Mapping[str, Any] = {
    "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
    "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
    "incomplete": False,
}


class AccessReviews:
    """One kind of review: `check` says what is wrong with it, `who` whose access it is about."""

    def __init__(
        self,
        case: cases.Case,
        check: Callable[[objects.Object], checks.Found],
        who: Callable[[context.RequestContext, objects.Object], context.User],
    ) -> None:
        self.kind, self.singular_name, self.namespaced = case.kind, case.row.singular, case.row.namespaced
        self._authorizer, self._check, self._who = case.environment.options.authorizer, check, who

    async def create(
        self,
        ctx: context.RequestContext,
        obj: objects.Object,
        *,
        validate: capabilities.Validate,
        options: options.WriteOptions,
    ) -> stored.Result:
        problems = list(self._check(obj))
        if problems:
            invalid = errors.Invalid.of(gvk.GroupKind(GROUP, ""), "", problems)
            invalid.message = f".{GROUP}{invalid.message.removeprefix(str(gvk.GroupKind(GROUP, '')))}"
            invalid.details = {key: value for key, value in (invalid.details or {}).items() if value}
            raise invalid
        await validate(obj, None)
        spec = obj.get("spec") or {}
        decision = await self._authorizer.authorize(self._who(ctx, spec), asked(spec))
        status: objects.Object = {"allowed": decision.verdict is authorization.Verdict.ALLOW}
        if decision.reason:
            status["reason"] = decision.reason
        return {**obj, "status": status}


def asked(spec: objects.Object) -> context.RequestInfo:
    """The request that is asked about."""
    resource, other = spec.get("resourceAttributes"), spec.get("nonResourceAttributes") or {}
    if resource is None:
        return context.RequestInfo(path=other.get("path") or "", verb=other.get("verb") or "")
    fields = ("verb", "group", "version", "namespace", "resource", "subresource", "name")
    found: dict[str, Any] = {field: resource.get(field) or "" for field in fields}
    return context.RequestInfo(path="", is_resource=True, **found)


def asker(ctx: context.RequestContext, spec: objects.Object) -> context.User:
    return ctx.user


def named(ctx: context.RequestContext, spec: objects.Object) -> context.User:
    extra = {key: tuple(values or ()) for key, values in (spec.get("extra") or {}).items()}
    return context.User(spec.get("user") or "", spec.get("uid") or "", tuple(spec.get("groups") or ()), extra)


def subject_reviews(case: cases.Case) -> AccessReviews:
    return AccessReviews(case, accessreviews.validate, named)


def local_reviews(case: cases.Case) -> AccessReviews:
    return AccessReviews(case, accessreviews.validate_local, named)


def self_reviews(case: cases.Case) -> AccessReviews:
    return AccessReviews(case, accessreviews.validate_self, asker)


class RulesReviews:
    """What may I do in a namespace?  Where there are no rules: everything."""

    namespaced = False

    def __init__(self, case: cases.Case) -> None:
        self.kind, self.singular_name = case.kind, case.row.singular

    async def create(
        self,
        ctx: context.RequestContext,
        obj: objects.Object,
        *,
        validate: capabilities.Validate,
        options: options.WriteOptions,
    ) -> stored.Result:
        if not (obj.get("spec") or {}).get("namespace"):
            raise errors.BadRequest("no namespace on request")
        await validate(obj, None)
        return {
            "kind": obj["kind"],
            "apiVersion": obj["apiVersion"],
            "metadata": {},
            "spec": {},
            "status": dict(EVERYTHING),
        }
