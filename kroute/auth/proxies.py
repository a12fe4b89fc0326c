"""Users that a proxy in front of this server has authenticated, and names in headers.

Only a client certificate of the proxies' own authority gives those headers any weight.
Mirrors `k8s.io/apiserver/pkg/authentication/request/headerrequest`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kroute.auth import authentication, authorities, certificates, groups
from kroute.auth import headers as names
from kroute.machinery import context


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which proxies are believed, and in which headers.  Without a `client_ca_file` none is.

    `allowed_names` are the common names of their certificates; none means all."""

    client_ca_file: Path | None = None
    allowed_names: Sequence[str] = ()
    username_headers: Sequence[str] = ()
    uid_headers: Sequence[str] = ()
    group_headers: Sequence[str] = ()
    extra_prefixes: Sequence[str] = ()


class FrontProxies:
    """The authenticator.  `trusted` are the authorities that the proxies' certificates must come from."""

    def __init__(self, options: Options, trusted: authorities.Trusted, now: certificates.Now = time.time) -> None:
        self._options, self._trusted, self._now = options, trusted, now
        self._allowed = frozenset(options.allowed_names)
        self._prefixes = [prefix.lower() for prefix in options.extra_prefixes]

    async def authenticate(self, request: authentication.Request) -> context.User | None:
        certificate = request.certificate
        if certificate is None:
            return None
        if problem := certificate.problem(self._trusted.identities, self._now()):
            raise authentication.Rejected(problem)
        if self._allowed and certificate.common_name not in self._allowed:
            text = f"x509: subject with cn={certificate.common_name} is not in the allowed list"
            raise authentication.Rejected(text)
        headers = request.headers
        name = first(headers, self._options.username_headers)
        if not name:
            return None
        extra: dict[str, tuple[str, ...]] = {}
        for prefix in self._prefixes:
            for key, value in names.with_prefix(headers, prefix):
                extra[key] = (*extra.get(key, ()), value)
        found = [value for header in self._options.group_headers for value in names.values(headers, header) if value]
        uid = first(headers, self._options.uid_headers)
        return groups.authenticated(context.User(name, uid=uid, groups=tuple(found), extra=extra))


def first(headers: names.Headers, wanted: Iterable[str]) -> str:
    """The first value that isn't empty."""
    for header in wanted:
        found = names.readable(headers.get(header, ""))
        if found:
            return found
    return ""


def hidden(options: Options) -> names.Hidden:
    """The headers that nobody after authentication may see."""
    own = (*options.username_headers, *options.uid_headers, *options.group_headers)
    more = tuple(prefix.lower() for prefix in options.extra_prefixes)
    known = names.CREDENTIALS
    return names.Hidden(known.names | {name.lower() for name in own}, (*known.prefixes, *more))
