"""Several authenticators or authorizers as one."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kroute.auth import authentication, authorization, rbac
from kroute.machinery import context, errors


class UnionAuthenticator:
    """Asks each in turn; the first that knows the user decides.

    When none does, wrong credentials are an error, and a request without any is made by `otherwise`
    (None: it is refused), at these `paths` alone if there are any."""

    def __init__(
        self,
        authenticators: Iterable[authentication.Authenticator],
        *,
        otherwise: context.User | None = context.ANONYMOUS,
        paths: Collection[str] | None = None,
    ) -> None:
        self._authenticators = tuple(authenticators)
        self._otherwise, self._paths = otherwise, paths

    async def authenticate(self, request: authentication.Request) -> context.User | None:
        failed, reasons = False, list[str]()
        for authenticator in self._authenticators:
            try:
                user = await authenticator.authenticate(request)
            except errors.Unauthorized as error:  # the next one may know better
                failed = True
                if isinstance(error, authentication.Rejected):
                    reasons += error.reasons
                continue
            if user is not None:
                return user
        if failed:
            raise authentication.Rejected(*reasons)
        if self._paths is not None and request.info.path not in self._paths:
            return None
        return self._otherwise


class UnionAuthorizer:
    """Asks each in turn; the first that allows or denies decides.  The reasons of those without an opinion are kept."""

    def __init__(self, authorizers: Iterable[authorization.Authorizer]) -> None:
        self._authorizers = tuple(authorizers)

    async def authorize(self, user: context.User, info: context.RequestInfo) -> authorization.Decision:
        reasons: list[str] = []
        failures: list[str] = []
        for authorizer in self._authorizers:
            decision = await authorizer.authorize(user, info)
            if decision.verdict is not authorization.Verdict.NO_OPINION:
                return decision
            if decision.reason:
                reasons.append(decision.reason)
            if decision.error:
                failures.append(decision.error)
        return authorization.Decision(authorization.Verdict.NO_OPINION, "\n".join(reasons), rbac.aggregate(failures))

    async def rules_for(self, user: context.User, namespace: str) -> authorization.Rules:
        found = [await authorization.rules_of(each, user, namespace) for each in self._authorizers]
        return authorization.Rules(
            [rule for each in found for rule in each.rules],
            incomplete=any(each.incomplete for each in found),
            error=rbac.aggregate(each.error for each in found if each.error),
        )
