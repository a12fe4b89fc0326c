"""Asking in somebody else's name: what the headers say, and whether whoever asks may.

Each way of impersonating has verbs of its own.  The constrained ones (a node, a service account, another user) want
`impersonate-on:MODE:VERB` for the request itself and `impersonate:MODE` for each piece of the user; the old one wants
`impersonate` for each piece and then allows every request.  Whoever succeeded in one way is asked for that first.
Mirrors `k8s.io/apiserver/pkg/endpoints/filters/impersonation`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kroute.auth import accounts, authorization, bounded, groups
from kroute.auth import headers as names
from kroute.machinery import context, errors, goformat
from kroute.machinery import names as naming

USER, UID, GROUP, EXTRA = "Impersonate-User", "Impersonate-Uid", "Impersonate-Group", "impersonate-extra-"
HIDDEN = names.Hidden(frozenset(), ("impersonate-",))
"""The headers that say whom."""

NODE, NODES = "system:node:", "system:nodes"
AUTHENTICATION = "authentication.k8s.io"
ASSOCIATED_NODE, ARBITRARY_NODE, ACCOUNT, USER_INFO, LEGACY = (
    "associated-node",
    "arbitrary-node",
    "serviceaccount",
    "user-info",
    "",
)
MODES = (ASSOCIATED_NODE, ARBITRARY_NODE, ACCOUNT, USER_INFO, LEGACY)
NODE_KEYS = "authentication.kubernetes.io/associated-node-keys"
MANY = 4
"""So many groups or extra values are first asked for all at once."""

REMEMBERED = 10_000
HTTP_PATH = re.compile(r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+", re.ASCII)


class Impersonated(NamedTuple):
    """The user in whose name the request goes on; `constraint` is the verb that allowed it, "" for the old way."""

    user: context.User
    constraint: str


def wanted(headers: names.Headers) -> context.User | None:
    """The user that the headers name, as they name it; None when they name none.  Raises BadRequest."""
    name, uid = (names.readable(headers.get(header, "")) for header in (USER, UID))
    extra: dict[str, tuple[str, ...]] = {}
    for key, value in names.with_prefix(headers, EXTRA):
        extra[key] = (*extra.get(key, ()), value)
    user = context.User(name, uid, tuple(names.values(headers, GROUP)), extra)
    if name:
        return user
    if uid or user.groups or extra:
        raise errors.BadRequest(f"requested {shown(user)} without impersonating a user name")
    return None


def shown(user: context.User) -> str:
    """A user as Go's %#v shows it."""
    quote = goformat.quote
    pieces = ", ".join(f"{quote(key)}:{strings(values)}" for key, values in sorted(user.extra.items()))
    extra = f"map[string][]string{{{pieces}}}" if user.extra else "map[string][]string(nil)"
    all_groups = strings(user.groups) if user.groups else "[]string(nil)"
    return f"&user.DefaultInfo{{Name:{quote(user.name)}, UID:{quote(user.uid)}, Groups:{all_groups}, Extra:{extra}}}"


def strings(values: tuple[str, ...]) -> str:
    return f"[]string{{{', '.join(map(goformat.quote, values))}}}"


class Impersonation:
    """Decides who may ask in whose name."""

    def __init__(self, authorizer: authorization.Authorizer) -> None:
        self._authorizer = authorizer
        self._last: bounded.Cache[str, int] = bounded.Cache(REMEMBERED)

    async def impersonate(self, requestor: context.User, user: context.User, info: context.RequestInfo) -> Impersonated:
        """The user to go on with.  Raises Forbidden."""
        failure: errors.APIError | None = None
        for position in self._order(requestor):
            mode = MODES[position]
            if not applies(mode, requestor, user):
                continue
            check = Check(self._authorizer, mode, requestor)
            try:
                found = await check.all(user, info)
            except errors.APIError as error:
                failure = failure or error
                continue
            self._last.put(requestor.name, position)
            return Impersonated(found, f"impersonate:{mode}" if mode else "")
        raise failure or errors.Forbidden("all impersonation modes failed")

    def _order(self, requestor: context.User) -> Iterator[int]:
        last = self._last.get(requestor.name)
        if last is not None:
            yield last
        yield from (position for position in range(len(MODES)) if position != last)


def applies(mode: str, requestor: context.User, user: context.User) -> bool:
    """Whether a mode is for such users."""
    if mode == LEGACY:
        return True
    node, account = node_of(user.name), accounts.split(user.name)
    if mode == USER_INFO:
        return node is None and account is None
    if user.uid or user.groups or user.extra:
        return False
    if mode == ACCOUNT:
        return account is not None
    if node is None:
        return False
    return mode == ARBITRARY_NODE or (
        accounts.split(requestor.name) is not None and requestor.extra.get(accounts.NODE_NAME) == (node,)
    )


def node_of(user_name: str) -> str | None:
    """The name of the node that a user is; None for other users."""
    name = user_name.removeprefix(NODE)
    return name if user_name.startswith(NODE) and not naming.dns1123_subdomain(name) else None


