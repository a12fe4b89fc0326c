"""Reviews of tokens, and of who one is oneself.  Mirrors `pkg/registry/authentication`."""

from __future__ import annotations

from collections.abc import Iterable

from kroute.auth import authentication, tokens
from kroute.coreapi.stateless import cases
from kroute.machinery import context, errors, objects, times
from kroute.storage import capabilities, options, stored


class TokenReviews:
    """Whose is this token?"""

    namespaced = False

    def __init__(self, case: cases.Case) -> None:
        self.kind, self.singular_name = case.kind, case.row.singular
        self._access = case.environment.options

    async def create(
        self,
        ctx: context.RequestContext,
        obj: objects.Object,
        *,
        validate: capabilities.Validate,
        options: options.WriteOptions,
    ) -> stored.Result:
        spec = obj.get("spec") or {}
        if not spec.get("token"):
            raise errors.BadRequest("token is required for TokenReview in authentication")
        await validate(obj, None)
        return {**obj, "status": await self._status(spec["token"], spec.get("audiences") or [])}

    async def _status(self, token: str, audiences: list[str]) -> objects.Object:
        known, sent = self._access.tokens, token.split()  # as it would stand in a header
        if known is None or not sent:
            return {"user": {}, "error": tokens.INVALID}
        try:
            found = await known.authenticate_token(sent[0], audiences or known.audiences)
        except authentication.Rejected as error:
            return {"user": {}, "error": aggregate((tokens.INVALID, *error.reasons))}
        return {"authenticated": True, "user": shown(found.user), "audiences": list(found.audiences)}


def aggregate(reasons: Iterable[str]) -> str:
    """Several errors as Go shows them together: each once."""
    found = list(dict.fromkeys(reasons))
    return found[0] if len(found) == 1 else f"[{', '.join(found)}]"


class SelfSubjectReviews:
    """Who am I?"""

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
        await validate(obj, None)
        return {
            "kind": obj["kind"],
            "apiVersion": obj["apiVersion"],
            "metadata": {"creationTimestamp": times.now()},
            "status": {"userInfo": shown(ctx.user)},
        }


def shown(user: context.User) -> objects.Object:
    """A user as reviews show it."""
    found = {
        "username": user.name,
        "uid": user.uid,
        "groups": list(user.groups),
        "extra": {key: list(values) for key, values in sorted(user.extra.items())},
    }
    return {field: value for field, value in found.items() if value}
