"""Lets through what the user may do."""

from __future__ import annotations

from kroute.auth import authorization as contract
from kroute.server import exchange


def authorization(authorizer: contract.Authorizer) -> exchange.Filter:
    async def authorize(current: exchange.Exchange) -> None:
        decision = await authorizer.authorize(current.user, current.info)
        if decision.verdict is not contract.Verdict.ALLOW:
            raise contract.forbidden(current.user, current.info, decision.reason)

    return exchange.Filter(async_check=authorize)
