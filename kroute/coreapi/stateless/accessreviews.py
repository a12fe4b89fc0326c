"""Reviews of access: may somebody, or may I, do this?

Mirrors `pkg/registry/authorization`.
"""

from __future__ import annotations

from collections.abc import Callable

from kroute.auth import authorization
from kroute.coreapi import checks
from kroute.coreapi.stateless import askedaccess, cases
from kroute.coreapi.validation import accessreviews
from kroute.machinery import context, errors, gvk, objects
from kroute.storage import capabilities, options, stored

GROUP = "authorization.k8s.io"


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
        asked = askedaccess.read(spec)
        decision = await self._authorizer.authorize(self._who(ctx, spec), asked.info)
        return {**obj, "status": status(decision, asked.ignored)}


def status(decision: authorization.Decision, ignored: list[str]) -> objects.Object:
    """What a review says of a decision; `ignored` tells of selectors that couldn't be read."""
    found: objects.Object = {"allowed": decision.verdict is authorization.Verdict.ALLOW}
    if decision.verdict is authorization.Verdict.DENY:
        found["denied"] = True
    if decision.reason:
        found["reason"] = decision.reason
    error = "; ".join([*([decision.error] if decision.error else ()), *ignored])
    if error:
        found["evaluationError"] = error
    return found


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
