"""Reviews of tokens, and of who one is oneself.  Mirrors `pkg/registry/authentication`."""

from __future__ import annotations

from kroute.coreapi.stateless import cases
from kroute.machinery import context, errors, objects, times
from kroute.storage import capabilities, options, stored

INVALID = "invalid bearer token"


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
        good = [each for each in audiences or self._access.audiences if each in self._access.audiences]
        user = await self._user(token) if good else None
        if user is None:
            return {"user": {}, "error": INVALID}
        return {"authenticated": True, "user": shown(user), "audiences": good}

    async def _user(self, token: str) -> context.User | None:
        sent = token.split()  # as it would stand in a header
        for authenticator in self._access.tokens if sent else ():
            user = await authenticator.authenticate_token(sent[0])
            if user is not None:
                return user
        return None


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
        "extra": {key: list(values) for key, values in user.extra.items()},
    }
    return {field: value for field, value in found.items() if value}
