"""Lets through what the user may do."""

from __future__ import annotations

from aiohttp import web

from kroute.auth import authorization as contract
from kroute.machinery import goformat
from kroute.server import exchange

DECISION, REASON = "authorization.k8s.io/decision", "authorization.k8s.io/reason"
"""Annotations of audit events."""


def authorization(authorizer: contract.Authorizer) -> exchange.Filter:
    async def authorize(current: exchange.Exchange) -> None:
        decision = await authorizer.authorize(current.user, current.info)
        if current.trail is not None:
            allowed = decision.verdict is contract.Verdict.ALLOW
            current.trail.annotate(DECISION, "allow" if allowed else "forbid")
            current.trail.annotate(REASON, decision.reason)
        if decision.error and decision.verdict is not contract.Verdict.ALLOW:
            text = f"Internal Server Error: {goformat.quote(current.request.raw_path)}: {decision.error}"
            raise web.HTTPInternalServerError(text=f"{contract.harmless(text)}\n")
        contract.enforce(current.user, current.info, decision)

    return exchange.Filter(async_check=authorize)
