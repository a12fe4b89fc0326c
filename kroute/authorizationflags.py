"""The flags of authorisation, and the options that they come to.

They bear kube-apiserver's names; `flags` puts them beside the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from kroute.auth import modes

HEADING = "Authorisation"
Make = Callable[..., Callable[[Any], Any]]
"""Makes an option: `flags.option`."""


class Words(click.ParamType[tuple[str, ...]]):
    """Words, separated by commas."""

    name = "name,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        if not isinstance(value, str):
            return tuple(value)
        return tuple(part.strip() for part in value.split(",") if part.strip())


class Modes(Words):
    """Names of authorizers."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        found = super().convert(value, param, ctx)
        try:
            modes.check(found)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return found


def options(make: Make, duration: click.ParamType[float]) -> Sequence[Callable[[Any], Any]]:
    """All of them, in order."""

    def option(name: str, **rest: Any) -> Callable[[Any], Any]:
        return make(HEADING, name, **{"show_default": bool(rest.get("default")), **rest})

    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    names = ", ".join(modes.MODES)
    return (
        option("--authorization-mode", type=Modes(), help=f"Who decides, in order: {names}.  [default: RBAC]"),
        option("--authorization-config", type=file, help="Who decides, in order: an AuthorizationConfiguration."),
        option("--authorization-policy-file", type=file, help="Policies of ABAC, one JSON object a line."),
        option("--authorization-webhook-config-file", type=file, help="Kubeconfig of the server that Webhook asks."),
        option(
            "--authorization-webhook-version",
            type=click.Choice(["v1", "v1beta1"]),
            default="v1",
            help="Version of the reviews that it gets.",
        ),
        option(
            "--authorization-webhook-cache-authorized-ttl",
            type=duration,
            default="5m",
            help="How long its permissions hold.",
        ),
        option(
            "--authorization-webhook-cache-unauthorized-ttl",
            type=duration,
            default="30s",
            help="How long its refusals hold.",
        ),
        option(
            "--authorization-always-allow-paths",
            type=Words(),
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
