"""Who is let in, and how much: the guard of the outermost server, made of the settings.

Authenticators, authorizers and limits are put together here, before the store is open; those that need its objects
are attached to it later.
"""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path

from kroute import settings
from kroute.audit import building
from kroute.auth import methods, modes
from kroute.flowcontrol import controller
from kroute.server import generic, listening, logs
from kroute.server.filters import impersonation

log = logging.getLogger("kroute.server")


def guard(chosen: settings.Settings, *, tls: listening.TLS | None, key: Path | None = None) -> generic.Guard:
    """Who is let in, and how much.  `key` is the file of the key that signs tokens of service accounts.

    Raises OSError, ValueError."""
    where, limits = chosen.serving, chosen.limits
    authorities = () if tls is None else tls.client_authorities
    authenticators = methods.build(
        access(chosen), key=key, authorities=authorities, tls=tls is not None, host=where.hostname
    )
    authorizers = modes.build(chosen.authorization)
    seats = limits.reads_in_flight + limits.writes_in_flight
    flow = controller.Controller(seats) if limits.priority_and_fairness and seats else None
    return generic.Guard(
        authenticator=authenticators.whole,
        tokens=authenticators.tokens,
        hidden=authenticators.hidden,
        signer=authenticators.signer,
        metadata=authenticators.metadata,
        authorizer=authorizers.whole,
        roles=authorizers.roles,
        attached=(*authenticators.attached, *authorizers.attached, *(() if flow is None else (flow,))),
        opened=(*authenticators.opened, *authorizers.opened),
        impersonation=impersonation.impersonation(authorizers.whole),
        auditor=building.build(chosen.audit),
        flow=flow,
        local_only=not where.tls and not where.insecure,
        max_reads=limits.reads_in_flight,
        max_writes=limits.writes_in_flight,
        max_connections=limits.connections or listening.most_connections(),
        request_timeout=limits.request_timeout,
        shutdown_delay=limits.shutdown_delay,
        shutdown_timeout=limits.shutdown_timeout,
        observe=logs.access if chosen.verbosity else None,
    )


def access(chosen: settings.Settings) -> methods.Options:
    """Who is let in: nobody without credentials where everybody may do everything, as with kube-apiserver."""
    if not (chosen.serving.tls and chosen.access.anonymous and modes.ALLOW in chosen.authorization.modes):
        return chosen.access
    log.warning("With the authorization mode AlwaysAllow requests without credentials are refused (--anonymous-auth).")
    return dataclasses.replace(chosen.access, anonymous=False)
