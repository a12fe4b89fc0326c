"""Finds out who asks; refuses wrong credentials, also on paths that anybody may read.

Credentials are taken out of the request: nobody after this needs them, and they must not be passed on.
"""

from __future__ import annotations

import logging

from kroute.auth import authentication as contract
from kroute.auth import headers
from kroute.machinery import errors
from kroute.server import exchange

log = logging.getLogger("kroute.auth")


def authentication(
    authenticator: contract.Authenticator, hidden: headers.Hidden = headers.CREDENTIALS
) -> exchange.Filter:
    """`hidden` are the headers that hold credentials."""

    async def authenticate(current: exchange.Exchange) -> None:
        try:
            user = await authenticator.authenticate(current)
        except contract.Rejected as error:
            log.info("a request can't be authenticated: %s", "; ".join(error.reasons))
            raise
        if user is None:
            raise errors.Unauthorized
        current.user = user
        found = hidden.found(current.headers)
        if found:
            current.hide_headers(found)

    return exchange.Filter(async_check=authenticate)
