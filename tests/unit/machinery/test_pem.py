"""Certificates and requests in PEM."""

from __future__ import annotations

import base64
import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kroute.machinery import pem

KEY = ec.generate_private_key(ec.SECP256R1())
SUBJECT = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "jane")])
NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def request() -> bytes:
    made = x509.CertificateSigningRequestBuilder().subject_name(SUBJECT).sign(KEY, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM)


def certificate() -> bytes:
    builder = x509.CertificateBuilder().subject_name(SUBJECT).issuer_name(SUBJECT).public_key(KEY.public_key())
    dated = builder.serial_number(1).not_valid_before(NOW).not_valid_after(NOW + datetime.timedelta(days=1))
    return dated.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def wrapped(kind: str, data: bytes) -> bytes:
    return b"-----BEGIN %s-----\n%s\n-----END %s-----\n" % (kind.encode(), base64.b64encode(data), kind.encode())


@pytest.mark.parametrize(
    "text, wrong",
    [
        (b"", pem.NOT_A_REQUEST),
        (b"junk", pem.NOT_A_REQUEST),
        (certificate(), pem.NOT_A_REQUEST),
        (wrapped(pem.REQUEST, b"junk"), "asn1: structure error: malformed certificate request"),
        (request()[:-1].replace(b"-----END", b"-----ENB"), pem.NOT_A_REQUEST),
    ],
)
def test_what_is_no_request_is_refused(text: bytes, wrong: str) -> None:
    with pytest.raises(pem.PEMError) as caught:
        pem.request(text)
    assert str(caught.value) == wrong


def test_a_request_that_somebody_changed_is_refused() -> None:
    data = bytearray(x509.load_pem_x509_csr(request()).public_bytes(serialization.Encoding.DER))
    at = data.index(b"jane")
    data[at : at + 4] = b"john"
    with pytest.raises(pem.PEMError) as caught:
        pem.request(wrapped(pem.REQUEST, bytes(data)))
    assert str(caught.value) == "x509: signature verification failed"


def test_text_around_a_request_is_skipped() -> None:
    assert pem.request(b"hello\n" + request() + b"bye").subject == SUBJECT


@pytest.mark.parametrize(
    "text, wrong",
    [
        (b"junk", "must contain at least one CERTIFICATE PEM block"),
        (certificate() + request(), 'only CERTIFICATE PEM blocks are allowed, found "CERTIFICATE REQUEST"'),
        (wrapped(pem.CERTIFICATE, b"junk"), "x509: malformed certificate"),
        (
            certificate().replace(b"CERTIFICATE-----\n", b"CERTIFICATE-----\nA: b\n\n", 1),
            "no PEM block headers are permitted",
        ),
    ],
)
def test_what_is_no_certificate_is_refused(text: bytes, wrong: str) -> None:
    with pytest.raises(pem.PEMError) as caught:
        pem.certificates(text)
    assert str(caught.value) == wrong


def test_several_certificates_are_good() -> None:
    pem.certificates(certificate() * 2)
