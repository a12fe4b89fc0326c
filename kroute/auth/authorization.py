"""Whether a user may do what a request asks: what an authorizer is, and those that need no rules.

An authorizer allows, denies, or has no opinion; `auth.unions` asks several, and what nobody allows is forbidden.
Mirrors `k8s.io/apiserver/pkg/authorization/authorizer`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

from kroute.auth import groups
from kroute.machinery import context, errors, goformat, gvk, objects
from kroute.storage import core

PUBLIC_PATHS = ("/healthz", "/livez", "/readyz", "/version", "/version/")
"""What anybody may read."""


class Verdict(enum.Enum):
    ALLOW = "allow"
    DENY = "deny"
    NO_OPINION = "no opinion"


class Decision(NamedTuple):
    """`reason` is told to the client when the request is forbidden; "" for none.

    `error` is what went wrong: a request that isn't allowed is then answered as failed."""

    verdict: Verdict
    reason: str = ""
    error: str = ""


ALLOWED = Decision(Verdict.ALLOW)
DENIED = Decision(Verdict.DENY)
NO_OPINION = Decision(Verdict.NO_OPINION)


class Rules(NamedTuple):
    """What somebody may do in a namespace, as policy rules of roles; `incomplete`: there is more than can be told."""

    rules: Sequence[objects.Object]
    incomplete: bool = False
    error: str = ""


NO_RULES = Rules(())
EVERYTHING = Rules(
    (
        {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
        {"verbs": ["*"], "nonResourceURLs": ["*"]},
    )
)

Stores: TypeAlias = Callable[[str, str], core.Core | None]
"""The store of a resource, by its plural and its group; None when it isn't served."""


class Authorizer(Protocol):
    async def authorize(self, user: context.User, info: context.RequestInfo) -> Decision: ...


@runtime_checkable
class RuleResolver(Protocol):
    """An authorizer that can tell all that somebody may do."""

    async def rules_for(self, user: context.User, namespace: str) -> Rules: ...


@runtime_checkable
class Attachable(Protocol):
    """What is made before the store is open, and needs some of its objects."""

    def attach(self, stores: Stores) -> None:
        """Called before the server serves, when its stores are built."""
        ...


async def rules_of(authorizer: Any, user: context.User, namespace: str) -> Rules:
    """What an authorizer tells of what somebody may do."""
    if isinstance(authorizer, RuleResolver):
        return await authorizer.rules_for(user, namespace)
    return NO_RULES


class AlwaysAllow:
    """Allows everything."""

    async def authorize(self, user: context.User, info: context.RequestInfo) -> Decision:
        return ALLOWED

    async def rules_for(self, user: context.User, namespace: str) -> Rules:
        return EVERYTHING


class AlwaysDeny:
    """Allows nothing."""

    async def authorize(self, user: context.User, info: context.RequestInfo) -> Decision:
        return Decision(Verdict.NO_OPINION, "Everything is forbidden.")


class Masters:
    """Allows everything to `system:masters`."""

    async def authorize(self, user: context.User, info: context.RequestInfo) -> Decision:
        return ALLOWED if groups.MASTERS in user.groups else NO_OPINION


class PublicPaths:
    """Allows everybody to get paths; one that ends in `*` is for all that begin so."""

    def __init__(self, paths: Iterable[str]) -> None:
        """Raises ValueError for a star elsewhere than at the end."""
        plain = [path.lstrip("/") for path in paths]
        if bad := [path for path in plain if "*" in path[:-1]]:
            raise ValueError(f"only trailing * allowed in {goformat.quote(bad[0])}")
        self._paths = frozenset(path for path in plain if not path.endswith("*"))
        self._prefixes = tuple(path[:-1] for path in plain if path.endswith("*"))

    async def authorize(self, user: context.User, info: context.RequestInfo) -> Decision:
        if info.is_resource or info.verb != "get":
            return NO_OPINION
        path = info.path.lstrip("/")
        return ALLOWED if path in self._paths or path.startswith(self._prefixes) else NO_OPINION


class AllowAuthenticated:
    """Allows everything to users who proved who they are, and to everybody else getting the public paths."""

    def __init__(self, public: Iterable[str] = PUBLIC_PATHS) -> None:
        self._public = frozenset(public)

    async def authorize(self, user: context.User, info: context.RequestInfo) -> Decision:
        if not groups.anonymous(user):
            return ALLOWED
        public = not info.is_resource and info.verb == "get" and info.path in self._public
        return ALLOWED if public else DENIED

    async def rules_for(self, user: context.User, namespace: str) -> Rules:
        if not groups.anonymous(user):
            return EVERYTHING
        return Rules(({"verbs": ["get"], "nonResourceURLs": sorted(self._public)},))


def enforce(user: context.User, info: context.RequestInfo, decision: Decision) -> None:
    """Raises Forbidden for what isn't allowed, InternalError where that could not be decided."""
    if decision.verdict is Verdict.ALLOW:
        return
    if decision.error:
        raise errors.InternalError.of(decision.error)
    raise forbidden(user, info, decision.reason)


def forbidden(user: context.User, info: context.RequestInfo, reason: str = "") -> errors.Forbidden:
    """The error for a request that isn't allowed, in kube-apiserver's words."""
    why = harmless(cannot(user, info))
    if reason:
        why = f"{why}: {reason}"
    return errors.Forbidden.of(gvk.GroupResource(info.group, info.resource), info.name, why)


def harmless(text: str) -> str:
    """A text that no browser takes for HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cannot(user: context.User, info: context.RequestInfo) -> str:
    quote = goformat.quote
    if not info.is_resource:
        return f"User {quote(user.name)} cannot {info.verb} path {quote(info.path)}"
    resource = f"{info.resource}/{info.subresource}" if info.subresource else info.resource
    what = f"User {quote(user.name)} cannot {info.verb} resource {quote(resource)} in API group {quote(info.group)}"
    if info.namespace:
        return f"{what} in the namespace {quote(info.namespace)}"
    return f"{what} at the cluster scope"
