"""Authenticators of identity providers, as a file or flags say; not loaded by those who do without."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, NamedTuple

from kroute.auth import authentication
from kroute.auth.oidc import configuration, options, reloading


class Providers(NamedTuple):
    """`owners` know tokens, `opened` are entered while the server runs; the rest is as `Configuration` has it."""

    owners: Sequence[authentication.TokenOwners]
    opened: Sequence[AbstractAsyncContextManager[Any]]
    anonymous: bool | None = None
    anonymous_paths: Collection[str] | None = None


def build(file: Path | None, flags: options.Flags, *, disallowed: Collection[str]) -> Providers:
    """`disallowed` are issuers that the server is itself.

    Raises ValueError for what can't be used or doesn't go together, OSError."""
    if file is None:
        found = reloading.issued(configuration.of_flags(flags).issuers[0])
        return Providers([found.tokens], [found.provider])
    if flags.issuer_url:
        raise ValueError("--authentication-config and --oidc-* flags exclude each other")
    said = configuration.read(file, disallowed=disallowed)
    reloaded = reloading.Reloaded(file, said, disallowed=disallowed)
    return Providers([reloaded], [reloaded], said.anonymous, said.anonymous_paths)
