"""Users that prove themselves with a TLS client certificate: common name is the user, organisations are the groups.

The TLS layer checks the certificate against the client CAs, once a connection; what is here reads its subject.
Mirrors `k8s.io/apiserver/pkg/authentication/request/x509`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from kroute.auth import groups
from kroute.machinery import context

UID_ATTRIBUTE = "1.3.6.1.4.1.57683.2"
"""The subject attribute (an object identifier of Kubernetes) that holds the user's uid."""

CREDENTIAL_ID = "authentication.kubernetes.io/credential-id"


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A verified certificate.  `user` is None when its subject has no common name."""

    common_name: str
    user: context.User | None


class Carrier(Protocol):
    @property
    def certificate(self) -> ClientCertificate | None: ...


def read(subject: Any, der: bytes) -> ClientCertificate:
    """A certificate from its subject, in the form of `ssl.SSLSocket.getpeercert`, and its bytes."""
    attributes = list(subject_attributes(subject))
    names = [value for key, value in attributes if key == "commonName"]
    common_name = names[-1] if names else ""
    if not common_name:
        return ClientCertificate("", None)
    uids = [value for key, value in attributes if key == UID_ATTRIBUTE]
    extra: Mapping[str, tuple[str, ...]] = {CREDENTIAL_ID: (f"X509SHA256={hashlib.sha256(der).hexdigest()}",)}
    organizations = tuple(value for key, value in attributes if key == "organizationName")
    user = context.User(common_name, uid=uids[0] if len(uids) == 1 else "", groups=organizations, extra=extra)
    return ClientCertificate(common_name, groups.authenticated(user))


def subject_attributes(subject: Any) -> Iterator[tuple[str, str]]:
    for names in subject:
        yield from names


class ClientCertificates:
    """The authenticator for them."""

    async def authenticate(self, request: Carrier) -> context.User | None:
        certificate = request.certificate
        return None if certificate is None else certificate.user
