"""Lets a request go on in another user's name, where headers ask for that and whoever asks may."""

from __future__ import annotations

from kroute.auth import authorization as contract
from kroute.auth import impersonation as rules
from kroute.server import exchange


def impersonation(authorizer: contract.Authorizer) -> exchange.Filter:
    """`authorizer` says who may."""
    decider = rules.Impersonation(authorizer)

    async def impersonate(current: exchange.Exchange) -> None:
        given = rules.HIDDEN.found(current.headers)
        if not given:
            return
        wanted = rules.wanted(current.headers)
        current.hide_headers(given)
        if wanted is None:
            return
        found = await decider.impersonate(current.user, wanted, current.info)
        current.user, current.constraint = found

    return exchange.Filter(async_check=impersonate)
