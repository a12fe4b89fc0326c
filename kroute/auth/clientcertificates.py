"""The authenticator for TLS client certificates: the common name is the user, the organisations are the groups.

Mirrors `k8s.io/apiserver/pkg/authentication/request/x509`.
"""

from __future__ import annotations

import time

from kroute.auth import authentication, authorities, certificates
from kroute.machinery import context


class ClientCertificates:
    """The authenticator for them.  Without `trusted` authorities it takes all that TLS verified."""

    def __init__(self, trusted: authorities.Trusted | None = None, now: certificates.Now = time.time) -> None:
        self._trusted, self._now = trusted, now

    async def authenticate(self, request: authentication.Request) -> context.User | None:
        certificate = request.certificate
        if certificate is None:
            return None
        identities = None if self._trusted is None else self._trusted.identities
        if problem := certificate.problem(identities, self._now()) or certificate.fault:
            raise authentication.Rejected(problem)
        return certificate.user
