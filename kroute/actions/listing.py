"""GET of a collection, as far as it is no watch.

Mirrors `k8s.io/apiserver/pkg/endpoints/handlers/get.go`.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from kroute.actions import model, negotiation, responses, scope
from kroute.storage import options


async def list_(
    at: scope.RequestScope, call: model.Call, wanted: negotiation.Output, chosen: options.ListOptions
) -> web.StreamResponse:
    """Answer a list."""
    found = await at.storage.list(call.ctx, chosen)
    if len(found.items) > responses.MANY:
        await asyncio.sleep(0)  # others needn't wait for the whole of it
    return await responses.listing(call, at, wanted, found)
