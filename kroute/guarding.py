"""Who is let in, and how much: the guard of the outermost server, made of the settings.

Authenticators, authorizers and limits are put together here, before the store is open; those that need its objects
are attached to it later.
"""

from __future__ import annotations

from kroute import settings
from kroute.audit import building
from kroute.auth import authentication, authorization, certificates, tokens, unions
from kroute.machinery import context
from kroute.server import generic, logs


def guard(chosen: settings.Settings) -> generic.Guard:
    """Who is let in, and how much.  Raises OSError, ValueError."""
    where, access, limits = chosen.serving, chosen.access, chosen.limits
    authenticators: list[authentication.Authenticator] = [certificates.ClientCertificates()]
    known: list[authentication.TokenAuthenticator] = []
    if access.token_auth_file is not None:
        known.append(tokens.read_file(access.token_auth_file))
    authenticators.append(tokens.BearerTokens(*known))
    if not where.tls:
        authenticators = [authentication.Superuser()]
    anonymous = context.ANONYMOUS if access.anonymous else None
    return generic.Guard(
        authenticator=unions.UnionAuthenticator(authenticators, otherwise=anonymous),
        authorizer=authorization.AllowAuthenticated(),
        tokens=known,
        auditor=building.build(chosen.audit),
        local_only=not where.tls and not where.insecure,
        max_reads=limits.reads_in_flight,
        max_writes=limits.writes_in_flight,
        request_timeout=limits.request_timeout,
        shutdown_delay=limits.shutdown_delay,
        shutdown_timeout=limits.shutdown_timeout,
        observe=logs.access if chosen.verbosity else None,
    )
