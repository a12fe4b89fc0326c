"""Reading JSON Web Tokens: what one says, and whether a key signed it.

Only signatures of public keys are known, and only the algorithms that go with a key: a token can choose neither
"none" nor to have a public key taken for a secret.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from joserfc import errors as jose
from joserfc import jws

from kroute.auth import keys

LEEWAY = 60.0
"""Seconds that clocks may differ by."""

FAILED = "go-jose/go-jose: error in cryptographic primitive"
NO_NUMBER = "go-jose/go-jose/jwt: expected number value to unmarshal NumericDate"
"""What kube-apiserver's library says."""

UNDERSTOOD_NOWHERE = ("crit", "b64")
"""Members of a header that change what a token means."""


@dataclass(frozen=True, slots=True)
class Unverified:
    """A token that anybody may have written: its header and its claims."""

    text: str
    header: dict[str, Any]
    claims: dict[str, Any]

    @property
    def issuer(self) -> str:
        return text_of(self.claims.get("iss"))

    @property
    def key_id(self) -> str:
        return text_of(self.header.get("kid"))

    @property
    def algorithm(self) -> str:
        return text_of(self.header.get("alg"))

    @property
    def audiences(self) -> list[str]:
        """Whom it is for: a list, or a single one."""
        found = self.claims.get("aud")
        if isinstance(found, str):
            return [found]
        return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []

    def signed_by(self, known: Iterable[keys.Key], algorithms: Sequence[str] | None = None) -> bool:
        """Whether one of the keys made the signature, with an algorithm that is its own, and one of `algorithms`."""
        alg = self.algorithm
        if algorithms is not None and alg not in algorithms:
            return False
        if any(member in self.header for member in UNDERSTOOD_NOWHERE):
            return False
        return any(alg in key.algorithms and verified(self.text, key, alg) for key in known)


def read(token: str) -> Unverified | None:
    """What a token says; None when it is no JSON Web Token."""
    parts = token.split(".")
    if len(parts) != 3 or not token.isascii() or "=" in token:
        return None
    try:
        header, claims = orjson.loads(decoded(parts[0])), orjson.loads(decoded(parts[1]))
        decoded(parts[2])
    except ValueError:
        return None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        return None
    return Unverified(token, header, claims)


def decoded(text: str) -> bytes:
    """Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def verified(token: str, key: keys.Key, algorithm: str) -> bool:
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    registry.max_header_length = registry.max_payload_length = len(token)  # what came through may be as long as it is
    try:
        jws.deserialize_compact(token, key.jose, registry=registry)
    except (jose.JoseError, ValueError, TypeError):
        return False
    return True


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else ""


def number_of(value: Any) -> float | None:
    """A date in a token: seconds since the epoch; None when there is none.  Raises ValueError for anything else."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(NO_NUMBER)
    return float(value)
