"""Signing tokens of service accounts: JSON Web Tokens that this server issues, and later believes.

Mirrors the token generator of `k8s.io/kubernetes/pkg/serviceaccount`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwk, jws

ALGORITHM = "RS256"
ISSUER = "https://kubernetes.default.svc"


def fresh_key() -> bytes:
    """A new private key as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


class Signer:
    """Signs with a private RSA key, which `load` gives as PEM when it is needed for the first time.

    `issuer` is who the tokens say they are from."""

    def __init__(self, load: Callable[[], bytes] = fresh_key, *, issuer: str = ISSUER) -> None:
        self.issuer = issuer
        self._load = load
        self._key: jwk.RSAKey | None = None
        self._header: dict[str, Any] = {}

    @property
    def key(self) -> jwk.RSAKey:
        """The private key.  Raises ValueError, OSError."""
        if self._key is None:
            self._key = jwk.RSAKey.import_key(self._load())
            self._header = {"alg": ALGORITHM, "kid": key_id(self._key)}
        return self._key

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A token of these claims, and that of its issuer."""
        key = self.key
        payload = orjson.dumps({**claims, "iss": self.issuer}, option=orjson.OPT_SORT_KEYS)
        return jws.serialize_compact(self._header, payload, key, algorithms=[ALGORITHM])


def key_id(key: jwk.RSAKey) -> str:
    """What names a key in the header of tokens: a digest of its public part."""
    public = key.public_key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.urlsafe_b64encode(hashlib.sha256(public).digest()).rstrip(b"=").decode()
