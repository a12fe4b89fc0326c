"""Bearer tokens of browsers, which can't send an Authorization header when they open a WebSocket.

The token comes as one more subprotocol, encoded, and is taken out of the header before anybody answers it.
Mirrors `k8s.io/apiserver/pkg/authentication/request/websocket`.
"""

from __future__ import annotations

import base64
import binascii

from kroute.auth import authentication, tokens
from kroute.auth import headers as names
from kroute.machinery import context

HEADER, PREFIX = "Sec-WebSocket-Protocol", "base64url.bearer.authorization.k8s.io."


class Subprotocols:
    """The authenticator."""

    def __init__(self, known: tokens.Tokens) -> None:
        self._tokens = known

    async def authenticate(self, request: authentication.Request) -> context.User | None:
        headers = request.headers
        if HEADER not in headers or not opens_websocket(headers):
            return None
        offered = [one.strip() for value in names.values(headers, HEADER) for one in value.split(",")]
        encoded = [one.removeprefix(PREFIX) for one in offered if one.startswith(PREFIX)]
        if not encoded:
            return None
        if len(encoded) > 1:
            raise authentication.Rejected("multiple base64.bearer.authorization tokens specified")
        token, others = decoded(encoded[0]), [one for one in offered if not one.startswith(PREFIX)]
        if not token:
            return None
        if not others:
            raise authentication.Rejected("missing additional subprotocol")
        user = await tokens.whose(self._tokens, token, request)
        request.replace_header(HEADER, ",".join(others))
        return user


def opens_websocket(headers: names.Headers) -> bool:
    if headers.get("Upgrade", "").lower() != "websocket":
        return False
    return "upgrade" in {one.strip() for one in headers.get("Connection", "").lower().split(",")}


def decoded(text: str) -> str:
    """Raises Rejected."""
    try:
        if "=" in text:
            raise ValueError("padded")
        found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise authentication.Rejected("invalid base64.bearer.authorization token encoding") from error
    try:
        return found.decode()
    except UnicodeDecodeError as error:
        raise authentication.Rejected("invalid base64.bearer.authorization token") from error