class Check:
    """The questions that one mode asks of the authorizer.  All raise Forbidden."""

    def __init__(self, authorizer: authorization.Authorizer, mode: str, requestor: context.User) -> None:
        self._authorizer, self._mode = authorizer, mode
        self._verb = f"impersonate:{mode}" if mode else "impersonate"
        self._requestor = requestor
        if mode == ASSOCIATED_NODE:  # an agent is the same on every node
            keys = tuple(sorted(requestor.extra))
            self._requestor = dataclasses.replace(requestor, extra={NODE_KEYS: keys})

    async def all(self, user: context.User, info: context.RequestInfo) -> context.User:
        """The user with the groups that belong to it."""
        if self._mode:
            on = f"impersonate-on:{self._mode}:{info.verb}"
            await self._ask(dataclasses.replace(info, verb=on))
        implied = await self._name(user)
        if user.uid:
            await self._ask(self._piece("uids", user.uid, group=AUTHENTICATION))
        if user.groups:
            await self._groups(user.groups)
        if user.extra:
            await self._extra(user.extra)
        return with_everybodys(dataclasses.replace(user, groups=user.groups or implied))

    async def _name(self, user: context.User) -> tuple[str, ...]:
        """The groups that come with the name."""
        node, account = node_of(user.name) if self._mode else None, accounts.split(user.name)
        if account is not None:
            await self._ask(self._piece("serviceaccounts", account[1], namespace=account[0]))
            return accounts.groups_of(account[0])
        if node is not None:
            await self._ask(self._piece("nodes", "*" if self._mode == ASSOCIATED_NODE else node))
            return (NODES,)
        await self._ask(self._piece("users", user.name))
        return ()

    async def _groups(self, wanted: tuple[str, ...]) -> None:
        if self._mode:
            if "" in wanted:
                raise self._refuse(self._piece("groups", ""), "impersonating the empty string group is not allowed")
            if groups.MASTERS in wanted:
                why = f"impersonating the {groups.MASTERS} group is not allowed"
                raise self._refuse(self._piece("groups", groups.MASTERS), why)
            if len(wanted) >= MANY and await self._allowed(self._piece("groups", "*")):
                return
        for group in wanted:
            await self._ask(self._piece("groups", group))

    async def _extra(self, extra: Mapping[str, tuple[str, ...]]) -> None:
        many = len(extra) >= MANY or sum(map(len, extra.values())) >= MANY
        if self._mode:
            if why := wrong(extra):
                raise self._refuse(self._piece("userextras", "", group=AUTHENTICATION), why)
            if many and await self._allowed(self._piece("userextras", "*", group=AUTHENTICATION, subresource="*")):
                return
        for key, values in sorted(extra.items()):
            for value in values:
                await self._ask(self._piece("userextras", value, group=AUTHENTICATION, subresource=key))

    def _piece(
        self, resource: str, name: str, *, group: str = "", namespace: str = "", subresource: str = ""
    ) -> context.RequestInfo:
        """The question for one piece of a user."""
        group = group or (AUTHENTICATION if self._mode else "")
        return context.RequestInfo(
            path="",
            verb=self._verb,
            is_resource=True,
            group=group,
            version="v1",
            namespace=namespace,
            resource=resource,
            subresource=subresource,
            name=name,
        )

    async def _allowed(self, info: context.RequestInfo) -> bool:
        decision = await self._authorizer.authorize(self._requestor, info)
        return decision.verdict is authorization.Verdict.ALLOW

    async def _ask(self, info: context.RequestInfo) -> None:
        decision = await self._authorizer.authorize(self._requestor, info)
        if decision.verdict is not authorization.Verdict.ALLOW:
            reasons = [each for each in (decision.error, decision.reason) if each]
            raise self._refuse(info, ": ".join(reasons))

    def _refuse(self, info: context.RequestInfo, why: str) -> errors.Forbidden:
        return authorization.forbidden(self._requestor, info, why)


def with_everybodys(user: context.User) -> context.User:
    """The user with the group of all who proved who they are, or of those who didn't."""
    if user.name == context.ANONYMOUS.name:
        group = groups.UNAUTHENTICATED
    elif groups.UNAUTHENTICATED in user.groups:
        return user
    else:
        group = groups.AUTHENTICATED
    return user if group in user.groups else dataclasses.replace(user, groups=(*user.groups, group))


def wrong(extra: Mapping[str, tuple[str, ...]]) -> str:
    """What is wrong with the keys and values of extra; "" for nothing."""
    for key, values in sorted(extra.items()):
        if not key:
            return "impersonating the empty string key in extra is not allowed"
        if problem := domain_prefixed(key):
            return f"impersonating an invalid key in extra is not allowed: {problem}"
        if "" in values:
            return "impersonating the empty string value in extra is not allowed"
    return ""


def domain_prefixed(key: str) -> str:
    """What is wrong with a path that begins with a domain (`example.com/team`); "" for nothing."""
    domain, slash, path = key.partition("/")
    field = f"extra.key: Invalid value: {goformat.quote(key)}"
    if not slash or not domain or not path:
        return f'{field}: must be a domain-prefixed path (such as "acme.io/foo")'
    if problems := naming.dns1123_subdomain(domain):
        return f"{field}: {problems[0]}"
    if not HTTP_PATH.fullmatch(path):
        return f"{field}: Invalid path"
    return ""
