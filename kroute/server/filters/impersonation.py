"""Lets a request go on in another user's name, where headers ask for that and whoever asks may."""

from __future__ import annotations

from kroute.auth import authorization as contract
from kroute.auth import headers
from kroute.auth import impersonation as rules
from kroute.server import exchange

HIDDEN = headers.Hidden(frozenset(), (rules.PREFIX,))


def impersonation(authorizer: contract.Authorizer) -> exchange.Filter:
    """`authorizer` says who may."""
    decider = rules.Impersonation(authorizer)

    async def impersonate(current: exchange.Exchange) -> None:
        wanted = rules.wanted(current.headers)
        if wanted is None:
            return
        current.hide_headers(HIDDEN.found(current.headers))
        found = await decider.impersonate(current.user, wanted, current.info)
        current.user, current.constraint = found

    return exchange.Filter(async_check=impersonate)
