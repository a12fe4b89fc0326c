"""The authorizers of a server, put together by the names of their modes (`--authorization-mode`).

Mirrors `pkg/kubeapiserver/authorizer` of `k8s.io/kubernetes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kroute.auth import (
    abac,
    accessconditions,
    authorization,
    authorizationconfig,
    nodes,
    rbac,
    unions,
    webhookaccess,
)
from kroute.webhook import hosts, reviews

ALLOW, DENY, ABAC, WEBHOOK, RBAC, NODE = "AlwaysAllow", "AlwaysDeny", "ABAC", "Webhook", "RBAC", "Node"
MODES = (RBAC, NODE, WEBHOOK, ABAC, ALLOW, DENY)
HOST_TTL = 10.0
"""Seconds for which an answer of the host holds."""

PUBLIC_PATHS = ("/healthz", "/readyz", "/livez")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Who decides; without `modes` everybody who is known may do everything.

    `host` names the API server that this one is behind (a kubeconfig, or `in-cluster`), which decides where there are
    no modes.  `config_file` names authorizers in place of modes.  `policy_file` is for ABAC.  For Webhook:
    `webhook_config_file` is a kubeconfig, times are in seconds."""

    modes: Sequence[str] = ()
    host: str = ""
    config_file: Path | None = None
    policy_file: Path | None = None
    webhook_config_file: Path | None = None
    webhook_version: str = "v1"
    authorized_ttl: float = 300.0
    unauthorized_ttl: float = 30.0
    public_paths: Sequence[str] = PUBLIC_PATHS


@dataclass(frozen=True, slots=True)
class Authorizers:
    """`whole` is asked.  `roles` knows what users hold by roles, in every mode.

    `attached` wait for the stores; `opened` are entered while the server runs."""

    whole: authorization.Authorizer
    roles: rbac.RBAC
    attached: Sequence[authorization.Attachable] = ()
    opened: Sequence[AbstractAsyncContextManager[Any]] = ()


def check(modes: Sequence[str]) -> None:
    """Raises ValueError for modes that there aren't, or are named twice."""
    for mode in modes:
        if mode not in MODES:
            raise ValueError(f'authorization-mode "{mode}" is not a valid mode: {", ".join(MODES)}')
        if list(modes).count(mode) > 1:
            raise ValueError(f'authorization-mode "{mode}" is named more than once')


def build(options: Options) -> Authorizers:
    """The authorizers of the modes or of the file, in their order.

    Raises ValueError for options that don't go together, OSError for a file that can't be read."""
    roles, chosen = rbac.RBAC(), entries(options)
    if not chosen and options.host:
        return delegated(options, roles)
    if not chosen:
        return Authorizers(authorization.AllowAuthenticated(), roles)
    made: list[authorization.Authorizer] = [authorization.Masters(), authorization.PublicPaths(options.public_paths)]
    opened: list[AbstractAsyncContextManager[Any]] = []
    for entry in chosen:
        if entry.webhook is not None:
            server = reviews.Reviews.read(entry.webhook.kubeconfig, timeout=entry.webhook.timeout)
            opened.append(server)
            made.append(webhook(server, entry.webhook))
        else:
            made.append(roles if entry.mode == RBAC else simple(entry.mode, options))
    attached = [each for each in made if isinstance(each, authorization.Attachable)]
    return Authorizers(unions.UnionAuthorizer(made), roles, attached, opened)


def entries(options: Options) -> list[authorizationconfig.Authorizer]:
    """What the options choose.  Raises ValueError, OSError."""
    if options.config_file is not None:
        if options.modes or options.webhook_config_file is not None:
            raise ValueError("--authorization-config goes without --authorization-mode and --authorization-webhook-*")
        found = authorizationconfig.read(options.config_file, MODES)
    else:
        check(options.modes)
        found = [authorizationconfig.Authorizer(mode=mode, webhook=of_flags(mode, options)) for mode in options.modes]
        if (options.webhook_config_file is not None) is not (WEBHOOK in options.modes):
            raise ValueError(f"--authorization-mode={WEBHOOK} and --authorization-webhook-config-file go together")
    if (options.policy_file is not None) is not (ABAC in [entry.mode for entry in found]):
        raise ValueError(f"authorization by {ABAC} and --authorization-policy-file go together")
    return found


def of_flags(mode: str, options: Options) -> authorizationconfig.Webhook | None:
    """The one webhook that flags can name."""
    if mode != WEBHOOK or options.webhook_config_file is None:
        return None
    return authorizationconfig.Webhook(
        kubeconfig=options.webhook_config_file,
        version=options.webhook_version,
        authorized_ttl=options.authorized_ttl,
        unauthorized_ttl=options.unauthorized_ttl,
    )


def delegated(options: Options, roles: rbac.RBAC) -> Authorizers:
    """The host decides, but for its administrators and the paths that everybody may get."""
    host = hosts.Host(options.host, hosts.ACCESS_REVIEWS)
    asked = webhookaccess.Webhook(host, authorized_ttl=HOST_TTL, unauthorized_ttl=HOST_TTL)
    first = (authorization.Masters(), authorization.PublicPaths(options.public_paths))
    return Authorizers(unions.UnionAuthorizer([*first, asked]), roles, opened=(host,))


def webhook(server: webhookaccess.Reviewer, chosen: authorizationconfig.Webhook) -> webhookaccess.Webhook:
    return webhookaccess.Webhook(
        server,
        version=chosen.version,
        authorized_ttl=chosen.authorized_ttl,
        unauthorized_ttl=chosen.unauthorized_ttl,
        conditions=accessconditions.Conditions(chosen.conditions) if chosen.conditions else None,
        fail_closed=chosen.fail_closed,
    )


def simple(mode: str, options: Options) -> authorization.Authorizer:
    """An authorizer that no other needs to know."""
    if mode == ABAC:
        assert options.policy_file is not None
        return abac.read_file(options.policy_file)
    if mode == NODE:
        return nodes.Nodes()
    return authorization.AlwaysAllow() if mode == ALLOW else authorization.AlwaysDeny()
