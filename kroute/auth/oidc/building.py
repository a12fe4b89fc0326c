"""Authenticators of identity providers, as a file or flags say; not loaded by those who do without."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from kroute.auth.oidc import configuration, options, provider, tokens
from kroute.webhook import fetching


class Providers(NamedTuple):
    """`owners` know tokens, `opened` are entered while the server runs; the rest is as `Configuration` has it."""

    owners: Sequence[tokens.ProviderTokens]
    opened: Sequence[provider.Provider]
    anonymous: bool | None = None
    anonymous_paths: Collection[str] | None = None


def build(file: Path | None, flags: options.Flags, *, disallowed: Collection[str]) -> Providers:
    """`disallowed` are issuers that the server is itself.

    Raises ValueError for what can't be used or doesn't go together, OSError."""
    if file is not None and flags.issuer_url:
        raise ValueError("--authentication-config and --oidc-* flags exclude each other")
    said = configuration.of_flags(flags) if file is None else configuration.read(file, disallowed=disallowed)
    found = [
        provider.Provider(each.url, fetching.Fetcher(each.authority), discovery_url=each.discovery_url)
        for each in said.issuers
    ]
    owners = [
        tokens.ProviderTokens(at, each.users, audiences=each.audiences, algorithms=each.algorithms)
        for at, each in zip(found, said.issuers, strict=True)
    ]
    return Providers(owners, found, said.anonymous, said.anonymous_paths)
