"""Users that prove themselves with a TLS client certificate: common name is the user, organisations are the groups.

The TLS layer checks the certificate against the client CAs, once a connection; what is here reads its subject.
Mirrors `k8s.io/apiserver/pkg/authentication/request/x509`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from kroute.auth import groups
from kroute.machinery import context

UID_ATTRIBUTE = "1.3.6.1.4.1.57683.2"
"""The subject attribute (an object identifier of Kubernetes) that holds the user's uid."""

CREDENTIAL_ID = "authentication.kubernetes.io/credential-id"


Now: TypeAlias = Callable[[], float]
"""Gives the present time, in seconds since the epoch."""

UNKNOWN_AUTHORITY = "x509: certificate signed by unknown authority"
EXPIRED = "x509: certificate has expired or is not yet valid"


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A certificate that TLS verified.  `user` is None when its subject has no common name.

    `authorities` are the identities of those that it was verified with; `expires` is when it is too old, in
    seconds since the epoch, which a connection may outlive.  `fault` is what is wrong with its subject."""

    common_name: str
    user: context.User | None
    authorities: frozenset[bytes] = frozenset()
    expires: float = float("inf")
    fault: str = ""

    def problem(self, authorities: frozenset[bytes] | None, now: float) -> str:
        """Why it doesn't count for those who trust these authorities (None: any of the server's); "" when it does."""
        if now > self.expires:
            return EXPIRED
        if authorities is not None and self.authorities.isdisjoint(authorities):
            return UNKNOWN_AUTHORITY
        return ""


def identity(authority: bytes) -> bytes:
    """What authorities are compared by, of a certificate in DER: their key and name, which a renewed one keeps.

    Raises ValueError."""
    certificate = x509.load_der_x509_certificate(authority)
    key = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(key + certificate.subject.public_bytes()).digest()


def read(
    subject: Any, der: bytes, *, authorities: frozenset[bytes] = frozenset(), expires: float = float("inf")
) -> ClientCertificate:
    """A certificate from its subject, in the form of `ssl.SSLSocket.getpeercert`, and its bytes."""
    attributes = list(subject_attributes(subject))
    names = [value for key, value in attributes if key == "commonName"]
    common_name = names[-1] if names else ""
    if not common_name:
        return ClientCertificate("", None, authorities, expires)
    uids = [value for key, value in attributes if key == UID_ATTRIBUTE]
    fault = "" if not uids else uid_fault(uids)
    extra: Mapping[str, tuple[str, ...]] = {CREDENTIAL_ID: (f"X509SHA256={hashlib.sha256(der).hexdigest()}",)}
    organizations = tuple(value for key, value in attributes if key == "organizationName")
    user = context.User(common_name, uid="".join(uids[:1]), groups=organizations, extra=extra)
    return ClientCertificate(common_name, groups.authenticated(user), authorities, expires, fault)


def uid_fault(uids: list[str]) -> str:
    if len(uids) > 1:
        return f"expected 1 UID, but found multiple: [{' '.join(uids)}]"
    return "" if uids[0] else "UID cannot be an empty string"


def subject_attributes(subject: Any) -> Iterator[tuple[str, str]]:
    for names in subject:
        yield from names
