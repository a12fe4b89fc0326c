"""The authenticator of one identity provider's tokens.

Mirrors `k8s.io/apiserver/plugin/pkg/authenticator/token/oidc`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from kroute.aio import clocks
from kroute.auth import accounttokens, authentication, bounded, groups, jwts
from kroute.auth.oidc import mapping, provider
from kroute.machinery import context

REMEMBERED, SECONDS = 4096, 10.0
"""How many tokens are remembered, and how long."""

NOT_BEFORE_LEEWAY = 300.0
UNVERIFIED = "failed to verify signature: failed to verify id token signature"

ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512")
GOOGLE = "accounts.google.com"


class Known(NamedTuple):
    user: context.User
    until: float


class ProviderTokens:
    """`audiences` are whom the tokens must be for, one of them; `algorithms` are those that signatures may have."""

    def __init__(
        self,
        found_at: provider.Provider,
        users: mapping.Users,
        *,
        audiences: Sequence[str],
        algorithms: Sequence[str] = ALGORITHMS,
        clock: clocks.Clock | None = None,
    ) -> None:
        self._provider, self._users = found_at, users
        self._audiences, self._algorithms = tuple(audiences), tuple(algorithms)
        self._clock = clock or clocks.SystemClock()
        self._known: bounded.Cache[bytes, Known] = bounded.Cache(REMEMBERED)

    async def owner(self, token: str) -> context.User | None:
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        now, known = self._clock.now(), self._known.get(digest)
        if known is not None and now < known.until:
            return known.user
        read = jwts.read(token)
        if read is None or not self._is_ours(read.issuer):
            return None
        expires = await self._verify(read, now)
        user = groups.authenticated(self._users.user(read.claims))
        self._known.put(digest, Known(user, min(now + SECONDS, expires)))
        return user

    def _is_ours(self, issuer: str) -> bool:
        own = self._provider.issuer
        return issuer == own or (issuer == GOOGLE and own == f"https://{GOOGLE}")

    async def _verify(self, token: jwts.Unverified, now: float) -> float:
        """When a token ends.  Raises Rejected for one that is wrong."""
        if not self._provider.found:
            raise authentication.Rejected("oidc: authenticator not initialized")
        if token.algorithm not in self._algorithms:
            wanted = accounttokens.quoted(self._algorithms)
            why = f'id token signed with unsupported algorithm, expected {wanted} got "{token.algorithm}"'
            raise authentication.Rejected(f"oidc: verify token: oidc: {why}")
        known = await self._provider.keys(token.key_id)
        if not token.signed_by(known, self._algorithms):
            raise authentication.Rejected(f"oidc: verify token: {UNVERIFIED}")
        if not set(self._audiences).intersection(token.audiences):
            wanted, got = accounttokens.quoted(self._audiences), accounttokens.quoted(token.audiences)
            raise authentication.Rejected(f"oidc: verify token: oidc: expected audience in {wanted} got {got}")
        try:
            expires, begins = (jwts.number_of(token.claims.get(field)) for field in ("exp", "nbf"))
        except ValueError as error:
            raise authentication.Rejected(f"oidc: verify token: {error}") from error
        if expires is None or expires < now:
            raise authentication.Rejected(
                f"oidc: verify token: oidc: token is expired (Token Expiry: {shown(expires)})"
            )
        if begins is not None and now + NOT_BEFORE_LEEWAY < begins:
            raise authentication.Rejected("oidc: verify token: oidc: current time is before the nbf time")
        return expires


def shown(moment: float | None) -> str:
    """A time that is over, as Go shows it."""
    return datetime.fromtimestamp(max(moment or 0.0, 0.0), UTC).strftime("%Y-%m-%d %H:%M:%S +0000 UTC")
