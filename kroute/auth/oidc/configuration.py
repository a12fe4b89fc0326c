"""Which identity providers are believed, for whom, and how their claims become users.

An `AuthenticationConfiguration` of `apiserver.config.k8s.io` says it for any number of them; flags for one.
Mirrors `pkg/apis/apiserver/validation` of k8s.io/apiserver.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kroute.auth.oidc import checking, expressions, mapping, options, tokens
from kroute.machinery import fielderrors

GROUP, KIND = "apiserver.config.k8s.io", "AuthenticationConfiguration"
VERSIONS = ("v1", "v1beta1", "v1alpha1")


class ConfigurationError(ValueError):
    """The configuration can't be used; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """A provider.  `authority` is PEM, empty for the system's authorities."""

    url: str
    users: mapping.Users
    audiences: Sequence[str]
    discovery_url: str = ""
    authority: bytes = b""
    algorithms: Sequence[str] = tokens.ALGORITHMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """`anonymous` says whether requests without credentials are looked at, None where it says nothing;
    `anonymous_paths` are those that it is for alone, None for all."""

    issuers: Sequence[Issuer] = ()
    anonymous: bool | None = None
    anonymous_paths: Collection[str] | None = None


def of_flags(flags: options.Flags) -> Configuration:
    """The one provider that flags name.  Raises ConfigurationError, OSError."""
    if not flags.client_id:
        raise ConfigurationError("--oidc-issuer-url and --oidc-client-id go together")
    for algorithm in flags.signing_algorithms:
        if algorithm not in tokens.ALGORITHMS:
            raise ConfigurationError(f'oidc: unsupported signing alg: "{algorithm}"')
    raise_for(checking.url("issuerURL", flags.issuer_url))
    prefix = flags.username_prefix
    if not prefix and flags.username_claim != "email":
        prefix = f"{flags.issuer_url}#"
    users = mapping.Users(
        username=mapping.Source(claim=flags.username_claim, prefix="" if prefix == "-" else prefix),
        groups=mapping.Source(claim=flags.groups_claim, prefix=flags.groups_prefix),
        required=flags.required_claims or {},
    )
    found = Issuer(
        url=flags.issuer_url,
        users=users,
        audiences=(flags.client_id,),
        authority=b"" if flags.ca_file is None else flags.ca_file.read_bytes(),
        algorithms=flags.signing_algorithms,
    )
    return Configuration(issuers=[found])


def read(file: Path, *, disallowed: Collection[str] = ()) -> Configuration:
    """The configuration in a file.  `disallowed` are issuers that the server is itself.

    Raises OSError, ConfigurationError."""
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} is no YAML: {error}") from error
    try:
        return of(document, disallowed=disallowed)
    except ConfigurationError as error:
        raise ConfigurationError(f"{file}: {error}") from error


def of(document: Any, *, disallowed: Collection[str] = ()) -> Configuration:
    """The configuration that a document says.  Raises ConfigurationError."""
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise ConfigurationError(f"it must be of kind {KIND}")
    group, _, version = str(document.get("apiVersion")).partition("/")
    if group != GROUP or version not in VERSIONS:
        raise ConfigurationError(f"it must be of a version of {GROUP}: {', '.join(VERSIONS)}")
    found = checking.Checker(expressions.Compiler(), frozenset(disallowed))
    issuers = [issuer(*each) for each in found.issuers(document)]
    anonymous = found.anonymous(document.get("anonymous"))
    raise_for(found.problems)
    return Configuration(
        issuers=issuers,
        anonymous=None if anonymous is None else anonymous[0],
        anonymous_paths=None if anonymous is None else anonymous[1],
    )


def issuer(given: Mapping[str, Any], users: mapping.Users) -> Issuer:
    return Issuer(
        url=given.get("url") or "",
        users=users,
        audiences=tuple(given.get("audiences") or ()),
        discovery_url=given.get("discoveryURL") or "",
        authority=(given.get("certificateAuthority") or "").encode(),
    )


def raise_for(problems: Sequence[fielderrors.FieldError]) -> None:
    """Raises ConfigurationError if there are any."""
    if problems:
        raise ConfigurationError(fielderrors.aggregate(problems))
