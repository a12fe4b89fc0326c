"""Keys that sign and verify JSON Web Tokens: read from PEM files, named by a digest, shown as a key set.

A private key stands for its public one too.  RSA keys sign RS256, EC keys what goes with their curve.
Mirrors `k8s.io/client-go/util/keyutil` and the key handling of `k8s.io/kubernetes/pkg/serviceaccount`.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jwk

from kroute.machinery import pem

Private: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Public: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
JoseKey: TypeAlias = jwk.RSAKey | jwk.ECKey

RSA_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
SMALLEST = 2048
"""Bits that an RSA key must have."""


@dataclass(frozen=True, slots=True)
class Key:
    """`id` is what tokens name it by; `algorithms` are those that it verifies, the first one is for signing."""

    id: str
    algorithms: tuple[str, ...]
    jose: JoseKey


def key(found: Any) -> Key:
    """A key for JSON Web Tokens of a key of `cryptography`.  Raises ValueError for one of another kind."""
    public = found.public_key() if isinstance(found, Private) else found
    if isinstance(public, rsa.RSAPublicKey):
        if public.key_size < SMALLEST:
            raise ValueError(f"an RSA key must have {SMALLEST} bits, this one has {public.key_size}")
        return Key(digest(public), RSA_ALGORITHMS, jwk.RSAKey.import_key(found))
    if isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name in CURVES:
        text = private_text(found) if isinstance(found, Private) else public_text(public)
        return Key(digest(public), (CURVES[public.curve.name],), jwk.ECKey.import_key(text))
    raise ValueError("a key must be an RSA key, or an EC key of the curves P-256, P-384 or P-521")


def public_text(public: Public) -> bytes:
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def private_text(private: Private) -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def digest(public: Public) -> str:
    """What names a key in the header of tokens: a digest of it."""
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()


def private(text: bytes) -> Key:
    """The private key in a PEM text.  Raises ValueError."""
    try:
        return key(serialization.load_pem_private_key(text, None))
    except TypeError as error:  # an encrypted one
        raise ValueError(str(error)) from error


def public(text: bytes) -> list[Key]:
    """The public keys in a PEM text: of public keys, of certificates, of private keys.  Raises ValueError."""
    found = []
    for block in pem.blocks(text):
        if block.kind in ("PUBLIC KEY", "RSA PUBLIC KEY"):
            found.append(key(serialization.load_der_public_key(block.data)))
        elif block.kind == pem.CERTIFICATE:
            found.append(key(x509.load_der_x509_certificate(block.data).public_key()))
        elif block.kind.endswith("PRIVATE KEY"):
            loaded: Any = serialization.load_der_private_key(block.data, None)
            found.append(key(loaded.public_key()))
    if not found:
        raise ValueError("data does not contain any valid RSA or ECDSA public keys")
    return found


def read(files: Iterable[Path]) -> list[Key]:
    """The public keys of files, each once.  Raises OSError, and ValueError for a file without any."""
    found: dict[str, Key] = {}
    for file in files:
        try:
            found.update((each.id, each) for each in public(file.read_bytes()))
        except (ValueError, TypeError) as error:
            raise ValueError(f"{file} holds no key: {error}") from error
    return list(found.values())


def as_set(keys: Sequence[Key]) -> dict[str, Any]:
    """The public keys as a JSON Web Key Set."""
    return {"keys": [shown(each) for each in keys]}


def shown(known: Key) -> dict[str, Any]:
    parameters = known.jose.as_dict(private=False)
    told = {"use": "sig", "kid": known.id, "alg": known.algorithms[0], **parameters}
    order = ("use", "kty", "kid", "crv", "alg", "x", "y", "n", "e")
    return {name: told[name] for name in order if name in told}
