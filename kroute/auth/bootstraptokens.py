"""Bootstrap tokens: what a machine that wants to join a cluster shows, kept in Secrets of kube-system.

Mirrors `plugin/pkg/auth/authenticator/token/bootstrap` of `k8s.io/kubernetes`.
"""

from __future__ import annotations

import hmac
import logging
import re
from collections.abc import Iterator

from kroute.aio import clocks
from kroute.auth import groups, lookups
from kroute.machinery import context, objects, times

TOKEN = re.compile(r"([a-z0-9]{6})\.([a-z0-9]{16})", re.ASCII)
TYPE, NAMESPACE, NAME = "bootstrap.kubernetes.io/token", "kube-system", "bootstrap-token-"
USER, GROUP = "system:bootstrap:", "system:bootstrappers"
EXTRA_GROUP = re.compile(r"system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]", re.ASCII)

log = logging.getLogger("kroute.auth")


class BootstrapTokens:
    """Their owners, who have a name of each token's own."""

    def __init__(self, found_in: lookups.Lookups, clock: clocks.Clock | None = None) -> None:
        self._objects, self._clock = found_in, clock or clocks.SystemClock()

    async def owner(self, token: str) -> context.User | None:
        match = TOKEN.fullmatch(token)
        if match is None:
            return None
        key = f"{NAMESPACE}/{NAME}{match[1]}"
        secret = await self._objects.find("secrets", key)
        if secret is None:
            return None
        problem = next(self._problems(secret.obj, match[1], match[2]), "")
        if problem:
            log.info("the bootstrap token in secret %s %s", key, problem)
            return None
        return groups.authenticated(context.User(f"{USER}{match[1]}", groups=groups_of(secret.obj)))

    def _problems(self, secret: objects.Object, identifier: str, password: str) -> Iterator[str]:
        """What keeps it from being a token; nothing that is secret."""
        if secret["metadata"].get("deletionTimestamp"):
            yield "is being deleted"
        if secret.get("type") != TYPE:
            yield f"is not of type {TYPE}"
        if not hmac.compare_digest(lookups.secret_value(secret, "token-secret"), password.encode()):
            yield "has another value"
        if lookups.secret_value(secret, "token-id") != identifier.encode():
            yield "has another ID"
        if self._expired(lookups.secret_value(secret, "expiration")):
            yield "has expired"
        if lookups.secret_value(secret, "usage-bootstrap-authentication") != b"true":
            yield "is not for authentication"
        if any(not EXTRA_GROUP.fullmatch(group) for group in extra_groups(secret)):
            yield "has groups that don't begin as they must"

    def _expired(self, end: bytes) -> bool:
        if not end:
            return False
        try:
            return times.parse(end.decode("utf-8", "replace")).timestamp() <= self._clock.now()
        except times.TimeError:
            return True


def extra_groups(secret: objects.Object) -> list[str]:
    found = lookups.secret_value(secret, "auth-extra-groups").decode("utf-8", "replace")
    return found.split(",") if found else []


def groups_of(secret: objects.Object) -> tuple[str, ...]:
    return tuple(sorted({GROUP, *extra_groups(secret)}))
