"""Signing tokens of service accounts: JSON Web Tokens that this server issues, and later believes.

Mirrors the token generator of `k8s.io/kubernetes/pkg/serviceaccount`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jws

from kroute.auth import keys

ISSUER = "https://kubernetes.default.svc"


def fresh_key() -> bytes:
    """A new private key as PEM."""
    return keys.private_text(rsa.generate_private_key(public_exponent=65537, key_size=keys.SMALLEST))


class Signer:
    """Signs with a private key, which `load` gives as PEM when it is needed for the first time.

    `issuer` is who the tokens say they are from."""

    def __init__(self, load: Callable[[], bytes] = fresh_key, *, issuer: str = ISSUER) -> None:
        self.issuer = issuer
        self._load = load
        self._key: keys.Key | None = None

    @property
    def key(self) -> keys.Key:
        """The key.  Raises ValueError, OSError."""
        if self._key is None:
            self._key = keys.private(self._load())
        return self._key

    def sign(self, claims: Mapping[str, Any], *, issuer: str = "") -> str:
        """A token of these claims, and that of its issuer."""
        key = self.key
        header = {"alg": key.algorithms[0], "kid": key.id}
        payload = orjson.dumps({**claims, "iss": issuer or self.issuer}, option=orjson.OPT_SORT_KEYS)
        return jws.serialize_compact(header, payload, key.jose, algorithms=[key.algorithms[0]])
