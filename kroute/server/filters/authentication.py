"""Finds out who asks; refuses wrong credentials, also on paths that anybody may read."""

from __future__ import annotations

from kroute.auth import authentication as contract
from kroute.machinery import errors
from kroute.server import exchange


def authentication(authenticator: contract.Authenticator) -> exchange.Filter:
    async def authenticate(current: exchange.Exchange) -> None:
        user = await authenticator.authenticate(current)
        if user is None:
            raise errors.Unauthorized
        current.user = user

    return exchange.Filter(async_check=authenticate)
