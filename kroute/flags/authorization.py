"""The flags of authorisation, and the options that they come to.

They bear kube-apiserver's names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from kroute.auth import modes
from kroute.flags import kinds

HEADING = "Authorisation"
FILE, DURATION = kinds.FILE, kinds.Duration()


class Modes(kinds.Words):
    """Names of authorizers."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        found = super().convert(value, param, ctx)
        try:
            modes.check(found)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return found


def options() -> Sequence[Callable[[Any], Any]]:
    """All of them, in order."""

    def option(name: str, **rest: Any) -> Callable[[Any], Any]:
        return kinds.option(HEADING, name, **{"show_default": bool(rest.get("default")), **rest})

    names = ", ".join(modes.MODES)
    return (
        option("--authorization-mode", type=Modes(), help=f"Who decides, in order: {names}.  [default: RBAC]"),
        option("--authorization-config", type=FILE, help="Who decides, in order: an AuthorizationConfiguration."),
        option("--authorization-policy-file", type=FILE, help="Policies of ABAC, one JSON object a line."),
        option("--authorization-webhook-config-file", type=FILE, help="Kubeconfig of the server that Webhook asks."),
        option(
            "--authorization-webhook-version",
            type=click.Choice(["v1", "v1beta1"]),
            default="v1",
            help="Version of the reviews that it gets.",
        ),
        option(
            "--authorization-webhook-cache-authorized-ttl",
            type=DURATION,
            default="5m",
            help="How long its permissions hold.",
        ),
        option(
            "--authorization-webhook-cache-unauthorized-ttl",
            type=DURATION,
            default="30s",
            help="How long its refusals hold.",
        ),
        option(
            "--authorization-always-allow-paths",
            type=kinds.Words(),
            default=",".join(modes.PUBLIC_PATHS),
            help="Paths that everybody may get, whoever decides.",
        ),
    )


def options_of(flags: Mapping[str, Any]) -> modes.Options:
    """What the flags come to."""
    return modes.Options(
        modes=flags["authorization_mode"] or (),
        config_file=flags["authorization_config"],
        policy_file=flags["authorization_policy_file"],
        webhook_config_file=flags["authorization_webhook_config_file"],
        webhook_version=flags["authorization_webhook_version"],
        authorized_ttl=flags["authorization_webhook_cache_authorized_ttl"],
        unauthorized_ttl=flags["authorization_webhook_cache_unauthorized_ttl"],
        public_paths=flags["authorization_always_allow_paths"],
    )
