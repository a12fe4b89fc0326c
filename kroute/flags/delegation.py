"""The flags of a server behind another API server, and the options that they come to.

They bear the names that every server made with k8s.io/apiserver has.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kroute.auth import methods, modes
from kroute.flags import kinds

HEADING = "Behind another API server"


def options() -> Sequence[Callable[[Any], Any]]:
    """All of them, in order."""

    def option(name: str, **rest: Any) -> Callable[[Any], Any]:
        return kinds.option(HEADING, name, **rest)

    return (
        option(
            "--authentication-kubeconfig",
            default="",
            metavar="FILE",
            help="Kubeconfig (or in-cluster) of the server whose tokens and clients are let in.",
        ),
        option(
            "--authentication-skip-lookup",
            is_flag=True,
            help="Don't ask it which client certificates and proxies to believe.",
        ),
        option(
            "--authentication-tolerate-lookup-failure",
            is_flag=True,
            help="Go on when it can't be asked that.",
        ),
        option(
            "--authorization-kubeconfig",
            default="",
            metavar="FILE",
            help="Kubeconfig (or in-cluster) of the server that decides, in place of modes.",
        ),
    )


def access_of(found: methods.Options, flags: Mapping[str, Any]) -> methods.Options:
    """The options of authentication with what these flags say."""
    return dataclasses.replace(
        found,
        host=flags["authentication_kubeconfig"],
        skip_lookup=flags["authentication_skip_lookup"],
        tolerate_lookup_failure=flags["authentication_tolerate_lookup_failure"],
    )


def authorization_of(found: modes.Options, flags: Mapping[str, Any]) -> modes.Options:
    """The options of authorisation with what these flags say."""
    return dataclasses.replace(found, host=flags["authorization_kubeconfig"])
