"""Whether a user may do what a request asks: what an authorizer is, and those that need no rules.

An authorizer allows, denies, or has no opinion; `auth.unions` asks several, and what nobody allows is forbidden.
Mirrors `k8s.io/apiserver/pkg/authorization/authorizer`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from kroute.auth import groups
from kroute.machinery import context, errors, goformat, gvk

PUBLIC_PATHS = ("/healthz", "/livez", "/readyz", "/version", "/version/")
"""What anybody may read."""


class Verdict(enum.Enum):
    ALLOW = "allow"
    DENY = "deny"
    NO_OPINION = "no opinion"


class Decision(NamedTuple):
    """`reason` is told to the client when the request is forbidden; "" for none."""

    verdict: Verdict
    reason: str = ""


ALLOWED = Decision(Verdict.ALLOW)
DENIED = Decision(Verdict.DENY)


class Authorizer(Protocol):
    async def authorize(self, user: context.User, info: context.RequestInfo) -> Decision: ...


class AlwaysAllow:
    """Allows everything."""

    async def authorize(self, user: context.User, info: context.RequestInfo) -> Decision:
        return ALLOWED


class AllowAuthenticated:
    """Allows everything to users who proved who they are, and to everybody else getting the public paths."""

    def __init__(self, public: Iterable[str] = PUBLIC_PATHS) -> None:
        self._public = frozenset(public)

    async def authorize(self, user: context.User, info: context.RequestInfo) -> Decision:
        if not groups.anonymous(user):
            return ALLOWED
        public = not info.is_resource and info.verb == "get" and info.path in self._public
        return ALLOWED if public else DENIED


def forbidden(user: context.User, info: context.RequestInfo, reason: str = "") -> errors.Forbidden:
    """The error for a request that isn't allowed, in kube-apiserver's words."""
    why = cannot(user, info).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if reason:
        why = f"{why}: {reason}"
    return errors.Forbidden.of(gvk.GroupResource(info.group, info.resource), info.name, why)


def cannot(user: context.User, info: context.RequestInfo) -> str:
    quote = goformat.quote
    if not info.is_resource:
        return f"User {quote(user.name)} cannot {info.verb} path {quote(info.path)}"
    resource = f"{info.resource}/{info.subresource}" if info.subresource else info.resource
    what = f"User {quote(user.name)} cannot {info.verb} resource {quote(resource)} in API group {quote(info.group)}"
    if info.namespace:
        return f"{what} in the namespace {quote(info.namespace)}"
    return f"{what} at the cluster scope"
