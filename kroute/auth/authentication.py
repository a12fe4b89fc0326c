"""Who asks: what an authenticator is, and the one that needs no credentials.

An authenticator looks for credentials of its own kind in a request.  It gives the user, or None when there are none
of that kind, or raises Rejected for credentials that are there and wrong.  `auth.unions` puts several in a row.
Mirrors `k8s.io/apiserver/pkg/authentication/authenticator`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from kroute.auth import certificates
from kroute.auth import headers as names
from kroute.machinery import context, errors


class Request(Protocol):
    """What an authenticator sees of a request."""

    @property
    def headers(self) -> names.Headers: ...

    @property
    def certificate(self) -> certificates.ClientCertificate | None:
        """The certificate that the client proved to hold and that one of the client CAs signed."""
        ...

    def warn(self, text: str) -> None:
        """Have the answer carry a warning."""
        ...

    @property
    def info(self) -> context.RequestInfo: ...

    def replace_header(self, name: str, value: str) -> None:
        """Have nobody after this see what a header's value was."""
        ...

    def annotate(self, key: str, value: str) -> None:
        """Have the audit event, if there will be one, carry an annotation."""
        ...


class Rejected(errors.Unauthorized):
    """Credentials are wrong; `reasons` say why, to those who may know: not to the client."""

    def __init__(self, *reasons: str) -> None:
        super().__init__()
        self.reasons = reasons


class Authenticator(Protocol):
    async def authenticate(self, request: Request) -> context.User | None:
        """The user, or None without credentials of this authenticator's kind.

        Raises Rejected for wrong ones."""
        ...


class Identity(NamedTuple):
    """Whom a token stands for, and for which of the wanted audiences; `annotations` are for the audit event."""

    user: context.User
    audiences: Sequence[str]
    annotations: Sequence[tuple[str, str]] = ()


class TokenAuthenticator(Protocol):
    async def authenticate_token(self, token: str, audiences: Sequence[str]) -> Identity | None:
        """Whose bearer token it is, when it is for one of the audiences; None when it is unknown here.

        Raises Rejected for one that is known to be wrong."""
        ...


class TokenOwners(Protocol):
    """Knows tokens that say nothing of audiences."""

    async def owner(self, token: str) -> context.User | None:
        """Whose bearer token it is; None when it is unknown here.  Raises Rejected for one that is wrong."""
        ...


class Superuser:
    """Takes everybody for an administrator.  For a server that only its own machine can reach, without TLS."""

    user = context.User("system:unsecured", groups=("system:masters", "system:authenticated"))

    async def authenticate(self, request: Request) -> context.User | None:
        return self.user
