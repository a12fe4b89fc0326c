"""The authenticator for TLS client certificates: the common name is the user, the organisations are the groups.

Mirrors `k8s.io/apiserver/pkg/authentication/request/x509`.
"""

from __future__ import annotations

import time

from kroute.auth import authentication, certificates
from kroute.machinery import context


class ClientCertificates:
    """The authenticator for them.  Without `authorities` it takes all that TLS verified."""

    def __init__(self, authorities: frozenset[bytes] | None = None, now: certificates.Now = time.time) -> None:
        self._authorities, self._now = authorities, now

    async def authenticate(self, request: authentication.Request) -> context.User | None:
        certificate = request.certificate
        if certificate is None:
            return None
        if problem := certificate.problem(self._authorities, self._now()) or certificate.fault:
            raise authentication.Rejected(problem)
        return certificate.user
