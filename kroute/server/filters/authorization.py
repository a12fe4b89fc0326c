"""Lets through what the user may do."""

from __future__ import annotations

from aiohttp import web

from kroute.auth import authorization as contract
from kroute.server import exchange


def authorization(authorizer: contract.Authorizer) -> exchange.Filter:
    def bind(proceed: exchange.Handler) -> exchange.Handler:
        async def authorize(current: exchange.Exchange) -> web.StreamResponse:
            decision = await authorizer.authorize(current.user, current.info)
            if decision.verdict is not contract.Verdict.ALLOW:
                raise contract.forbidden(current.user, current.info, decision.reason)
            return await proceed(current)

        return authorize

    return bind
