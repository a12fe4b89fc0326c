"""What flags say of an identity provider: plain values, for those who put a server together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """One provider; none without an `issuer_url`.

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
