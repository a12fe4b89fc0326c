"""Whether a certificate and a private key belong together, in the words of Go's crypto/tls.

Mirrors `tls.X509KeyPair`.
"""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from kroute.machinery import pem

KEY = "PRIVATE KEY"
SWITCHED = (
    "tls: failed to find certificate PEM data in certificate input, but did find a private key; "
    "PEM inputs may have been switched"
)
NO_KEY = "tls: found a certificate rather than a key in the PEM for the private key"


def problem(certificates: bytes, key: bytes) -> str:
    """What is wrong with a pair of PEM texts; "" for nothing."""
    wrong = wrong_in_certificates(certificates) or wrong_in_key(key)
    return wrong or mismatch(certificates, key)


def wrong_in_certificates(text: bytes) -> str:
    found = [block.kind for block in pem.blocks(text)]
    if pem.CERTIFICATE in found:
        return ""
    if not found:
        return "tls: failed to find any PEM data in certificate input"
    if len(found) == 1 and found[0].endswith(KEY):
        return SWITCHED
    return (
        'tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the '
        f"following types: {shown(found)}"
    )


def wrong_in_key(text: bytes) -> str:
    found = [block.kind for block in pem.blocks(text)]
    if any(kind.endswith(KEY) for kind in found):
        return ""
    if not found:
        return "tls: failed to find any PEM data in key input"
    if found == [pem.CERTIFICATE]:
        return NO_KEY
    return (
        'tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the '
        f"following types: {shown(found)}"
    )


def shown(kinds: list[str]) -> str:
    return f"[{' '.join(kinds)}]"


def mismatch(certificates: bytes, key: bytes) -> str:
    try:
        public = x509.load_pem_x509_certificates(certificates)[0].public_key()
    except (ValueError, UnsupportedAlgorithm):
        return "x509: malformed certificate"
    try:
        private = serialization.load_pem_private_key(key, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return "tls: failed to parse private key"
    for kind, whole in (
        (rsa.RSAPublicKey, rsa.RSAPrivateKey),
        (ec.EllipticCurvePublicKey, ec.EllipticCurvePrivateKey),
        (ed25519.Ed25519PublicKey, ed25519.Ed25519PrivateKey),
    ):
        if not isinstance(public, kind):
            continue
        if not isinstance(private, whole):
            return "tls: private key type does not match public key type"
        return "" if private.public_key() == public else "tls: private key does not match public key"
    return "tls: unknown public key algorithm"
