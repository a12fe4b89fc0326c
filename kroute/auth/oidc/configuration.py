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

from kroute.auth.oidc import checking, expressions, mapping, tokens
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """One provider, as flags say it; none without an `issuer_url`.

    The prefix of user names is the issuer unless one is given, "-" is none."""

    issuer_url: str = ""
    client_id: str = ""
    ca_file: Path | None = None
    username_claim: str = "sub"
    username_prefix: str = ""
    groups_claim: str = ""
    groups_prefix: str = ""
    signing_algorithms: Sequence[str] = ("RS256",)
    required_claims: Mapping[str, str] | None = None

    def issuer(self) -> Issuer:
        """Raises ConfigurationError, OSError."""
        if not self.client_id:
            raise ConfigurationError("--oidc-issuer-url and --oidc-client-id go together")
        for algorithm in self.signing_algorithms:
            if algorithm not in tokens.ALGORITHMS:
                raise ConfigurationError(f'oidc: unsupported signing alg: "{algorithm}"')
        raise_for(checking.url("issuerURL", self.issuer_url))
        prefix = self.username_prefix
        if not prefix and self.username_claim != "email":
            prefix = f"{self.issuer_url}#"
        users = mapping.Users(
            username=mapping.Source(claim=self.username_claim, prefix="" if prefix == "-" else prefix),
            groups=mapping.Source(claim=self.groups_claim, prefix=self.groups_prefix),
            required=self.required_claims or {},
        )
        return Issuer(
            url=self.issuer_url,
            users=users,
            audiences=(self.client_id,),
            authority=b"" if self.ca_file is None else self.ca_file.read_bytes(),
            algorithms=self.signing_algorithms,
        )


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
