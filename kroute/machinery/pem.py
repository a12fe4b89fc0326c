"""Certificates and requests for them in PEM, read the way Kubernetes reads them.

Mirrors `encoding/pem` of Go as far as its leniency goes: text around blocks is skipped, blocks may have headers.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

from cryptography import exceptions, x509

BLOCK = re.compile(
    rb"^-----BEGIN (?P<kind>[^\n]*?)-----[ \t\r]*\n(?P<body>.*?)^-----END (?P=kind)-----[ \t\r]*$",
    re.DOTALL | re.MULTILINE,
)
REQUEST, CERTIFICATE = "CERTIFICATE REQUEST", "CERTIFICATE"
NOT_A_REQUEST = "PEM block type must be CERTIFICATE REQUEST"


class PEMError(ValueError):
    """What is wrong with the data, in Kubernetes' words."""


class Block(NamedTuple):
    kind: str
    has_headers: bool
    data: bytes


def blocks(text: bytes) -> Iterator[Block]:
    """The blocks of a PEM text; what isn't one is skipped."""
    for found in BLOCK.finditer(text):
        headers, body = split_headers(found["body"])
        try:
            data = base64.b64decode(b"".join(body.split()), validate=True)
        except binascii.Error:
            continue
        yield Block(found["kind"].decode("utf-8", "replace"), headers, data)


def split_headers(body: bytes) -> tuple[bool, bytes]:
    lines = body.split(b"\n")
    count = 0
    while count < len(lines) and b":" in lines[count]:
        count += 1
    return count > 0, b"\n".join(lines[count:])


def request(text: bytes) -> x509.CertificateSigningRequest:
    """The request in a PEM text, with a good signature.  Raises PEMError."""
    first = next(blocks(text), None)
    if first is None or first.kind != REQUEST:
        raise PEMError(NOT_A_REQUEST)
    try:
        found = x509.load_der_x509_csr(first.data)
        good = found.is_signature_valid
    except (ValueError, TypeError, exceptions.UnsupportedAlgorithm) as error:
        raise PEMError("asn1: structure error: malformed certificate request") from error
    if not good:
        raise PEMError("x509: signature verification failed")
    return found


def certificates(text: bytes) -> None:
    """Whether a PEM text holds certificates and nothing else.  Raises PEMError."""
    count = 0
    for block in blocks(text):
        if block.kind != CERTIFICATE:
            raise PEMError(f'only CERTIFICATE PEM blocks are allowed, found "{block.kind}"')
        if block.has_headers:
            raise PEMError("no PEM block headers are permitted")
        try:
            x509.load_der_x509_certificate(block.data)
        except ValueError as error:
            raise PEMError("x509: malformed certificate") from error
        count += 1
    if not count:
        raise PEMError("must contain at least one CERTIFICATE PEM block")
