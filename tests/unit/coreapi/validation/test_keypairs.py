"""Certificates and keys of secrets that don't belong together are told of."""

from __future__ import annotations

import base64
import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509 import oid

from kroute.coreapi.validation import basicwarnings, keypairs

Key = ec.EllipticCurvePrivateKey


def written(key: Key | ed25519.Ed25519PrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def certificate(key: Key) -> bytes:
    name = x509.Name([x509.NameAttribute(oid.NameOID.COMMON_NAME, "x")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + datetime.timedelta(days=1))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def test_a_pair_is_no_problem(key: Key) -> None:
    assert keypairs.problem(certificate(key), written(key)) == ""


def test_problems_are_told_in_go_s_words(key: Key) -> None:
    own, other = certificate(key), ec.generate_private_key(ec.SECP256R1())
    request = b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"
    garbage = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    for certificates, private, complaint in (
        (b"", b"", "tls: failed to find any PEM data in certificate input"),
        (written(key), b"", "but did find a private key; PEM inputs may have been switched"),
        (request, b"", "skipping PEM blocks of the following types: [CERTIFICATE REQUEST]"),
        (own, b"", "tls: failed to find any PEM data in key input"),
        (own, own, "tls: found a certificate rather than a key in the PEM for the private key"),
        (own, request, "in key input after skipping PEM blocks of the following types: [CERTIFICATE REQUEST]"),
        (garbage, written(key), "x509: malformed certificate"),
        (own, written(key).replace(b"M", b"A", 1), "tls: failed to parse private key"),
        (own, written(other), "tls: private key does not match public key"),
        (own, written(ed25519.Ed25519PrivateKey.generate()), "tls: private key type does not match public key type"),
    ):
        assert keypairs.problem(certificates, private).endswith(complaint)


def test_secrets_of_other_types_are_not_looked_into(key: Key) -> None:
    data = {"tls.crt": base64.b64encode(b"x").decode(), "tls.key": ""}
    assert list(basicwarnings.of_secret({"type": "Opaque", "data": data}, None)) == []
    assert len(list(basicwarnings.of_secret({"type": "kubernetes.io/tls", "data": data}, None))) == 1
