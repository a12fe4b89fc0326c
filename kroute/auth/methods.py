"""The ways of authentication of a server, put together from options.

Mirrors `pkg/kubeapiserver/authenticator` of `k8s.io/kubernetes`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kroute.auth import (
    accounttokens,
    authentication,
    authorization,
    bootstraptokens,
    clientcertificates,
    keys,
    lookups,
    openid,
    proxies,
    signing,
    tokens,
    unions,
    webhooktokens,
    websockets,
)
from kroute.auth import authorities as trust
from kroute.auth import headers as names
from kroute.auth.oidc import options as providers
from kroute.machinery import context
from kroute.webhook import hosts, reviews

HOST_TTL = 10.0
"""Seconds for which an answer of the host holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Tokens of service accounts: the first of `issuers` is who they are from.

    `key_files` have the public keys that they are believed by, `signing_key_file` the private one; without them that
    is the data directory's.  `lookup` False: those kept in Secrets are believed without these.
    `longest` (seconds, 0: no limit) is how long one is valid at most; `extend`: those of pods last longer than asked
    for.  `jwks_uri` is where others find the keys, in place of this server."""

    issuers: Sequence[str] = (signing.ISSUER,)
    key_files: Sequence[Path] = ()
    signing_key_file: Path | None = None
    lookup: bool = True
    longest: float = 0.0
    extend: bool = True
    jwks_uri: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """The server that is asked whose tokens are: `config_file` is a kubeconfig, `ttl` is in seconds."""

    config_file: Path
    version: str = "v1beta1"
    ttl: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Who is let in besides the administrator of the data directory, who has a certificate of its own authority.

    `audiences` are whom tokens for this server are for, without any the issuers.
    `host` names the API server that this one is behind (a kubeconfig, or `in-cluster`), which is asked whose tokens
    are, and whose clients are let in unless `skip_lookup`; `tolerate_lookup_failure`: also when it can't be asked."""

    client_ca_file: Path | None = None
    token_auth_file: Path | None = None
    anonymous: bool = True
    audiences: Sequence[str] = ()
    accounts: Accounts = field(default_factory=Accounts)
    proxies: proxies.Options = field(default_factory=proxies.Options)
    bootstrap_tokens: bool = False
    host: str = ""
    skip_lookup: bool = False
    tolerate_lookup_failure: bool = False
    oidc: providers.Flags = field(default_factory=providers.Flags)
    webhook: Webhook | None = None
    config_file: Path | None = None
    """An AuthenticationConfiguration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Methods:
    """`whole` is asked; `hidden` are the headers that nobody after it may see.

    `tokens` is what reviews of tokens ask; `signer` signs tokens of service accounts, about which `metadata` tells.
    `attached` wait for the stores; `opened` are entered while the server runs."""

    whole: authentication.Authenticator
    hidden: names.Hidden
    tokens: tokens.Tokens
    signer: signing.Signer
    metadata: openid.Metadata
    attached: Sequence[authorization.Attachable] = ()
    opened: Sequence[AbstractAsyncContextManager[Any]] = ()


def build(
    options: Options, *, key: Path | None = None, authorities: Sequence[Path] = (), tls: bool = True, host: str = ""
) -> Methods:
    """`key` signs tokens of service accounts where the options name none; `authorities` are files of those that client
    certificates count of.  Without `tls` everybody is taken for an administrator.  `host` is the server's own name.

    Raises ValueError for options that don't go together or files that can't be used, OSError."""
    builder = Builder(options, key)
    known = tokens.Tokens(builder.token_authenticators(), builder.audiences)
    found: list[authentication.Authenticator] = []
    if not tls:
        found.append(authentication.Superuser())
    elif options.proxies.client_ca_file is not None:
        found.append(proxies.FrontProxies(options.proxies, builder.trusted((options.proxies.client_ca_file,))))
    if authorities:
        found.append(clientcertificates.ClientCertificates(builder.trusted(authorities)))
    found += [tokens.BearerTokens(known), websockets.Subprotocols(known)]
    otherwise = context.ANONYMOUS if builder.anonymous else None
    return Methods(
        whole=unions.UnionAuthenticator(found, otherwise=otherwise, paths=builder.anonymous_paths),
        hidden=proxies.hidden(options.proxies),
        tokens=known,
        signer=builder.signer,
        metadata=openid.Metadata(
            builder.public, issuer=options.accounts.issuers[0], jwks_uri=options.accounts.jwks_uri, host=host
        ),
        attached=(builder.objects,),
        opened=builder.opened,
    )


class Builder:
    """Makes the authenticators of tokens."""

    def __init__(self, options: Options, key: Path | None) -> None:
        accounts = options.accounts
        if not accounts.issuers:
            raise ValueError("there must be an issuer of service account tokens")
        self._options, self.objects = options, lookups.Lookups()
        self.audiences = tuple(options.audiences or accounts.issuers)
        self.opened: list[AbstractAsyncContextManager[Any]] = []
        self.anonymous = options.anonymous
        self.anonymous_paths: Collection[str] | None = None
        self.signer = signing.Signer(loader(accounts.signing_key_file or key), issuer=accounts.issuers[0])
        if accounts.signing_key_file is not None:
            self.signer.key  # noqa: B018 - so that a file that can't be used is told of now
        given = keys.read(accounts.key_files)
        trusts_own = not given or accounts.signing_key_file is None
        self.public = functools.cache(lambda: [*given, *([self.signer.key] if trusts_own else [])])

    def trusted(self, files: Sequence[Path]) -> trust.Trusted:
        """Raises ValueError, OSError."""
        found = trust.Files(files)
        self.opened.append(found)
        return found

    def token_authenticators(self) -> list[authentication.TokenAuthenticator]:
        """Those that are quick to answer come first."""
        options, found = self._options, list[authentication.TokenAuthenticator]()
        if options.token_auth_file is not None:
            found.append(self._for_us(tokens.read_file(options.token_auth_file)))
        found.append(
            accounttokens.AccountTokens(
                self.public,
                self.objects,
                issuers=options.accounts.issuers,
                audiences=self.audiences,
                lookup=options.accounts.lookup,
            )
        )
        if options.bootstrap_tokens:
            found.append(self._for_us(bootstraptokens.BootstrapTokens(self.objects)))
        if options.host:
            host = hosts.Host(options.host, hosts.TOKEN_REVIEWS)
            self.opened.append(host)
            found.append(webhooktokens.Webhook(host, audiences=self.audiences, version="v1", ttl=HOST_TTL))
        found += [self._for_us(owners) for owners in self._providers()]
        if options.webhook is not None:
            found.append(self._webhook(options.webhook))
        return found

    def _providers(self) -> Sequence[authentication.TokenOwners]:
        """Raises ValueError, OSError."""
        options = self._options
        if options.config_file is None and not options.oidc.issuer_url:
            return ()
        from kroute.auth.oidc import building  # with CEL, which takes a while to load

        found = building.build(options.config_file, options.oidc, disallowed=frozenset(options.accounts.issuers))
        self.opened += found.opened
        self.anonymous = options.anonymous if found.anonymous is None else found.anonymous
        self.anonymous_paths = found.anonymous_paths
        return found.owners

    def _webhook(self, options: Webhook) -> authentication.TokenAuthenticator:
        """Raises ValueError, OSError."""
        server = reviews.Reviews.read(options.config_file)
        self.opened.append(server)
        return webhooktokens.Webhook(server, audiences=self.audiences, version=options.version, ttl=options.ttl)

    def _for_us(self, owners: authentication.TokenOwners) -> authentication.TokenAuthenticator:
        return tokens.ForOwnAudiences(owners, self.audiences)


def loader(file: Path | None) -> Callable[[], bytes]:
    """What loads a signing key; without a file one is made."""
    return signing.fresh_key if file is None else file.read_bytes
