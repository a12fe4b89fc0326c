"""Who asks: what an authenticator is, and the two that need no credentials.

An authenticator looks for credentials of its own kind in a request.  It gives the user, or None when there are none
of that kind, or raises Unauthorized for credentials that are there and wrong.  `auth.unions` puts several in a row.
Mirrors `k8s.io/apiserver/pkg/authentication/authenticator`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from kroute.auth import certificates
from kroute.machinery import context


class Request(Protocol):
    """What an authenticator sees of a request."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Header values; names are looked up in any case."""
        ...

    @property
    def certificate(self) -> certificates.ClientCertificate | None:
        """The certificate that the client proved to hold and that one of the client CAs signed."""
        ...

    def warn(self, text: str) -> None:
        """Have the answer carry a warning."""
        ...


class Authenticator(Protocol):
    async def authenticate(self, request: Request) -> context.User | None:
        """The user, or None without credentials of this authenticator's kind.

        Raises `errors.Unauthorized` for wrong ones."""
        ...


class TokenAuthenticator(Protocol):
    async def authenticate_token(self, token: str) -> context.User | None:
        """Whose bearer token it is; None when it is unknown here."""
        ...


class Superuser:
    """Takes everybody for an administrator.  For a server that only its own machine can reach, without TLS."""

    user = context.User("system:unsecured", groups=("system:masters", "system:authenticated"))

    async def authenticate(self, request: Request) -> context.User | None:
        return self.user
